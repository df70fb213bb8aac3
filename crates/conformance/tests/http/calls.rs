//! How many calls of GitHub a token takes.

use serde_json::{Value, json};

use crate::scene::{Call, Scene};

const LOOK_UP: &str = "GET /users/octo-org/installation";
const BOT_USER: &str = "GET /users/access-token-sandbox[bot]";
const MINT: &str = "POST /app/installations/7001/access_tokens";
const OWNER_POLICY: &str = "GET /repos/octo-org/.github-access-token/contents/access-token.yaml";
const REPOSITORY_POLICY: &str = "GET /repos/octo-org/website/contents/.github/access-token.yaml";

fn sorted(calls: Vec<Call>) -> Vec<(String, u64)> {
    let mut calls: Vec<_> = calls.into_iter().map(|call| (call.line, call.status)).collect();
    calls.sort();
    calls
}

fn expected(calls: &[(&str, u64)]) -> Vec<(String, u64)> {
    let mut calls: Vec<_> = calls.iter().map(|(line, status)| ((*line).to_owned(), *status)).collect();
    calls.sort();
    calls
}

/// What the installation has used of its rate limit, by a token that was granted.
async fn used(scene: &Scene, answer: &Value) -> u64 {
    let url = format!("{}/rate_limit", scene.stage.sandbox.url());
    let request = scene.stage.client.get(url).bearer_auth(answer["token"].as_str().unwrap());
    let limits: Value = request.send().await.unwrap().json().await.unwrap();
    limits["resources"]["core"]["used"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_token_takes_six_calls_and_the_next_one_costs_one() {
    let scene = Scene::start().await;
    scene.calls().await;
    let first = scene.granted().await;
    let cold = scene.calls().await;
    println!("cold: {cold:?}");
    let six = [
        (LOOK_UP, 200),
        (MINT, 201),
        (OWNER_POLICY, 200),
        (REPOSITORY_POLICY, 200),
        (MINT, 201),
        // Once in the life of the broker.
        (BOT_USER, 200),
    ];
    assert_eq!(sorted(cold), expected(&six));

    let before = used(&scene, &first).await;
    scene.calls().await;
    for _ in 0..3 {
        scene.granted().await;
        let warm = scene.calls().await;
        println!("warm: {warm:?}");
        assert_eq!(warm.iter().filter(|call| call.costs()).count(), 1);
        let three = [(OWNER_POLICY, 304), (REPOSITORY_POLICY, 304), (MINT, 201)];
        assert_eq!(sorted(warm), expected(&three));
    }
    // The mints are the App's own calls: the installation has used nothing of its hour.
    assert_eq!(used(&scene, &first).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_reads_contents_costs_no_more() {
    let mut scene = Scene::start().await;
    scene.change(|owner| {
        owner["installation"]["permissions"].as_object_mut().unwrap().remove("single_file");
    });
    scene.granted().await;
    assert_eq!(scene.calls().await.len(), 6);
    scene.granted().await;
    let three = [(OWNER_POLICY, 304), (REPOSITORY_POLICY, 304), (MINT, 201)];
    assert_eq!(sorted(scene.calls().await), expected(&three));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_eight_repositories_costs_one_call() {
    let mut scene = Scene::start().await;
    let names: Vec<String> = (1..=8).map(|number| format!("site-{number}")).collect();
    scene.request["repositories"] = json!(names);
    let policy = |name: &str| {
        format!(
            "origin: octo-org/{name}\nstatements:\n  - subjects: [\"repo:octo-org/app:**\"]\n    permissions: {{contents: read}}\n"
        )
    };
    scene.change(|owner| {
        for name in &names {
            owner["repositories"][name] = json!({"files": {".github/access-token.yaml": policy(name)}});
        }
    });
    scene.granted().await;
    assert_eq!(scene.calls().await.len(), 5 + 8);
    scene.granted().await;
    let warm = scene.calls().await;
    assert_eq!(warm.iter().filter(|call| call.costs()).count(), 1);
    assert_eq!(warm.iter().filter(|call| call.status == 304).count(), 1 + 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_minting_does_not_confirm_is_looked_up_without_cost() {
    let mut scene = Scene::warm().await;
    scene.calls().await;
    // Nothing is minted in a dry run.
    scene.request["dry_run"] = json!(true);
    scene.granted().await;
    let three = [(LOOK_UP, 304), (OWNER_POLICY, 304), (REPOSITORY_POLICY, 304)];
    assert_eq!(sorted(scene.calls().await), expected(&three));
    // A refusal rests on nothing that was only known.
    scene.request =
        json!({"repositories": ["website"], "permissions": {"issues": "write"}, "owner": "octo-org"});
    scene.denied("not-granted-by-repository-policy").await;
    assert_eq!(sorted(scene.calls().await), expected(&three));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_share_what_they_read() {
    const MANY: usize = 48;
    let scene = Scene::warm().await;
    scene.calls().await;
    let delay = json!({"kind": "delay", "ms": 40});
    let contents = "GET /repos/{owner}/{repo}/contents/{path}";
    scene.stage.fault(&json!({"route": contents, "times": 1000, "fault": delay})).await;
    let asking = (0..MANY).map(|_| scene.granted());
    futures(asking).await;
    let calls = scene.calls().await;
    let count = |line: &str| calls.iter().filter(|call| call.line == line).count();
    assert_eq!((count(MINT), count(LOOK_UP)), (MANY, 0));
    for line in [OWNER_POLICY, REPOSITORY_POLICY] {
        println!("{} reads for {MANY} tokens: {line}", count(line));
        assert!((1..MANY).contains(&count(line)), "{}", count(line));
    }
}

/// Waits for all of them at once.
async fn futures<F: Future>(all: impl Iterator<Item = F>) {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}
