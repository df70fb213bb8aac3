//! What a stranger can find out: nothing.

use conformance::case::{base, merge};
use serde_json::{Value, json};

use crate::stage::{Answer, Stage};
use crate::{token, world};

const ALLOWS: &str = "origin: octo-org/.github-access-token\nallowed-subjects: [\"repo:octocat/app:**\"]\n";

fn stranger() -> Value {
    json!({
        "sub": "repo:octocat/app:ref:refs/heads/main", "repository": "octocat/app", "repository_owner": "octocat",
        "repository_owner_id": "583231",
    })
}

/// Every reason to refuse a stranger: what is laid over the scenario, and over the world.
fn reasons() -> Vec<(&'static str, Value, Value)> {
    let allows = |rest: &str| json!({"owner_policy": format!("{ALLOWS}{rest}")});
    let reaches_the_repository = allows("allowed-repository-permissions: {contents: read}\n");
    let with_policy = |text: Value| {
        merge(reaches_the_repository.clone(), json!({"repository_policies": {"website": text}}))
    };
    vec![
        ("the owner does not exist", json!({}), json!({"octo-org": null})),
        ("the App is not installed", json!({"installation": null}), Value::Null),
        ("the installation is suspended", json!({"installation": {"suspended": true}}), Value::Null),
        (
            "the installation cannot read the policies",
            json!({"installation": {"permissions": {"single_file": null, "contents": null}}}),
            Value::Null,
        ),
        (
            "the installation lacks a permission",
            json!({"installation": {"permissions": {"contents": null}}}),
            Value::Null,
        ),
        ("there is no owner policy", json!({"owner_policy": null}), Value::Null),
        ("the owner policy is invalid", json!({"owner_policy": "- x\n"}), Value::Null),
        ("the caller may not ask", json!({}), Value::Null),
        ("the owner policy does not allow it", allows(""), Value::Null),
        (
            "there is no repository",
            reaches_the_repository.clone(),
            json!({"octo-org": {"repositories": {"website": null}}}),
        ),
        ("there is no repository policy", with_policy(Value::Null), Value::Null),
        ("the repository policy is invalid", with_policy(json!("- x\n")), Value::Null),
        ("the repository policy refuses", with_policy(json!("origin: octo-org/website\n")), Value::Null),
        (
            "the App was not given the repository",
            reaches_the_repository.clone(),
            json!({"octo-org": {"installation": {"repository_selection": "selected", "repositories": [".github-access-token"]}}}),
        ),
        ("the account was renamed", json!({}), json!("moved")),
        (
            "GitHub refuses to mint",
            with_policy(json!(
                "origin: octo-org/website\nstatements:\n  - subjects: [\"repo:octocat/app:**\"]\n    permissions: {contents: read}\n"
            )),
            json!("unmintable"),
        ),
    ]
}

async fn ask(stage: &Stage, claims: Value, scenario: &Value, over: &Value, request: &Value) -> Answer {
    stage.clear_faults().await;
    let laid_over = if over.is_string() { &Value::Null } else { over };
    world::set(stage, &merge(scenario.clone(), json!({"claims": claims, "request": request})), laid_over)
        .await;
    if over == "moved" {
        let fault = json!({"kind": "status", "status": 301, "headers": {"location": "/user/1/installation"}});
        stage
            .fault(&json!({"route": "GET /users/{username}/installation", "times": 9, "fault": fault}))
            .await;
    }
    if over == "unmintable" {
        let fault =
            json!({"kind": "status", "status": 422, "body": "{\"message\": \"octo-org/website is locked\"}"});
        let route = "POST /app/installations/{id}/access_tokens";
        stage.fault(&json!({"route": route, "skip": 1, "times": 9, "fault": fault})).await;
    }
    let broker = stage.broker(0).await;
    let token = token::sound(stage, &merge(scenario["claims"].clone(), claims)).await;
    let url = format!("{}/access_tokens", broker.url);
    let request = stage.client.post(url).bearer_auth(token).header("x-request-id", "same").json(request);
    let mut answer = Answer::read(request.send().await.unwrap()).await;
    answer.headers.retain(|(name, _)| name != "date");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_the_same_bytes_for_every_reason() {
    let stage = Stage::start().await;
    let requests = [
        json!({"owner": "octo-org", "repositories": ["website"], "permissions": {"contents": "read"}}),
        json!({"owner": "octo-org", "repositories": ["website", "docs"], "permissions": {"contents": "read", "issues": "write"}}),
        json!({"owner": "octo-org", "repositories": "ALL", "permissions": {"members": "read"}}),
    ];
    for request in &requests {
        let mut first: Option<Answer> = None;
        for (reason, over, world) in reasons() {
            let scenario = merge(base().unwrap(), over);
            let answer = ask(&stage, stranger(), &scenario, &world, request).await;
            assert_eq!(answer.status, 403, "{reason}: {}", answer.text);
            let first = first.get_or_insert_with(|| answer.clone());
            assert_eq!((&answer.text, &answer.headers), (&first.text, &first.headers), "{reason}");
        }
        println!("{} reasons, one answer: {}", reasons().len(), first.unwrap().text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_the_same_owner_get_the_reason() {
    let stage = Stage::start().await;
    let request =
        json!({"owner": "Octo-Org", "repositories": ["website"], "permissions": {"contents": "read"}});
    let mut texts = Vec::new();
    for over in
        [json!({"installation": null}), json!({"owner_policy": null}), json!({"owner_policy": "- x\n"})]
    {
        let scenario = merge(base().unwrap(), over);
        let answer = ask(&stage, json!({}), &scenario, &Value::Null, &request).await;
        assert_eq!(answer.status, 403);
        texts.push(answer.json()["issues"][0]["code"].as_str().unwrap().to_owned());
    }
    assert_eq!(texts, ["no-installation", "owner-policy-missing", "owner-policy-invalid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_repository_of_the_owner_policy_is_told_what_is_wrong_with_it() {
    let stage = Stage::start().await;
    let request =
        json!({"owner": "octo-org", "repositories": ["website"], "permissions": {"contents": "read"}});
    let scenario = merge(
        base().unwrap(),
        json!({"owner_policy": "origin: octo-org/.github-access-token\nsecret-plan: 1\n"}),
    );
    let itself = json!({
        "sub": "repo:octo-org/.github-access-token:ref:refs/heads/main", "repository": "octo-org/.github-access-token",
    });
    for (claims, is_told) in [(json!({}), false), (itself, true)] {
        let answer = ask(&stage, claims, &scenario, &Value::Null, &request).await;
        assert_eq!(answer.json()["issues"][0]["code"], "owner-policy-invalid");
        assert_eq!(answer.text.contains("secret-plan"), is_told, "{}", answer.text);
    }
}
