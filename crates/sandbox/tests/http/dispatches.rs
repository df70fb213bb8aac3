//! Starting workflows.

use serde_json::{Map, Value, json};

use crate::bench::Bench;

const DEPLOY: &str = "/repos/octo-org/website/actions/workflows/deploy.yml/dispatches";

async fn starter(bench: &Bench) -> String {
    bench.token_for(&["website"], json!({"actions": "write"})).await
}

#[tokio::test]
async fn a_workflow_starts_without_an_answer() {
    let bench = Bench::start().await;
    let reply = bench
        .post(DEPLOY, &starter(&bench).await, &json!({"ref": "main", "inputs": {"to": "production"}}))
        .await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (204, ""));
}

#[tokio::test]
async fn the_run_is_told_when_asked_for_or_in_the_newer_version() {
    let bench = Bench::start().await;
    let token = starter(&bench).await;
    let asked = bench.post(DEPLOY, &token, &json!({"ref": "main", "return_run_details": true})).await;
    assert_eq!(asked.status, 200);
    let newer = bench
        .with_credential(reqwest::Method::POST, DEPLOY, &token)
        .header("x-github-api-version", "2026-03-10");
    let newer = bench.send(newer.body(r#"{"ref": "refs/heads/main"}"#)).await;
    assert_eq!(newer.status, 200);
    assert_eq!(newer.header("x-github-api-version-selected"), "2026-03-10");
    assert!(newer.json()["workflow_run_id"].is_u64());
}

#[tokio::test]
async fn needs_actions_at_write() {
    let bench = Bench::start().await;
    for permissions in [json!({"actions": "read"}), json!({"contents": "write"})] {
        let token = bench.token_for(&["website"], permissions).await;
        let expected = (403, "Resource not accessible by integration".to_owned());
        assert_eq!(bench.post(DEPLOY, &token, &json!({"ref": "main"})).await.refusal(), expected);
    }
    let elsewhere = bench.token_for(&["docs"], json!({"actions": "write"})).await;
    assert_eq!(bench.post(DEPLOY, &elsewhere, &json!({"ref": "main"})).await.status, 404);
}

#[tokio::test]
async fn refuses_workflows_that_do_not_exist_or_cannot_be_started() {
    let bench = Bench::start().await;
    let token = starter(&bench).await;
    let nothing = DEPLOY.replace("deploy.yml", "nothing.yml");
    assert_eq!(
        bench.post(&nothing, &token, &json!({"ref": "main"})).await.refusal(),
        (404, "Not Found".into())
    );
    let push = DEPLOY.replace("deploy.yml", "push.yml");
    let expected = (422, "Workflow does not have 'workflow_dispatch' trigger".to_owned());
    assert_eq!(bench.post(&push, &token, &json!({"ref": "main"})).await.refusal(), expected);
}

#[tokio::test]
async fn refuses_bodies_of_the_wrong_shape() {
    let bench = Bench::start().await;
    let token = starter(&bench).await;
    let inputs: Map<String, Value> = (0..26).map(|number| (number.to_string(), json!("x"))).collect();
    for (body, message) in [
        (json!({}), "Invalid request.\n\n\"ref\" wasn't supplied."),
        (json!({"ref": 1}), "Invalid request.\n\nFor 'properties/ref', 1 is not a string."),
        (json!({"ref": "topic"}), "No ref found for: topic"),
        (
            json!({"ref": "main", "inputs": []}),
            "Invalid request.\n\nFor 'properties/inputs', [] is not an object.",
        ),
        (
            json!({"ref": "main", "inputs": inputs}),
            "Invalid request.\n\nFor 'properties/inputs', no more than 25 properties are allowed; 26 were supplied.",
        ),
    ] {
        assert_eq!(bench.post(DEPLOY, &token, &body).await.refusal(), (422, message.into()));
    }
}
