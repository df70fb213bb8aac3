//! Accounts and the user of the App.

use sandbox::{App, Owner, World};
use serde_json::json;

use crate::bench::Bench;

fn world() -> World {
    let app = App { slug: "octo-app".into(), ..App::default() };
    World::new().app(app).owner("octo-org", Owner::organization().id(9919)).owner("octocat", Owner::user())
}

#[tokio::test]
async fn the_app_has_a_user_of_its_own() {
    let bench = Bench::on(world()).await;
    let id = bench.get("/users/octo-app%5Bbot%5D", "").await.json()["id"].clone();
    let user = bench.get("/users/Octo-App[bot]", "").await.json();
    assert_eq!((&user["login"], &user["type"], &user["id"]), (&json!("octo-app[bot]"), &json!("Bot"), &id));
    assert_ne!(id, json!(App::default().id));
    assert!(user["html_url"].as_str().unwrap().ends_with("/apps/octo-app"));
}

#[tokio::test]
async fn accounts_are_users_and_nobody_else_is() {
    let bench = Bench::on(world()).await;
    let organization = bench.get("/users/octo-org", "").await.json();
    assert_eq!((&organization["id"], &organization["type"]), (&json!(9919), &json!("Organization")));
    assert_eq!(bench.get("/users/OctoCat", "").await.json()["type"], "User");
    for nobody in ["octo-app", "octocat[bot]", "nobody"] {
        assert_eq!(bench.get(&format!("/users/{nobody}"), "").await.status, 404, "{nobody}");
    }
}

#[tokio::test]
async fn the_apps_jwt_is_not_for_users() {
    let bench = Bench::on(world()).await;
    assert_eq!(bench.get("/users/octocat", &bench.app_jwt()).await.status, 403);
}
