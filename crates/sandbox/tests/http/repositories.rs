//! Who sees a repository, and the list of those that a token reaches.

use sandbox::{Installation, Owner, Repository, World};
use serde_json::json;

use crate::bench::Bench;

#[tokio::test]
async fn a_token_sees_its_repositories_and_public_ones() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"contents": "read"})).await;
    let seen = bench.get("/repos/Octo-Org/WEBSITE", &token).await.json();
    assert_eq!(
        json!([seen["full_name"], seen["private"], seen["id"]]),
        json!(["octo-org/website", true, 42])
    );
    assert_eq!(seen["permissions"]["pull"], true);
    assert_eq!(seen["permissions"]["push"], false);
    assert_eq!(bench.get("/repos/octo-org/docs", &token).await.status, 200);
}

#[tokio::test]
async fn a_private_repository_outside_the_token_is_not_found() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["docs"], json!({"contents": "read"})).await;
    for credential in [token.as_str(), "", &bench.app_jwt()] {
        assert_eq!(
            bench.get("/repos/octo-org/website", credential).await.refusal(),
            (404, "Not Found".into())
        );
        assert_eq!(
            bench.get("/repos/octo-org/nothing", credential).await.refusal(),
            (404, "Not Found".into())
        );
        assert_eq!(bench.get("/repos/nobody/nothing", credential).await.refusal(), (404, "Not Found".into()));
        assert_eq!(bench.get("/repos/octo-org/docs", credential).await.status, 200);
    }
}

#[tokio::test]
async fn a_token_of_one_account_does_not_see_the_others() {
    let bench = Bench::start().await;
    let token = bench.token(json!({})).await;
    let two = crate::bench::world().owner(
        "octocat",
        Owner::user().repository("website", Repository::private()).installation(Installation::new().id(2)),
    );
    bench.sandbox.replace_world(two).unwrap();
    assert_eq!(bench.get("/repos/octo-org/website", &token).await.status, 200);
    assert_eq!(bench.get("/repos/octocat/website", &token).await.status, 404);
}

#[tokio::test]
async fn lists_what_the_token_reaches_in_pages() {
    let mut owner = Owner::organization().installation(Installation::new().id(1));
    for number in 0..5 {
        owner = owner.repository(&format!("website-{number}"), Repository::private());
    }
    let bench = Bench::on(World::new().owner("octo-org", owner)).await;
    let token = bench.token(json!({})).await;
    let page = bench.get("/installation/repositories?per_page=2&page=2", &token).await;
    let body = page.json();
    assert_eq!(json!([body["total_count"], body["repository_selection"]]), json!([5, "all"]));
    assert_eq!(body["repositories"].as_array().unwrap().len(), 2);
    assert_eq!(body["repositories"][0]["name"], "website-2");
    let url = format!("{}/installation/repositories?per_page=2&page=", bench.sandbox.url());
    assert_eq!(
        page.header("link"),
        format!(
            "<{url}1>; rel=\"prev\", <{url}3>; rel=\"next\", <{url}3>; rel=\"last\", <{url}1>; rel=\"first\""
        )
    );
    let limited = bench.token(json!({"repositories": ["website-3"]})).await;
    let all = bench.get("/installation/repositories", &limited).await;
    assert_eq!(
        json!([all.json()["total_count"], all.json()["repository_selection"]]),
        json!([1, "selected"])
    );
    assert_eq!(all.header("link"), "");
}

#[tokio::test]
async fn only_an_installation_token_lists() {
    let bench = Bench::start().await;
    assert_eq!(
        bench.get("/installation/repositories", "").await.refusal(),
        (401, "Requires authentication".into())
    );
    let (status, message) = bench.get("/installation/repositories", &bench.app_jwt()).await.refusal();
    assert_eq!(status, 403);
    assert!(message.starts_with("You must authenticate with an installation access token"), "{message}");
}
