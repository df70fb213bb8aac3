//! The main job from end to end, on the example world that ships with the crate.

use std::path::Path;

use reqwest::Method;
use sandbox::Options;
use serde_json::json;

use crate::bench::Bench;

#[tokio::test]
async fn an_app_finds_its_installation_mints_reads_and_revokes() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("world");
    let bench = Bench::with(Options::new(directory.as_path())).await;
    let jwt = bench.app_jwt();
    assert_eq!(bench.get("/app", &jwt).await.json()["slug"], "access-token-sandbox");

    let installation = bench.get("/orgs/octo-org/installation", &jwt).await.json();
    assert_eq!(installation["account"]["id"], 9919);
    assert_eq!(installation["suspended_at"], json!(null));

    let wanted = json!({"repositories": ["website"], "permissions": {"contents": "read"}});
    let minted = bench.post("/app/installations/1/access_tokens", &jwt, &wanted).await.json();
    assert_eq!(minted["permissions"], json!({"contents": "read", "metadata": "read"}));
    assert_eq!(minted["repositories"][0]["full_name"], "octo-org/website");
    let token = minted["token"].as_str().unwrap();

    let raw =
        bench.with_credential(Method::GET, "/repos/octo-org/website/contents/docs/secret-plan.md", token);
    let raw = bench.send(raw.header("accept", "application/vnd.github.raw+json")).await;
    assert_eq!(raw.status, 200);
    assert!(raw.text.starts_with("# The plan\n"));

    assert_eq!(bench.delete("/installation/token", token).await.status, 204);
    assert_eq!(bench.get("/repos/octo-org/website", token).await.refusal(), (401, "Bad credentials".into()));
}
