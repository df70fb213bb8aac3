//! The sandbox's answers and GitHub's published description agree.
//!
//! `openapi/github.json` is an extract of the description; `openapi/refresh.mjs` makes it.

use std::collections::BTreeSet;

use jsonschema::Validator;
use reqwest::{Method, RequestBuilder};
use sandbox::{Installation, Owner};
use serde_json::{Value, json};

use crate::bench::{Bench, Reply, world};

/// The extract of GitHub's description.
fn description() -> Value {
    serde_json::from_str(include_str!("../../openapi/github.json")).unwrap()
}

/// A validator for the part of the description at this JSON pointer.
fn validator(description: &Value, pointer: &str) -> Validator {
    let part = description.pointer(pointer).unwrap();
    let schema = json!({"allOf": [part], "components": description["components"]});
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// A part of the description, by pointer, after following a reference.
fn resolve<'d>(description: &'d Value, pointer: &str) -> Option<(String, &'d Value)> {
    let found = description.pointer(pointer)?;
    match found.get("$ref").and_then(Value::as_str) {
        Some(reference) => resolve(description, reference.trim_start_matches('#')),
        None => Some((pointer.to_owned(), found)),
    }
}

#[track_caller]
fn check(validator: &Validator, value: &Value, what: &str) {
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error} ({})", error.instance_path(), error.schema_path()))
        .collect();
    assert!(errors.is_empty(), "{what}: {}", errors.join("\n"));
}

/// An exchange with one route.
struct Exchange<'e> {
    operation: &'e str,
    request: Option<Value>,
    reply: Reply,
}

impl Exchange<'_> {
    /// The JSON pointer of the operation.
    fn pointer(&self) -> String {
        let (method, path) = self.operation.split_once(' ').unwrap();
        format!("/paths/{}/{}", path.replace('~', "~0").replace('/', "~1"), method.to_lowercase())
    }

    /// Checks the answer, and the request if it was a good one. Returns whether the description knows the status.
    #[track_caller]
    fn check(&self, description: &Value) -> bool {
        let Self { operation, request, reply } = self;
        let what = format!("{operation} {}", reply.status);
        let good = reply.status.is_success();
        let schema = format!("{}/requestBody/content/application~1json/schema", self.pointer());
        match request {
            Some(request) if good && description.pointer(&schema).is_some() => {
                check(&validator(description, &schema), request, &format!("{what}, request"));
            }
            _ => {}
        }
        let response = format!("{}/responses/{}", self.pointer(), reply.status.as_u16());
        let Some((pointer, response)) = resolve(description, &response) else {
            assert!(!good, "{what} is not described");
            check(&validator(description, "/components/schemas/basic-error"), &reply.json(), &what);
            return false;
        };
        let Some(content) = response.get("content").and_then(Value::as_object) else {
            assert_eq!(reply.text, "", "{what} is described without a body");
            return true;
        };
        assert_eq!(reply.header("content-type"), "application/json; charset=utf-8", "{what}");
        let kind = if reply.header("x-github-media-type").contains("object") {
            "application/vnd.github.object"
        } else {
            "application/json"
        };
        assert!(content.contains_key(kind), "{what} is described without {kind}");
        let schema = format!("{pointer}/content/{}/schema", kind.replace('/', "~1"));
        check(&validator(description, &schema), &reply.json(), &what);
        true
    }
}

/// Good and bad exchanges with every route of the description.
async fn exchanges(bench: &Bench) -> Vec<Exchange<'static>> {
    let mut exchanges = Vec::new();
    let mut add = async |operation: &'static str, path: &str, credential: &str, request: Option<Value>| {
        let method: Method = operation.split(' ').next().unwrap().parse().unwrap();
        let builder = bench.with_credential(method, path, credential);
        let builder = request.iter().fold(builder, |builder, body| builder.body(body.to_string()));
        exchanges.push(Exchange { operation, request, reply: bench.send(with_object(builder, path)).await });
    };
    let jwt = bench.app_jwt();
    let token = bench.token(json!({})).await;
    let weak = bench.token(json!({"permissions": {"metadata": "read"}})).await;
    let (app, none) = (jwt.as_str(), "");

    add("GET /app", "/app", app, None).await;
    add("GET /app", "/app", none, None).await;
    for (operation, path) in [
        ("GET /orgs/{org}/installation", "/orgs/OWNER/installation"),
        ("GET /users/{username}/installation", "/users/OWNER/installation"),
        ("GET /repos/{owner}/{repo}/installation", "/repos/OWNER/website/installation"),
    ] {
        for owner in ["octo-org", "octo-suspended", "nobody"] {
            add(operation, &path.replace("OWNER", owner), app, None).await;
        }
        add(operation, &path.replace("OWNER", "octo-org"), none, None).await;
    }

    for user in ["access-token-sandbox[bot]", "octo-org", "nobody"] {
        for credential in [none, &token] {
            add("GET /users/{username}", &format!("/users/{user}"), credential, None).await;
        }
    }

    let mint = "POST /app/installations/{installation_id}/access_tokens";
    let path = "/app/installations/1/access_tokens";
    let narrow =
        json!({"repositories": ["website"], "permissions": {"contents": "read", "single_file": "write"}});
    add(mint, path, app, Some(narrow)).await;
    add(mint, path, app, Some(json!({"repository_ids": [42, 43]}))).await;
    add(mint, path, app, None).await;
    add(mint, path, none, None).await;
    add(mint, "/app/installations/2/access_tokens", app, None).await;
    add(mint, "/app/installations/3/access_tokens", app, None).await;
    for bad in [
        json!({"permissions": {"issues": "read"}}),
        json!({"permissions": 1}),
        json!({"repositories": ["nothing"]}),
    ] {
        add(mint, path, app, Some(bad)).await;
    }

    add("GET /installation/repositories", "/installation/repositories?per_page=2", &token, None).await;
    add("GET /installation/repositories", "/installation/repositories", none, None).await;
    add("GET /installation/repositories", "/installation/repositories", app, None).await;
    add("GET /rate_limit", "/rate_limit", &token, None).await;

    let repository = "GET /repos/{owner}/{repo}";
    add(repository, "/repos/octo-org/website", &token, None).await;
    add(repository, "/repos/octo-org/docs", none, None).await;
    add(repository, "/repos/octo-org/website", none, None).await;

    let contents = "GET /repos/{owner}/{repo}/contents/{path}";
    for path in ["docs/plan.md", "docs", "", "nothing", "docs?object", "docs/plan.md?object"] {
        add(contents, &format!("/repos/octo-org/website/contents/{path}"), &token, None).await;
    }
    add(contents, "/repos/octo-org/website/contents/docs/plan.md", &weak, None).await;

    let write = "PUT /repos/{owner}/{repo}/contents/{path}";
    let path = "/repos/octo-org/website/contents/docs/new.md";
    let good = json!({"message": "Add it", "content": "bmV3Cg=="});
    add(write, path, &token, Some(good.clone())).await;
    add(write, path, &token, Some(good.clone())).await;
    let update =
        json!({"message": "Again", "content": "bmV3Cg==", "sha": "3e757656cf36eca53338e520d134963a44f793f8"});
    add(write, path, &token, Some(update)).await;
    let stale =
        json!({"message": "Again", "content": "bmV3Cg==", "sha": "0000000000000000000000000000000000000000"});
    add(write, path, &token, Some(stale)).await;
    add(write, path, &weak, Some(good.clone())).await;
    add(write, "/repos/octo-org/docs/contents/new.md", none, Some(good)).await;

    let public_key = "/repos/octo-org/website/actions/secrets/public-key";
    add("GET /repos/{owner}/{repo}/actions/secrets/public-key", public_key, &token, None).await;
    add("GET /repos/{owner}/{repo}/actions/secrets/public-key", public_key, &weak, None).await;
    let key_id = bench.get(public_key, &token).await.json()["key_id"].clone();
    let put_secret = "PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}";
    let path = "/repos/octo-org/website/actions/secrets/DEPLOY_KEY";
    let sealed = json!({"key_id": key_id, "encrypted_value": "Bwc=".replace("Bwc=", &"Bwcc".repeat(20))});
    add(put_secret, path, &token, Some(sealed.clone())).await;
    add(put_secret, path, &token, Some(sealed.clone())).await;
    add(put_secret, path, &weak, Some(sealed)).await;
    add(put_secret, path, &token, Some(json!({"key_id": key_id}))).await;

    let start = "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches";
    let path = "/repos/octo-org/website/actions/workflows/deploy.yml/dispatches";
    add(start, path, &token, Some(json!({"ref": "main", "inputs": {"to": "production"}}))).await;
    add(start, path, &token, Some(json!({"ref": "main", "return_run_details": true}))).await;
    add(start, path, &token, Some(json!({"ref": "topic"}))).await;
    add(start, path, &weak, Some(json!({"ref": "main"}))).await;

    add("DELETE /installation/token", "/installation/token", &weak, None).await;
    add("DELETE /installation/token", "/installation/token", &weak, None).await;
    exchanges
}

/// Asks for the object form where the path says so.
fn with_object(builder: RequestBuilder, path: &str) -> RequestBuilder {
    if path.ends_with("?object") {
        builder.header("accept", "application/vnd.github.object+json")
    } else {
        builder
    }
}

async fn bench() -> Bench {
    let suspended = Owner::organization().installation(Installation::new().id(2).suspended());
    Bench::on(world().owner("octo-suspended", suspended)).await
}

#[tokio::test]
async fn every_answer_is_as_described() {
    let (bench, description) = (bench().await, description());
    let mut undescribed = BTreeSet::new();
    for exchange in exchanges(&bench).await {
        if !exchange.check(&description) {
            undescribed.insert(format!("{} {}", exchange.operation, exchange.reply.status.as_u16()));
        }
    }
    // GitHub gives these statuses, but its description leaves them out; the bodies fit its `basic-error`.
    let expected = [
        "DELETE /installation/token 401",
        "GET /app 401",
        "GET /orgs/{org}/installation 401",
        "GET /orgs/{org}/installation 404",
        "GET /repos/{owner}/{repo}/actions/secrets/public-key 403",
        "GET /repos/{owner}/{repo}/installation 401",
        "GET /users/{username}/installation 401",
        "GET /users/{username}/installation 404",
        "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches 403",
        "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches 422",
        "PUT /repos/{owner}/{repo}/actions/secrets/{secret_name} 403",
        "PUT /repos/{owner}/{repo}/actions/secrets/{secret_name} 422",
        "PUT /repos/{owner}/{repo}/contents/{path} 401",
        "PUT /repos/{owner}/{repo}/contents/{path} 403",
    ];
    assert_eq!(undescribed.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn every_described_operation_is_exercised_with_success() {
    let (bench, description) = (bench().await, description());
    let seen: BTreeSet<_> = exchanges(&bench)
        .await
        .iter()
        .filter(|exchange| exchange.reply.status.is_success())
        .map(|exchange| format!("{} {}", exchange.operation, exchange.reply.status.as_u16()))
        .collect();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            for status in
                operation["responses"].as_object().unwrap().keys().filter(|status| status.starts_with('2'))
            {
                let wanted = format!("{} {path} {status}", method.to_uppercase());
                assert!(seen.contains(&wanted), "{wanted} is not exercised");
            }
        }
    }
}

#[tokio::test]
async fn a_body_that_the_description_refuses_is_refused() {
    let (bench, description) = (bench().await, description());
    let token = bench.token(json!({})).await;
    let app = bench.app_jwt();
    let base = "/repos/octo-org/website";
    let cases = [
        (
            "PUT",
            "/repos/{owner}/{repo}/contents/{path}",
            format!("{base}/contents/new.md"),
            json!({"content": "bmV3Cg=="}),
        ),
        (
            "PUT",
            "/repos/{owner}/{repo}/contents/{path}",
            format!("{base}/contents/new.md"),
            json!({"message": "Add it"}),
        ),
        (
            "PUT",
            "/repos/{owner}/{repo}/actions/secrets/{secret_name}",
            format!("{base}/actions/secrets/KEY"),
            json!({"key_id": "1", "encrypted_value": "no base64"}),
        ),
        (
            "POST",
            "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
            format!("{base}/actions/workflows/deploy.yml/dispatches"),
            json!({}),
        ),
        (
            "POST",
            "/app/installations/{installation_id}/access_tokens",
            "/app/installations/1/access_tokens".to_owned(),
            json!({"permissions": {"contents": "admin"}}),
        ),
        (
            "POST",
            "/app/installations/{installation_id}/access_tokens",
            "/app/installations/1/access_tokens".to_owned(),
            json!({"repository_ids": ["42"]}),
        ),
    ];
    for (method, template, path, body) in cases {
        let schema = format!(
            "/paths/{}/{}/requestBody/content/application~1json/schema",
            template.replace('/', "~1"),
            method.to_lowercase()
        );
        assert!(!validator(&description, &schema).is_valid(&body), "{template} {body}");
        let credential = if template.starts_with("/app") { &app } else { &token };
        let request =
            bench.with_credential(method.parse().unwrap(), &path, credential).body(body.to_string());
        assert_eq!(bench.send(request).await.status, 422, "{template} {body}");
    }
}
