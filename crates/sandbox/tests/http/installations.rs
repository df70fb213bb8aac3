//! Finding the App's installation.

use sandbox::{Installation, Level, Owner, Repository, World};
use serde_json::json;

use crate::bench::Bench;

fn world() -> World {
    World::new()
        .owner(
            "octo-org",
            Owner::organization()
                .id(9919)
                .installation(
                    Installation::new().id(7).permission("contents", Level::Read).selected(["Website"]),
                )
                .repository("website", Repository::private())
                .repository("docs", Repository::public()),
        )
        .owner("octocat", Owner::user().installation(Installation::new().id(8).suspended()))
        .owner("octo-empty", Owner::organization())
}

#[tokio::test]
async fn finds_an_organization_in_any_letter_case() {
    let bench = Bench::on(world()).await;
    let found = bench.get("/orgs/OCTO-org/installation", &bench.app_jwt()).await;
    assert_eq!(found.status, 200);
    let found = found.json();
    assert_eq!(found["id"], 7);
    assert_eq!(found["account"]["login"], "octo-org");
    assert_eq!(found["target_id"], 9919);
    assert_eq!(found["target_type"], "Organization");
    assert_eq!(found["repository_selection"], "selected");
    assert_eq!(found["permissions"], json!({"contents": "read", "metadata": "read"}));
    assert_eq!(
        found["access_tokens_url"],
        format!("{}/app/installations/7/access_tokens", bench.sandbox.url())
    );
}

#[tokio::test]
async fn the_route_for_organizations_does_not_find_users_but_that_for_users_finds_both() {
    let bench = Bench::on(world()).await;
    let jwt = bench.app_jwt();
    assert_eq!(bench.get("/orgs/octocat/installation", &jwt).await.refusal(), (404, "Not Found".into()));
    assert_eq!(bench.get("/users/octocat/installation", &jwt).await.json()["id"], 8);
    assert_eq!(bench.get("/users/octo-org/installation", &jwt).await.json()["id"], 7);
}

#[tokio::test]
async fn shows_that_an_installation_is_suspended() {
    let bench = Bench::on(world()).await;
    let found = bench.get("/users/octocat/installation", &bench.app_jwt()).await.json();
    assert_eq!(found["suspended_at"], "2024-01-01T00:00:00Z");
    assert_eq!(found["suspended_by"]["login"], "octocat");
}

#[tokio::test]
async fn an_account_without_the_app_is_not_found_like_one_that_does_not_exist() {
    let bench = Bench::on(world()).await;
    for path in ["/orgs/octo-empty/installation", "/orgs/nobody/installation", "/users/nobody/installation"] {
        assert_eq!(bench.get(path, &bench.app_jwt()).await.refusal(), (404, "Not Found".into()), "{path}");
    }
}

#[tokio::test]
async fn finds_by_repository_only_where_the_installation_covers_it() {
    let bench = Bench::on(world()).await;
    let jwt = bench.app_jwt();
    assert_eq!(bench.get("/repos/octo-org/website/installation", &jwt).await.json()["id"], 7);
    for path in ["/repos/octo-org/docs/installation", "/repos/octo-org/nothing/installation"] {
        assert_eq!(bench.get(path, &jwt).await.refusal(), (404, "Not Found".into()), "{path}");
    }
}
