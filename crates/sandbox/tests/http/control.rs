//! The levers that are left: requests, tokens, the world.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sandbox::{App, Options, World};
use serde_json::json;

use crate::bench::{Bench, world};

#[tokio::test]
async fn the_request_log_tells_who_asked_what_in_order() {
    let bench = Bench::start().await;
    let token = bench.token(json!({})).await;
    bench.get("/repos/octo-org/website?x=1", &token).await;
    bench.get("/repos/octo-org/nothing", "").await;
    bench.get("/oidc/.well-known/jwks", "").await;
    let record = |method: &str, path: &str, status: u16, auth: &str| json!({"method": method, "path": path, "status": status, "user_agent": "octocat", "auth": auth});
    assert_eq!(
        bench.get("/sandbox/requests", "").await.json(),
        json!([
            record("POST", "/app/installations/1/access_tokens", 201, "app"),
            record("GET", "/repos/octo-org/website", 200, "installation"),
            record("GET", "/repos/octo-org/nothing", 404, "none"),
            record("GET", "/oidc/.well-known/jwks", 200, "none"),
        ])
    );
    assert_eq!(bench.delete("/sandbox/requests", "").await.status, 204);
    assert_eq!(bench.get("/sandbox/requests", "").await.json(), json!([]));
}

#[tokio::test]
async fn the_request_log_can_be_off() {
    let bench = Bench::with(Options { request_log: false, ..Options::new(world()) }).await;
    bench.get("/rate_limit", "").await;
    assert_eq!(bench.get("/sandbox/requests", "").await.json(), json!([]));
}

#[tokio::test]
async fn tokens_are_listed_by_digest_and_never_shown() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["Website"], json!({"contents": "read"})).await;
    let all = bench.token(json!({"permissions": {"contents": "read"}})).await;
    let reply = bench.get("/sandbox/tokens", "").await;
    let listed = reply.json();
    let hash = |token: &str| STANDARD.encode(digest(&SHA256, token.as_bytes()));
    assert_eq!(
        json!([
            listed[0]["sha256"],
            listed[0]["installation_id"],
            listed[0]["repositories"],
            listed[0]["revoked"]
        ]),
        json!([hash(&token), 1, ["website"], false])
    );
    assert_eq!(listed[0]["permissions"], json!({"contents": "read", "metadata": "read"}));
    assert_eq!(json!([listed[1]["sha256"], listed[1]["repositories"]]), json!([hash(&all), null]));
    assert!(!reply.text.contains("ghs_"));

    let one = |digest: &str| format!("/sandbox/tokens?sha256={}", digest.replace('+', "%2B"));
    assert_eq!(bench.get(&one(&hash(&all)), "").await.json(), json!([listed[1]]));
    for other in [hash("ghs_other"), "nonsense".to_owned()] {
        assert_eq!(bench.get(&one(&other), "").await.json(), json!([]));
    }
}

#[tokio::test]
async fn the_world_can_be_replaced() {
    let bench = Bench::on(World::new()).await;
    assert_eq!(bench.get("/repos/octo-org/website", "").await.status, 404);
    let world = json!({"owners": {"octo-org": {
        "type": "Organization",
        "id": 9919,
        "installation": {"id": 1, "permissions": {"contents": "read"}, "single_file_paths": ["a"], "suspended": false},
        "repositories": {"website": {"id": 42, "private": false, "files": {"README.md": "hello\n"}}},
    }}});
    assert_eq!(bench.put("/sandbox/world", "", &world).await.status, 204);
    assert_eq!(bench.get("/repos/octo-org/website/contents/README.md", "").await.json()["size"], 6);
    assert_eq!(bench.token(json!({})).await.len(), 40);
}

#[tokio::test]
async fn the_app_stays_when_the_new_world_does_not_name_one() {
    let app = App { slug: "octo-app".into(), ..App::default() };
    let bench = Bench::on(World::new().app(app)).await;
    assert_eq!(bench.put("/sandbox/world", "", &json!({"owners": {}})).await.status, 204);
    assert_eq!(bench.get("/app", &bench.app_jwt()).await.json()["slug"], "octo-app");
    assert_eq!(bench.put("/sandbox/world", "", &json!({"app": {"slug": "other"}})).await.status, 204);
    assert_eq!(bench.get("/app", &bench.app_jwt()).await.json()["slug"], "other");
}

#[tokio::test]
async fn a_world_that_makes_no_sense_changes_nothing() {
    let bench = Bench::start().await;
    for (world, status, detail) in [
        (json!({"owner": {}}), 400, "unknown field `owner`"),
        (json!({"owners": {"octo-org": {"type": "Enterprise"}}}), 400, "unknown variant `Enterprise`"),
        (json!({"owners": {"octo org": {}}}), 422, "`octo org` is not a name that GitHub allows"),
        (
            json!({"owners": {"octo-org": {"installation": {"permissions": {"content": "read"}}}}}),
            422,
            "the installation of `octo-org` has `content: read`, which GitHub does not know",
        ),
        (
            json!({"owners": {"octo-org": {"installation": {"id": 1}}, "octocat": {"installation": {"id": 1}}}}),
            422,
            "the installation id 1 is used twice",
        ),
    ] {
        let (got, message) = bench.put("/sandbox/world", "", &world).await.refusal();
        assert_eq!(got, status, "{message}");
        assert!(message.contains(detail), "{message}");
    }
    assert_eq!(bench.get("/repos/octo-org/docs", "").await.status, 200);
}

#[tokio::test]
async fn a_world_survives_the_way_through_json() {
    let written = serde_json::to_value(world()).unwrap();
    assert_eq!(serde_json::from_value::<World>(written).unwrap(), world());
}
