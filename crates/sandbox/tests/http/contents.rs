//! Reading files and directories.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use sandbox::{Repository, World};
use serde_json::{Value, json};

use crate::bench::{Bench, Reply, world};

const PLAN: &str = "/repos/octo-org/website/contents/docs/plan.md";

async fn get_as(bench: &Bench, path: &str, token: &str, accept: &str) -> Reply {
    bench.send(bench.with_credential(Method::GET, path, token).header("accept", accept)).await
}

#[tokio::test]
async fn a_file_comes_as_json_with_its_content_in_base64() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"contents": "read"})).await;
    let reply = bench.get(PLAN, &token).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(reply.header("x-accepted-github-permissions"), "contents=read");
    let file = reply.json();
    assert_eq!(
        json!([file["type"], file["encoding"], file["name"], file["path"], file["size"], file["content"]]),
        json!(["file", "base64", "plan.md", "docs/plan.md", 6, "aGVsbG8K\n"])
    );
    assert_eq!(file["sha"], "ce013625030ba8dba906f756967f9e9ca394464a");
}

#[tokio::test]
async fn long_content_is_broken_into_lines_of_60() {
    let text = "x".repeat(100);
    let repository = Repository::public().file("long.txt", text.clone());
    let bench = Bench::on(
        World::new().owner("octo-org", sandbox::Owner::organization().repository("docs", repository)),
    )
    .await;
    let file = bench.get("/repos/octo-org/docs/contents/long.txt", "").await.json();
    let lines: Vec<_> = file["content"].as_str().unwrap().lines().collect();
    assert_eq!(lines.iter().map(|line| line.len()).collect::<Vec<_>>(), [60, 60, 16]);
    assert_eq!(STANDARD.decode(lines.concat()).unwrap(), text.as_bytes());
}

#[tokio::test]
async fn a_file_comes_raw_when_asked_for() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"contents": "read"})).await;
    for accept in
        ["application/vnd.github.raw+json", "application/vnd.github.raw", "application/vnd.github.v3.raw"]
    {
        let reply = get_as(&bench, PLAN, &token, accept).await;
        assert_eq!(reply.text, "hello\n", "{accept}");
        assert_eq!(reply.header("content-type"), "application/vnd.github.raw+json; charset=utf-8");
        assert_eq!(reply.header("x-github-media-type"), "github.v3; param=raw; format=json");
    }
}

#[tokio::test]
async fn a_directory_comes_as_a_list() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"contents": "read"})).await;
    for path in ["/repos/octo-org/website/contents/docs", "/repos/octo-org/website/contents/docs/"] {
        let list = bench.get(path, &token).await.json();
        let shown: Vec<Value> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| json!([entry["type"], entry["path"], entry["size"]]))
            .collect();
        assert_eq!(json!(shown), json!([["dir", "docs/more", 0], ["file", "docs/plan.md", 6]]));
        assert_eq!(list[1].get("content"), None);
    }
    for path in ["/repos/octo-org/website/contents", "/repos/octo-org/website/contents/"] {
        let root = bench.get(path, &token).await.json();
        let names: Vec<_> =
            root.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect();
        assert_eq!(names, [".github", "README.md", "docs"]);
    }
}

#[tokio::test]
async fn a_directory_has_the_id_that_git_gives_it() {
    let repository = Repository::public().file("a/b.txt", "hello\n");
    let bench = Bench::on(
        World::new().owner("octo-org", sandbox::Owner::organization().repository("docs", repository)),
    )
    .await;
    let root = bench.get("/repos/octo-org/docs/contents", "").await.json();
    // As `git ls-tree` shows it after `git add a/b.txt`.
    assert_eq!(root[0]["sha"], "dd5a3627ad3d4a1eaa9b180972bab37891a5e101");
}

#[tokio::test]
async fn a_directory_comes_as_an_object_when_asked_for() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"contents": "read"})).await;
    let accept = "application/vnd.github.object+json";
    let object = get_as(&bench, "/repos/octo-org/website/contents/docs", &token, accept).await.json();
    assert_eq!(json!([object["type"], object["path"]]), json!(["dir", "docs"]));
    assert_eq!(object["entries"].as_array().unwrap().len(), 2);
    assert_eq!(get_as(&bench, PLAN, &token, accept).await.json()["type"], "file");
}

#[tokio::test]
async fn the_permission_is_needed_before_anything_is_told() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"secrets": "write"})).await;
    for path in [PLAN, "/repos/octo-org/website/contents/nothing.md", "/repos/octo-org/website/contents/docs"]
    {
        let expected = (403, "Resource not accessible by integration".to_owned());
        assert_eq!(bench.get(path, &token).await.refusal(), expected, "{path}");
    }
}

#[tokio::test]
async fn single_file_gives_its_own_files_and_no_others() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"single_file": "read"})).await;
    let file = |path: &str| format!("/repos/octo-org/website/contents/{path}");
    assert_eq!(bench.get(&file(".github/access-token.yaml"), &token).await.status, 200);
    assert_eq!(bench.get(&file("access-token.yaml"), &token).await.refusal(), (404, "Not Found".into()));
    for other in [".github/access-token.yml", ".github", "", "docs/plan.md", ".GitHub/access-token.yaml"] {
        assert_eq!(bench.get(&file(other), &token).await.status, 403, "{other}");
    }
}

#[tokio::test]
async fn a_private_repository_outside_the_token_is_not_found() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["docs"], json!({"contents": "write"})).await;
    for credential in [token.as_str(), "", &bench.app_jwt()] {
        assert_eq!(bench.get(PLAN, credential).await.refusal(), (404, "Not Found".into()));
    }
}

#[tokio::test]
async fn public_files_are_everybodys() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"secrets": "read"})).await;
    for credential in [token.as_str(), ""] {
        assert_eq!(bench.get("/repos/octo-org/docs/contents/README.md", credential).await.status, 200);
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let bench = Bench::start().await;
    let token = bench.token(json!({"permissions": {"contents": "read"}})).await;
    for path in ["nothing.md", "docs/plan.md/more", "DOCS/plan.md", "doc", "docs/../docs/plan.md/x"] {
        let path = format!("/repos/octo-org/website/contents/{path}");
        assert_eq!(bench.get(&path, &token).await.refusal(), (404, "Not Found".into()), "{path}");
    }
    let empty = bench.get("/repos/octo-org/empty/contents/", &token).await;
    assert_eq!(empty.refusal(), (404, "This repository is empty.".into()));
}

#[tokio::test]
async fn only_the_default_branch_exists() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"contents": "read"})).await;
    for reference in ["", "main", "refs/heads/main"] {
        assert_eq!(bench.get(&format!("{PLAN}?ref={reference}"), &token).await.status, 200, "{reference}");
    }
    let other = bench.get(&format!("{PLAN}?ref=MAIN"), &token).await;
    assert_eq!(other.refusal(), (404, "No commit found for the ref MAIN".into()));
}

#[tokio::test]
async fn a_file_over_one_mebibyte_is_refused() {
    let big = |size: usize| {
        let repository = Repository::public().file("big.txt", vec![b'x'; size]);
        World::new().owner("octo-org", sandbox::Owner::organization().repository("docs", repository))
    };
    let bench = Bench::on(big(1024 * 1024)).await;
    let path = "/repos/octo-org/docs/contents/big.txt";
    assert_eq!(bench.get(path, "").await.json()["size"], 1024 * 1024);
    bench.sandbox.replace_world(big(1024 * 1024 + 1)).unwrap();
    let refused = bench.get(path, "").await;
    assert_eq!(refused.refusal().0, 403);
    assert_eq!(refused.json()["errors"][0]["code"], "too_large");
    assert_eq!(bench.get("/repos/octo-org/docs/contents", "").await.json()[0]["size"], 1024 * 1024 + 1);
}

#[tokio::test]
async fn names_in_paths_may_be_percent_encoded() {
    let repository = Repository::public().file("a b/ü.txt", "hello\n");
    let owner = sandbox::Owner::organization().repository("docs", repository);
    let bench = Bench::on(world().owner("octo-org", owner)).await;
    let file = bench.get("/repos/octo-org/docs/contents/a%20b%2F%C3%BC.txt", "").await.json();
    assert_eq!(file["path"], "a b/ü.txt");
}
