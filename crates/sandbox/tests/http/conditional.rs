//! Conditional requests.

use reqwest::Method;
use sandbox::{Repository, World};
use serde_json::json;

use crate::bench::{Bench, Reply};

const PLAN: &str = "/repos/octo-org/website/contents/docs/plan.md";

async fn get_if_changed(bench: &Bench, path: &str, token: &str, tag: &str) -> Reply {
    bench.send(bench.with_credential(Method::GET, path, token).header("if-none-match", tag)).await
}

#[tokio::test]
async fn an_unchanged_answer_is_not_sent_and_costs_nothing() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"contents": "read"})).await;
    let first = bench.get(PLAN, &token).await;
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with("W/\"") && tag.ends_with('"'), "{tag}");
    let again = get_if_changed(&bench, PLAN, &token, &tag).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    assert_eq!(again.header("etag"), tag);
    assert_eq!(first.header("x-ratelimit-used"), "1");
    assert_eq!(again.header("x-ratelimit-used"), "1");
    assert_eq!(get_if_changed(&bench, PLAN, &token, "\"other\"").await.header("x-ratelimit-used"), "2");
}

#[tokio::test]
async fn a_changed_file_is_sent() {
    let world = |text: &str| {
        let repository = Repository::public().file("plan.md", text.to_owned());
        World::new().owner("octo-org", sandbox::Owner::organization().repository("docs", repository))
    };
    let bench = Bench::on(world("old")).await;
    let path = "/repos/octo-org/docs/contents/plan.md";
    let tag = bench.get(path, "").await.header("etag").to_owned();
    bench.sandbox.replace_world(world("new")).unwrap();
    assert_eq!(get_if_changed(&bench, path, "", &tag).await.status, 200);
}

#[tokio::test]
async fn each_token_has_its_own_tags() {
    let bench = Bench::start().await;
    let first = bench.token_for(&["website"], json!({"contents": "read"})).await;
    let second = bench.token_for(&["website"], json!({"contents": "read"})).await;
    let tag = bench.get(PLAN, &first).await.header("etag").to_owned();
    assert_eq!(get_if_changed(&bench, PLAN, &second, &tag).await.status, 200);
}

#[tokio::test]
async fn raw_content_and_other_routes_have_tags_too() {
    let bench = Bench::start().await;
    let token = bench.token(json!({})).await;
    let raw = || {
        bench.with_credential(Method::GET, PLAN, &token).header("accept", "application/vnd.github.raw+json")
    };
    let tag = bench.send(raw()).await.header("etag").to_owned();
    assert_eq!(bench.send(raw().header("if-none-match", &tag)).await.status, 304);
    assert_eq!(get_if_changed(&bench, PLAN, &token, &tag).await.status, 200, "JSON is another answer");
    for path in ["/repos/octo-org/website", "/installation/repositories"] {
        let tag = bench.get(path, &token).await.header("etag").to_owned();
        assert_eq!(get_if_changed(&bench, path, &token, &tag).await.status, 304, "{path}");
    }
}

#[tokio::test]
async fn a_tag_does_not_help_who_may_not_look() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"secrets": "read"})).await;
    assert_eq!(get_if_changed(&bench, PLAN, &token, "*").await.status, 403);
    assert_eq!(get_if_changed(&bench, PLAN, "", "*").await.status, 404);
}
