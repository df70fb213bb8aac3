//! Minting installation tokens.

use std::time::Duration;

use sandbox::{App, Installation, Level, Owner, Repository, TokenFormat, World};
use serde_json::{Value, json};

use crate::bench::{Bench, Reply, now, world};

async fn mint(bench: &Bench, body: Value) -> Reply {
    bench.post("/app/installations/1/access_tokens", &bench.app_jwt(), &body).await
}

#[tokio::test]
async fn gives_exactly_what_was_asked_and_metadata() {
    let bench = Bench::start().await;
    let minted = mint(&bench, json!({"repositories": ["website"], "permissions": {"secrets": "read"}})).await;
    assert_eq!(minted.status, 201);
    let minted = minted.json();
    assert_eq!(minted["permissions"], json!({"secrets": "read", "metadata": "read"}));
    assert_eq!(minted["repository_selection"], "selected");
    assert_eq!(minted["repositories"].as_array().unwrap().len(), 1);
    assert_eq!(minted["repositories"][0]["id"], 42);
    let token = minted["token"].as_str().unwrap();
    assert_eq!(token.len(), 40);
    assert!(token.strip_prefix("ghs_").unwrap().chars().all(|letter| letter.is_ascii_alphanumeric()));
}

#[tokio::test]
async fn gives_everything_when_nothing_or_emptiness_is_asked() {
    let bench = Bench::start().await;
    for body in [json!({}), json!({"permissions": {}, "repositories": [], "repository_ids": []})] {
        let minted = mint(&bench, body).await.json();
        assert_eq!(minted["permissions"].as_object().unwrap().len(), 6);
        assert_eq!(minted["repository_selection"], "all");
        assert_eq!(minted.get("repositories"), None);
    }
    let without_body =
        bench.with_credential(reqwest::Method::POST, "/app/installations/1/access_tokens", &bench.app_jwt());
    assert_eq!(bench.send(without_body).await.status, 201);
}

#[tokio::test]
async fn names_repositories_in_any_letter_case_by_name_or_by_id() {
    let bench = Bench::start().await;
    let minted =
        mint(&bench, json!({"repositories": ["WebSite", "website"], "repository_ids": [43]})).await.json();
    let mut names: Vec<_> =
        minted["repositories"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["docs", "website"]);
}

#[tokio::test]
async fn tells_the_files_of_single_file() {
    let bench = Bench::start().await;
    let minted = mint(&bench, json!({"permissions": {"single_file": "read"}})).await.json();
    assert_eq!(minted["single_file"], "access-token.yaml");
    assert_eq!(minted["has_multiple_single_files"], true);
    assert_eq!(minted["single_file_paths"], json!(["access-token.yaml", ".github/access-token.yaml"]));
}

#[tokio::test]
async fn lives_for_an_hour() {
    let bench = Bench::start().await;
    let before = now();
    let minted = mint(&bench, json!({})).await.json();
    let listed = bench.get("/sandbox/tokens", "").await.json();
    assert_eq!(minted["expires_at"], listed[0]["expires_at"]);
    let token = minted["token"].as_str().unwrap();
    assert!(now() - before < 3000, "the test took too long to tell anything");
    assert_eq!(bench.get("/installation/repositories", token).await.status, 200);
    bench.sandbox.advance_clock(Duration::from_secs(3600));
    assert_eq!(
        bench.get("/installation/repositories", token).await.refusal(),
        (401, "Bad credentials".into())
    );
}

#[tokio::test]
async fn can_have_the_long_form() {
    let app = App { token_format: TokenFormat::Jwt, ..App::default() };
    let bench = Bench::on(world().app(app)).await;
    let token = bench.token(json!({})).await;
    assert_eq!(token.len(), 520);
    assert!(token.starts_with("ghs_12345_ey"));
    assert_eq!(bench.get("/installation/repositories", &token).await.status, 200);
}

#[tokio::test]
async fn refuses_permissions_that_the_installation_does_not_have() {
    let bench = Bench::start().await;
    let refused = "The permissions requested are not granted to this installation.";
    for permissions in [
        json!({"issues": "read"}),
        json!({"contents": "read", "members": "read"}),
        json!({"metadata": "write"}),
    ] {
        let reply = mint(&bench, json!({"permissions": permissions})).await;
        assert_eq!(reply.refusal(), (422, refused.into()), "{permissions}");
    }
}

#[tokio::test]
async fn refuses_a_level_above_the_installations() {
    let installation = Installation::new().id(1).permission("contents", Level::Read);
    let bench =
        Bench::on(World::new().owner("octo-org", Owner::organization().installation(installation))).await;
    assert_eq!(mint(&bench, json!({"permissions": {"contents": "read"}})).await.status, 201);
    assert_eq!(mint(&bench, json!({"permissions": {"contents": "write"}})).await.status, 422);
}

#[tokio::test]
async fn refuses_permissions_and_levels_that_do_not_exist() {
    let bench = Bench::start().await;
    for (permissions, detail) in [
        (json!({"content": "read"}), "For 'properties/permissions', \"content\" is not a permitted key."),
        (
            json!({"pull-requests": "read"}),
            "For 'properties/permissions', \"pull-requests\" is not a permitted key.",
        ),
        (
            json!({"contents": "admin"}),
            "For 'properties/contents', \"admin\" is not a member of [\"read\", \"write\"].",
        ),
        (
            json!({"contents": "none"}),
            "For 'properties/contents', \"none\" is not a member of [\"read\", \"write\"].",
        ),
        (
            json!({"workflows": "read"}),
            "For 'properties/workflows', \"read\" is not a member of [\"write\"].",
        ),
        (json!({"contents": 1}), "For 'properties/contents', 1 is not a member of [\"read\", \"write\"]."),
    ] {
        let reply = mint(&bench, json!({"permissions": permissions})).await;
        assert_eq!(reply.refusal(), (422, format!("Invalid request.\n\n{detail}")));
    }
}

#[tokio::test]
async fn refuses_bodies_of_the_wrong_shape() {
    let bench = Bench::start().await;
    for (body, detail) in [
        (
            json!({"permissions": ["contents"]}),
            "For 'properties/permissions', [\"contents\"] is not an object.",
        ),
        (json!({"repositories": "website"}), "For 'properties/repositories', \"website\" is not an array."),
        (json!({"repositories": [42]}), "For 'properties/repositories', 42 is not a string."),
        (json!({"repository_ids": ["42"]}), "For 'properties/repository_ids', \"42\" is not an integer."),
        (json!({"repository": "website"}), "\"repository\" is not a permitted key."),
    ] {
        assert_eq!(mint(&bench, body).await.refusal(), (422, format!("Invalid request.\n\n{detail}")));
    }
}

#[tokio::test]
async fn refuses_bodies_that_are_no_json_object() {
    let bench = Bench::start().await;
    let jwt = bench.app_jwt();
    for (body, message) in [("{", "Problems parsing JSON"), ("[]", "Body should be a JSON object")] {
        let request =
            bench.with_credential(reqwest::Method::POST, "/app/installations/1/access_tokens", &jwt);
        assert_eq!(bench.send(request.body(body)).await.refusal(), (400, message.into()));
    }
}

#[tokio::test]
async fn refuses_repositories_that_are_unknown_or_not_covered() {
    let installation = Installation::new().id(1).selected(["website"]);
    let owner = Owner::organization()
        .installation(installation)
        .repository("website", Repository::private())
        .repository("docs", Repository::public().id(43));
    let bench = Bench::on(World::new().owner("octo-org", owner)).await;
    let refused = "There is at least one repository that does not exist or is not accessible to the parent installation.";
    for body in [
        json!({"repositories": ["website", "nothing"]}),
        json!({"repositories": ["docs"]}),
        json!({"repositories": ["octo-org/website"]}),
        json!({"repository_ids": [43]}),
        json!({"repository_ids": [999]}),
    ] {
        assert_eq!(mint(&bench, body.clone()).await.refusal(), (422, refused.into()), "{body}");
    }
    assert_eq!(mint(&bench, json!({"repositories": ["website"]})).await.status, 201);
}

#[tokio::test]
async fn refuses_more_than_500_repositories() {
    let bench = Bench::start().await;
    let at_limit = mint(&bench, json!({"repositories": vec!["website"; 500]})).await;
    assert_eq!(at_limit.status, 201);
    let (status, message) = mint(&bench, json!({"repositories": vec!["website"; 501]})).await.refusal();
    assert_eq!(status, 422);
    assert!(
        message.ends_with("No more than 500 repositories can be listed; 501 were supplied."),
        "{message}"
    );
}

#[tokio::test]
async fn refuses_an_unknown_installation() {
    let bench = Bench::start().await;
    for id in ["2", "0", "x"] {
        let path = format!("/app/installations/{id}/access_tokens");
        assert_eq!(
            bench.post(&path, &bench.app_jwt(), &json!({})).await.refusal(),
            (404, "Not Found".into())
        );
    }
}

#[tokio::test]
async fn refuses_a_suspended_installation_and_its_tokens() {
    let bench = Bench::start().await;
    let token = bench.token(json!({})).await;
    let suspended = Owner::organization().installation(Installation::new().id(1).suspended());
    bench.sandbox.replace_world(World::new().owner("octo-org", suspended)).unwrap();
    let expected = (403, "This installation has been suspended".to_owned());
    assert_eq!(mint(&bench, json!({})).await.refusal(), expected);
    assert_eq!(bench.get("/installation/repositories", &token).await.refusal(), expected);
}

#[tokio::test]
async fn a_token_dies_with_its_installation_and_loses_what_the_installation_loses() {
    let bench = Bench::start().await;
    let token = bench.token(json!({"permissions": {"contents": "write"}})).await;
    let path = "/repos/octo-org/website/contents/docs/plan.md";
    assert_eq!(bench.get(path, &token).await.status, 200);
    let repository = || Repository::private().id(42).file("docs/plan.md", "hello\n");
    let reduced =
        Owner::organization().installation(Installation::new().id(1)).repository("website", repository());
    bench.sandbox.replace_world(World::new().owner("octo-org", reduced)).unwrap();
    assert_eq!(bench.get(path, &token).await.status, 403);
    let reinstalled =
        Owner::organization().installation(Installation::new().id(2)).repository("website", repository());
    bench.sandbox.replace_world(World::new().owner("octo-org", reinstalled)).unwrap();
    assert_eq!(bench.get(path, &token).await.refusal(), (401, "Bad credentials".into()));
}
