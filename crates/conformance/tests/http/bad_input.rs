//! Bad input, one after another at one broker: a clear answer each time, and the next request works.

use std::time::{Duration, Instant};

use conformance::case::{base, merge};
use serde_json::{Value, json};

use crate::stage::{Answer, Broker, Stage};
use crate::{token, world};

/// The longest answer to a bad body, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

fn policy(text: String) -> Value {
    json!({"repository_policies": {"website": text}})
}

/// Policies that somebody wrote to hurt: what each is, and the scenario that has it.
fn policies() -> Vec<(&'static str, Value)> {
    let bomb = (1..9)
        .fold("origin: octo-org/website\nstatements:\n  - &a0 [x]\n".to_owned(), |text, level| {
            format!("{text}  - &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "))
        });
    vec![
        ("a policy with an alias bomb", policy(bomb)),
        (
            "a policy with one long anchor used often",
            policy(format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(10_000), "*a,".repeat(10_000))),
        ),
        ("a policy 10,000 lists deep", policy("[".repeat(10_000))),
        ("a policy 10,000 mappings deep", policy("{a: ".repeat(10_000))),
        ("a policy 10,000 keys deep", policy("? ".repeat(10_000))),
        ("a policy of 100,000 openings", policy("[".repeat(100_000))),
        ("a policy of 101 KiB", policy(format!("origin: octo-org/website\n#{}", "x".repeat(103_424)))),
        (
            "a policy of 1,000,000 bytes",
            policy(format!("origin: octo-org/website\n#{}", "x".repeat(1_000_000))),
        ),
        ("a policy of dashes", policy("- ".repeat(40_000))),
        ("a policy of quotes", policy("\"".repeat(90_001))),
    ]
}

/// Bodies that are none: what each is, its content type, and it.
fn bodies() -> Vec<(&'static str, &'static str, String)> {
    vec![
        ("malformed JSON", "application/json", "{\"permissions\": {".to_owned()),
        ("another content type", "text/plain", "{}".to_owned()),
        ("101 KiB", "application/json", " ".repeat(103_424)),
        ("100,000 lists deep", "application/json", "[".repeat(100_000)),
        ("20,000 mappings deep", "application/json", "{\"a\":".repeat(20_000)),
        ("a long text", "application/json", format!("{{\"owner\": \"{}\"}}", "x".repeat(100_000))),
        (
            "7,000 unknown fields",
            "application/json",
            format!("{{{}}}", (0..7_000).map(|n| format!("\"f{n}\":1")).collect::<Vec<_>>().join(",")),
        ),
        (
            "20,000 repositories",
            "application/json",
            format!("{{\"repositories\": [{}], \"permissions\": {{}}}}", vec!["\"a\""; 20_000].join(",")),
        ),
        ("control characters", "application/json", "\u{0}\u{1}".to_owned()),
    ]
}

async fn send(
    stage: &Stage,
    broker: &Broker,
    token: &str,
    content_type: &str,
    body: String,
) -> (Answer, Duration) {
    let request = stage.client.post(format!("{}/access_tokens", broker.url)).bearer_auth(token);
    let request = request.header("content-type", content_type).body(body);
    let begin = Instant::now();
    let answer = Answer::read(request.send().await.unwrap()).await;
    (answer, begin.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_gets_a_clear_answer_and_the_next_request_works() {
    let stage = Stage::start().await;
    let scenario = base().unwrap();
    let broker = stage.broker(0).await;
    let token = token::sound(&stage, &scenario["claims"]).await;
    let request = scenario["request"].to_string();
    let report = |what: &str, answer: &Answer, took: Duration| {
        println!("{:>7.1} ms  {}  {what}", took.as_secs_f64() * 1000.0, answer.status);
    };
    for (what, over) in policies() {
        world::set(&stage, &merge(scenario.clone(), over), &Value::Null).await;
        // The first request at an installation gets the token that reads policies; that is not what is looked at here.
        send(&stage, &broker, &token, "application/json", request.clone()).await;
        let (answer, took) = send(&stage, &broker, &token, "application/json", request.clone()).await;
        report(what, &answer, took);
        assert_eq!(answer.status, 403, "{what}: {}", answer.text);
        assert_eq!(answer.json()["issues"][0]["code"], "repository-policy-invalid", "{what}");
        works(&stage, &broker, &scenario).await;
    }
    for (what, content_type, body) in bodies() {
        let (answer, took) = send(&stage, &broker, &token, content_type, body).await;
        report(what, &answer, took);
        assert!([400, 413, 415].contains(&answer.status), "{what}: {}", answer.text);
        // All problems are listed, each with what was expected, so that an answer may be longer than the body.
        assert!(answer.text.len() < LONGEST_ANSWER, "{what}: an answer of {} bytes", answer.text.len());
        assert!(answer.json()["message"].is_string());
        works(&stage, &broker, &scenario).await;
    }
}

async fn works(stage: &Stage, broker: &Broker, scenario: &Value) {
    world::set(stage, scenario, &Value::Null).await;
    let token = token::sound(stage, &scenario["claims"]).await;
    let answer = stage.ask(broker, &token, &scenario["request"]).await;
    assert_eq!(answer.status, 200, "the next request: {}", answer.text);
}
