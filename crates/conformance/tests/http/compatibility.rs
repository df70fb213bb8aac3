//! A client written against the protocol as it was before us: bodies, headers, fields and texts stay as they are.
//!
//! It knows nothing of this workspace but the URL: plain requests, plain JSON.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conformance::case::{base, merge};
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::stage::{Broker, Stage};
use crate::{token, world};

/// The answer as such a client declares it.
#[derive(Deserialize)]
struct TokenAnswer {
    token: String,
    token_hash: String,
    expires_at: String,
    owner: String,
    #[serde(default)]
    repositories: Option<Vec<String>>,
    permissions: BTreeMap<String, String>,
}

/// The error as such a client declares it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorAnswer {
    request_id: String,
    status: u16,
    error: String,
    message: Option<String>,
}

async fn stage(over: Value) -> (Stage, Broker, String) {
    let stage = Stage::start().await;
    let scenario = merge(base().unwrap(), over);
    world::set(&stage, &scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    let token = token::sound(&stage, &scenario["claims"]).await;
    (stage, broker, token)
}

fn client() -> Client {
    Client::builder().user_agent("some-client/1").build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_a_token_and_uses_it() {
    let (stage, broker, token) = stage(json!({})).await;
    let answer = client()
        .post(format!("{}/access_tokens", broker.url))
        .header("Authorization", format!("Bearer {token}"))
        .header("Content-Type", "application/json")
        .body(r#"{"owner":"octo-org","repositories":["website"],"permissions":{"contents":"read"}}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.headers()["content-type"], "application/json");
    let answer: TokenAnswer = answer.json().await.unwrap();
    assert_eq!(answer.owner, "octo-org");
    assert_eq!(answer.repositories.unwrap(), ["website"]);
    assert_eq!(answer.permissions, BTreeMap::from([("contents".to_owned(), "read".to_owned())]));
    assert!(answer.expires_at.ends_with('Z') && answer.expires_at.len() == 20, "{}", answer.expires_at);
    assert_eq!(answer.token_hash, STANDARD.encode(digest(&SHA256, answer.token.as_bytes())));

    let github =
        |path: &str| client().get(format!("{}{path}", stage.sandbox.url())).bearer_auth(&answer.token);
    let file = github("/repos/octo-org/website/contents/.github/access-token.yaml").send().await.unwrap();
    assert_eq!(file.status(), StatusCode::OK);
    let other =
        github("/repos/octo-org/.github-access-token/contents/access-token.yaml").send().await.unwrap();
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_spell_requests_as_it_always_did() {
    let owner_policy = "origin: octo-org/.github-access-token\nstatements:\n  - subjects: [\"ref:refs/heads/main\", \"repo:octo-org/app:ref:refs/heads/main\"]\n    permissions: {contents: write, pull-requests: write, organization-secrets: read}\n";
    let over = json!({"owner_policy": owner_policy, "request": {"repositories": ["website", "app"]}});
    let claims = merge(base().unwrap(), over.clone())["claims"].clone();
    let (stage, broker, _) = stage(over).await;
    for (body, owner, repositories) in [
        // The caller's own repository, of the caller's own owner.
        (json!({"permissions": {"contents": "read"}}), "octo-org", Some(vec!["app"])),
        (json!({"owner": "OCTO-ORG", "permissions": {"contents": "read"}}), "OCTO-ORG", Some(vec!["app"])),
        (json!({"repositories": [], "permissions": {"contents": "write"}}), "octo-org", Some(vec!["app"])),
        (
            json!({"repositories": ["octo-org/website", "app", "APP"], "permissions": {"pull_requests": "read"}}),
            "octo-org",
            Some(vec!["website", "app"]),
        ),
        (json!({"repositories": "ALL", "permissions": {"pull-requests": "write"}}), "octo-org", None),
        (json!({"scope": "owner", "permissions": {"organization_secrets": "read"}}), "octo-org", None),
        (
            json!({"scope": "owner", "repositories": ["website"], "permissions": {"contents": "read"}}),
            "octo-org",
            Some(vec!["website"]),
        ),
    ] {
        let answer = client()
            .post(format!("{}/access_tokens", broker.url))
            .bearer_auth(token::sound(&stage, &claims).await)
            .json(&body)
            .send()
            .await
            .unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, StatusCode::OK, "{body}: {text}");
        let answer: TokenAnswer = serde_json::from_str(&text).unwrap();
        assert_eq!(answer.owner, owner, "{body}");
        let repositories = repositories.map(|list| list.into_iter().map(str::to_owned).collect());
        assert_eq!(answer.repositories, repositories, "{body}");
        assert!(answer.permissions.keys().all(|name| !name.contains('_')), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denial_reads_as_it_always_did() {
    let over = json!({
        "claims": {"repository_id": null, "job_workflow_ref": null},
        "request": {"repositories": ["website", "docs"]},
        "repository_policies": {"docs": "origin: octo-org/docs\n"},
    });
    let (_stage, broker, token) = stage(over).await;
    let body = json!({"repositories": ["website", "docs"], "permissions": {"secrets": "write", "contents": "write"}});
    let answer = client()
        .post(format!("{}/access_tokens", broker.url))
        .header("X-Authorization", format!("Bearer {token}"))
        .header(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/execute-api/aws4_request",
        )
        .header("X-Request-Id", "run-1")
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(answer.headers()["x-request-id"], "run-1");
    let answer: ErrorAnswer = answer.json().await.unwrap();
    assert_eq!(
        (answer.request_id.as_str(), answer.status, answer.error.as_str()),
        ("run-1", 403, "Forbidden")
    );
    assert_eq!(
        answer.message.unwrap(),
        "Issues:
- octo-org/website:
  - contents: write - Not authorized
  - secrets: write - Not authorized
- octo-org/docs:
  - contents: write - Not authorized
  - secrets: write - Not authorized
Effective OIDC token subjects:
- repo:octo-org/app:ref:refs/heads/main
- repo:octo-org/app:workflow_ref:octo-org/app/.github/workflows/deploy.yml@refs/heads/main"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_errors_have_the_shape_they_always_had() {
    let (_stage, broker, token) = stage(json!({})).await;
    let url = format!("{}/access_tokens", broker.url);
    for (request, status, error) in [
        (client().post(&url).json(&json!({"permissions": {"contents": "read"}})), 401, "Unauthorized"),
        (client().post(&url).bearer_auth(&token).json(&json!({"permissions": {}})), 400, "Bad Request"),
        (client().get(&url), 405, "Method Not Allowed"),
        (client().get(format!("{}/nowhere", broker.url)), 404, "Not Found"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let answer: ErrorAnswer = answer.json().await.unwrap();
        assert_eq!((answer.request_id, answer.status, answer.error.as_str()), (id, status, error));
        assert!(answer.message.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_watches_a_server_finds_its_paths() {
    let (_stage, broker, _) = stage(json!({})).await;
    for path in ["/", "/healthz"] {
        let answer = client().get(format!("{}{path}", broker.url)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(!answer.text().await.unwrap().is_empty(), "{path}");
    }
}
