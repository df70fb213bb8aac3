//! Writing files.

use serde_json::{Value, json};

use crate::bench::Bench;

const NEW: &str = "/repos/octo-org/website/contents/docs/new.md";
const PLAN: &str = "/repos/octo-org/website/contents/docs/plan.md";
const PLAN_SHA: &str = "ce013625030ba8dba906f756967f9e9ca394464a";

fn body(more: Value) -> Value {
    let mut body = json!({"message": "Add it", "content": "bmV3Cg=="});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn writer(bench: &Bench) -> String {
    bench.token_for(&["website"], json!({"contents": "write"})).await
}

#[tokio::test]
async fn creates_a_file_that_is_then_there() {
    let bench = Bench::start().await;
    let token = writer(&bench).await;
    let created = bench.put(NEW, &token, &body(json!({}))).await;
    assert_eq!(created.status, 201);
    let created = created.json();
    assert_eq!(
        json!([created["content"]["path"], created["commit"]["message"]]),
        json!(["docs/new.md", "Add it"])
    );
    assert_eq!(bench.get(NEW, &token).await.json()["content"], "bmV3Cg==\n");
    let list = bench.get("/repos/octo-org/website/contents/docs", &token).await.json();
    assert_eq!(list.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn updates_a_file_whose_version_is_named() {
    let bench = Bench::start().await;
    let token = writer(&bench).await;
    let updated = bench.put(PLAN, &token, &body(json!({"sha": PLAN_SHA, "branch": "main"}))).await;
    assert_eq!(updated.status, 200);
    let sha = updated.json()["content"]["sha"].clone();
    assert_eq!(bench.get(PLAN, &token).await.json()["content"], "bmV3Cg==\n");
    assert_eq!(
        bench.put(PLAN, &token, &body(json!({"sha": PLAN_SHA}))).await.status,
        409,
        "the old version is gone"
    );
    assert_eq!(bench.put(PLAN, &token, &body(json!({"sha": sha}))).await.status, 200);
}

#[tokio::test]
async fn refuses_an_update_without_the_version_or_with_another() {
    let bench = Bench::start().await;
    let token = writer(&bench).await;
    let missing = bench.put(PLAN, &token, &body(json!({}))).await;
    assert_eq!(missing.refusal(), (422, "Invalid request.\n\n\"sha\" wasn't supplied.".into()));
    let other = "0000000000000000000000000000000000000000";
    for (path, file) in [(PLAN, "docs/plan.md"), (NEW, "docs/new.md")] {
        let reply = bench.put(path, &token, &body(json!({"sha": other}))).await;
        assert_eq!(reply.refusal(), (409, format!("{file} does not match {other}")));
    }
}

#[tokio::test]
async fn refuses_bodies_of_the_wrong_shape() {
    let bench = Bench::start().await;
    let token = writer(&bench).await;
    for (more, message) in [
        (json!({"message": null}), "Invalid request.\n\n\"message\" wasn't supplied."),
        (json!({"content": null}), "Invalid request.\n\n\"content\" wasn't supplied."),
        (json!({"message": 1}), "Invalid request.\n\nFor 'properties/message', 1 is not a string."),
        (json!({"content": "not base64"}), "content is not valid Base64"),
        (json!({"committer": {"name": "octocat"}}), "Invalid request.\n\n\"email\" wasn't supplied."),
        (
            json!({"author": "octocat"}),
            "Invalid request.\n\nFor 'properties/author', \"octocat\" is not an object.",
        ),
        (json!({"content": "A".repeat(1024 * 1024 / 3 * 4 + 8)}), "content is larger than 1048576 bytes"),
    ] {
        assert_eq!(bench.put(NEW, &token, &body(more)).await.refusal(), (422, message.into()));
    }
}

#[tokio::test]
async fn accepts_base64_in_lines_and_a_full_committer() {
    let bench = Bench::start().await;
    let token = writer(&bench).await;
    let person = json!({"name": "octocat", "email": "octocat@users.noreply.github.com"});
    let request = body(json!({"content": "bmV3\nCg==\n", "committer": person, "author": person}));
    assert_eq!(bench.put(NEW, &token, &request).await.status, 201);
}

#[tokio::test]
async fn refuses_another_branch() {
    let bench = Bench::start().await;
    let token = writer(&bench).await;
    let reply = bench.put(NEW, &token, &body(json!({"branch": "topic"}))).await;
    assert_eq!(reply.refusal(), (404, "Branch topic not found".into()));
}

#[tokio::test]
async fn refuses_paths_that_leave_the_repository() {
    let bench = Bench::start().await;
    let token = writer(&bench).await;
    for path in [
        "..%2Fout.md",
        "docs%2F..%2F..%2Fout.md",
        "docs%2F.%2Fx.md",
        "docs%2F%2Fx.md",
        ".git/config",
        "docs/.GIT/config",
    ] {
        let reply =
            bench.put(&format!("/repos/octo-org/website/contents/{path}"), &token, &body(json!({}))).await;
        assert_eq!(reply.status, 422, "{path}: {}", reply.text);
    }
}

#[tokio::test]
async fn needs_contents_at_write() {
    let bench = Bench::start().await;
    for permissions in [json!({"contents": "read"}), json!({"workflows": "write"})] {
        let token = bench.token_for(&["website"], permissions).await;
        let expected = (403, "Resource not accessible by integration".to_owned());
        assert_eq!(bench.put(NEW, &token, &body(json!({}))).await.refusal(), expected);
    }
    let elsewhere = bench.token_for(&["docs"], json!({"contents": "write"})).await;
    assert_eq!(bench.put(NEW, &elsewhere, &body(json!({}))).await.status, 404);
    let public = "/repos/octo-org/docs/contents/new.md";
    assert_eq!(
        bench.put(public, "", &body(json!({}))).await.refusal(),
        (401, "Requires authentication".into())
    );
    assert_eq!(bench.put(public, &writer(&bench).await, &body(json!({}))).await.status, 403);
}

#[tokio::test]
async fn a_workflow_needs_the_permission_workflows_as_well() {
    let bench = Bench::start().await;
    let path = "/repos/octo-org/website/contents/.github/workflows/new.yml";
    let without = writer(&bench).await;
    assert_eq!(bench.put(path, &without, &body(json!({}))).await.status, 403);
    let with = bench.token_for(&["website"], json!({"contents": "write", "workflows": "write"})).await;
    assert_eq!(bench.put(path, &with, &body(json!({}))).await.status, 201);
}

#[tokio::test]
async fn single_file_at_write_is_enough_for_its_own_files() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"single_file": "write"})).await;
    let own = "/repos/octo-org/website/contents/access-token.yaml";
    assert_eq!(bench.put(own, &token, &body(json!({}))).await.status, 201);
    assert_eq!(bench.put(NEW, &token, &body(json!({}))).await.status, 403);
}
