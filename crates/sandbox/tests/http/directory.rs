//! A world in a directory: every edit counts at the next request.

use std::fs;
use std::path::{Path, PathBuf};

use sandbox::{Error, Options, Sandbox};
use serde_json::json;

use crate::bench::Bench;

/// A directory of its own for a test, empty at first.
fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("world-{test}"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn write(world: &Path, path: &str, text: &str) {
    let path = world.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

async fn on(world: &Path) -> Bench {
    Bench::with(Options::new(world)).await
}

#[tokio::test]
async fn reads_what_the_files_say_and_derives_the_rest() {
    let world = directory("reads");
    write(&world, "app.json", r#"{"id": 7, "slug": "octo-app"}"#);
    write(&world, "README.md", "for people");
    write(&world, "octocat/owner.json", r#"{"type": "User"}"#);
    write(&world, "octo-org/installation.json", r#"{"id": 1, "permissions": {"contents": "read"}}"#);
    write(&world, "octo-org/website/repository.json", r#"{"private": false}"#);
    write(&world, "octo-org/website/files/docs/plan.md", "hello\n");
    fs::create_dir_all(world.join("octo-org/empty")).unwrap();
    let bench = on(&world).await;
    let mut claims = crate::bench::app_claims();
    claims["iss"] = json!(7);
    let jwt = bench.sign(&json!({"alg": "RS256"}), &claims);
    assert_eq!(bench.get("/app", &jwt).await.json()["slug"], "octo-app");
    assert_eq!(bench.get("/orgs/octocat/installation", &jwt).await.status, 404);
    assert_eq!(bench.get("/orgs/octo-org/installation", &jwt).await.json()["id"], 1);
    assert_eq!(bench.get("/repos/octo-org/website/contents/docs/plan.md", "").await.json()["size"], 6);
    let (first, second) = (
        bench.get("/repos/octo-org/website", "").await.json(),
        bench.get("/repos/octo-org/website", "").await.json(),
    );
    assert_eq!(first["id"], second["id"], "a derived id stays");
    let token = bench.post("/app/installations/1/access_tokens", &jwt, &json!({})).await.json();
    let empty = bench.get("/repos/octo-org/empty", token["token"].as_str().unwrap()).await;
    assert_eq!(empty.json()["private"], true);
}

#[tokio::test]
async fn quick_edits_of_the_same_length_count_at_once() {
    let world = directory("edits");
    write(&world, "octo-org/docs/repository.json", r#"{"private": false}"#);
    let file = "octo-org/docs/files/plan.md";
    write(&world, file, "00");
    let bench = on(&world).await;
    for number in 10..60 {
        write(&world, file, &number.to_string());
        let raw = bench.request(reqwest::Method::GET, "/repos/octo-org/docs/contents/plan.md");
        let raw = bench.send(raw.header("accept", "application/vnd.github.raw+json")).await;
        assert_eq!(raw.text, number.to_string());
    }
    fs::remove_file(world.join(file)).unwrap();
    assert_eq!(bench.get("/repos/octo-org/docs/contents/plan.md", "").await.status, 404);
}

#[tokio::test]
async fn an_app_can_be_installed_and_removed_by_a_file() {
    let world = directory("installs");
    write(&world, "octo-org/owner.json", "{}");
    let bench = on(&world).await;
    let path = "/orgs/octo-org/installation";
    assert_eq!(bench.get(path, &bench.app_jwt()).await.status, 404);
    write(&world, "octo-org/installation.json", r#"{"suspended": true}"#);
    assert!(bench.get(path, &bench.app_jwt()).await.json()["suspended_at"].is_string());
    fs::remove_file(world.join("octo-org/installation.json")).unwrap();
    assert_eq!(bench.get(path, &bench.app_jwt()).await.status, 404);
}

#[tokio::test]
async fn a_broken_file_is_named_until_it_is_mended() {
    let world = directory("broken");
    write(&world, "octo-org/docs/repository.json", r#"{"private": false}"#);
    let bench = on(&world).await;
    write(&world, "octo-org/installation.json", r#"{"permission": {}}"#);
    let (status, message) = bench.get("/repos/octo-org/docs", "").await.refusal();
    assert_eq!(status, 500);
    assert!(
        message.starts_with(
            "sandbox: `octo-org/installation.json` of the world is not as expected: unknown field"
        ),
        "{message}"
    );
    fs::remove_file(world.join("octo-org/installation.json")).unwrap();
    assert_eq!(bench.get("/repos/octo-org/docs", "").await.status, 200);
}

#[tokio::test]
async fn what_the_api_writes_stays_out_of_the_directory_until_the_next_edit() {
    let world = directory("writes");
    write(&world, "octo-org/installation.json", r#"{"id": 1, "permissions": {"contents": "write"}}"#);
    let file = "octo-org/docs/files/plan.md";
    write(&world, file, "hello\n");
    let bench = on(&world).await;
    let token = bench.token(json!({})).await;
    let path = "/repos/octo-org/docs/contents/plan.md";
    let sha = bench.get(path, &token).await.json()["sha"].clone();
    let body = json!({"message": "Change it", "content": "bmV3Cg==", "sha": sha});
    assert_eq!(bench.put(path, &token, &body).await.status, 200);
    assert_eq!(bench.get(path, &token).await.json()["content"], "bmV3Cg==\n");
    assert_eq!(fs::read_to_string(world.join(file)).unwrap(), "hello\n");
    write(&world, file, "edited\n");
    assert_eq!(bench.get(path, &token).await.json()["content"], "ZWRpdGVkCg==\n");
}

#[tokio::test]
async fn links_and_git_folders_are_left_alone() {
    let world = directory("links");
    write(&world, "octo-org/docs/repository.json", r#"{"private": false}"#);
    write(&world, "octo-org/docs/files/plan.md", "hello\n");
    write(&world, "octo-org/docs/files/.git/config", "secret");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&world, world.join("octo-org/docs/files/loop")).unwrap();
    let bench = on(&world).await;
    let root = bench.get("/repos/octo-org/docs/contents", "").await.json();
    assert_eq!(root.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_world_that_does_not_exist_does_not_start() {
    let missing = directory("missing").join("nothing");
    let error = Sandbox::start(Options::new(missing.as_path())).await.unwrap_err();
    assert!(matches!(error, Error::World(_)), "{error}");
}
