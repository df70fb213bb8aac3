//! Faults: each kind, seen from the socket where it is one of the connection.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bench::{Bench, world};

const DOCS: &str = "/repos/octo-org/docs";

async fn with_fault(fault: Value) -> Bench {
    let bench = Bench::start().await;
    bench.order(json!({"route": "GET /repos/{o}/{r}", "fault": fault})).await;
    bench
}

/// A connection on which `GET /repos/octo-org/docs` was sent.
async fn asked(bench: &Bench) -> TcpStream {
    let address = bench.sandbox.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {DOCS} HTTP/1.1\r\nhost: {address}\r\nuser-agent: octocat\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn status_answers_in_the_place_of_the_route_once() {
    let fault = json!({"kind": "status", "status": 502, "headers": {"retry-after": "1", "content-type": "text/plain"}, "body": "bad gateway"});
    let bench = with_fault(fault).await;
    let reply = bench.get(DOCS, "").await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (502, "bad gateway"));
    assert_eq!((reply.header("retry-after"), reply.header("content-type")), ("1", "text/plain"));
    assert_eq!(bench.get(DOCS, "").await.status, 200);
}

#[tokio::test]
async fn a_fault_can_wait_and_strike_several_times_on_its_route_only() {
    let bench = Bench::start().await;
    let order = json!({"route": "GET /repos/{o}/{r}", "skip": 1, "times": 2, "fault": {"kind": "status", "status": 500}});
    bench.order(order).await;
    assert_eq!(bench.get("/rate_limit", "").await.status, 200);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(bench.get(DOCS, "").await.status.as_u16());
    }
    assert_eq!(seen, [200, 500, 500, 200]);
}

#[tokio::test]
async fn a_fault_can_be_taken_back() {
    let bench = with_fault(json!({"kind": "reset"})).await;
    assert_eq!(bench.get("/sandbox/faults", "").await.json()[0]["fault"]["kind"], "reset");
    assert_eq!(bench.delete("/sandbox/faults", "").await.status, 204);
    assert_eq!(bench.get(DOCS, "").await.status, 200);
}

#[tokio::test]
async fn a_failed_mint_mints_nothing() {
    let bench = Bench::start().await;
    let route = "POST /app/installations/{id}/access_tokens";
    bench.order(json!({"route": route, "fault": {"kind": "status", "status": 503}})).await;
    let reply = bench.post("/app/installations/1/access_tokens", &bench.app_jwt(), &json!({})).await;
    assert_eq!(reply.status, 503);
    assert_eq!(bench.get("/sandbox/tokens", "").await.json(), json!([]));
}

#[tokio::test]
async fn reset_is_a_reset_on_the_socket() {
    let bench = with_fault(json!({"kind": "reset"})).await;
    let mut received = Vec::new();
    let error = asked(&bench).await.read_to_end(&mut received).await.unwrap_err();
    assert_eq!((error.kind(), received.len()), (ErrorKind::ConnectionReset, 0));
    let log = bench.get("/sandbox/requests", "").await.json();
    assert_eq!(log[0]["status"], Value::Null);
}

#[tokio::test]
async fn hang_says_nothing_until_the_sandbox_stops() {
    let bench = with_fault(json!({"kind": "hang"})).await;
    let mut stream = asked(&bench).await;
    while bench.get("/sandbox/requests", "").await.json()[0].is_null() {
        tokio::task::yield_now().await;
    }
    assert_eq!(bench.get(DOCS, "").await.status, 200, "others are answered meanwhile");
    let mut buffer = [0; 16];
    assert_eq!(stream.try_read(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
    bench.sandbox.shutdown().await;
    assert_eq!(stream.read(&mut buffer).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn delay_answers_later() {
    let bench = with_fault(json!({"kind": "delay", "ms": 50})).await;
    let started = Instant::now();
    assert_eq!(bench.get(DOCS, "").await.status, 200);
    assert!(started.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn truncate_ends_in_the_middle_of_the_body() {
    let bench = with_fault(json!({"kind": "truncate"})).await;
    let mut received = Vec::new();
    // Whether the end is a reset does not matter; that bytes are missing does.
    let _ = asked(&bench).await.read_to_end(&mut received).await;
    let received = String::from_utf8(received).unwrap();
    let (head, body) = received.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let announced: usize =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    assert_eq!(body.len(), announced / 2);
    assert!(body.starts_with('{'));
}

#[tokio::test]
async fn truncate_loses_a_token_that_was_minted() {
    let bench = Bench::start().await;
    let route = "POST /app/installations/{id}/access_tokens";
    bench.order(json!({"route": route, "fault": {"kind": "truncate"}})).await;
    let request =
        bench.with_credential(reqwest::Method::POST, "/app/installations/1/access_tokens", &bench.app_jwt());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201);
    assert!(response.text().await.is_err());
    assert_eq!(bench.get("/sandbox/tokens", "").await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn truncate_also_cuts_an_answer_without_a_body() {
    let bench = Bench::start().await;
    let token = bench.token(json!({})).await;
    bench.order(json!({"route": "DELETE /installation/token", "fault": {"kind": "truncate"}})).await;
    let response =
        bench.with_credential(reqwest::Method::DELETE, "/installation/token", &token).send().await.unwrap();
    assert!(response.bytes().await.is_err());
    assert_eq!(
        bench.delete("/installation/token", &token).await.status,
        401,
        "the token was revoked all the same"
    );
}

#[tokio::test]
async fn late_does_the_work_first() {
    let bench = Bench::start().await;
    let route = "POST /app/installations/{id}/access_tokens";
    bench.order(json!({"route": route, "fault": {"kind": "late", "ms": 3_600_000}})).await;
    let request =
        bench.with_credential(reqwest::Method::POST, "/app/installations/1/access_tokens", &bench.app_jwt());
    let pending = tokio::spawn(request.send());
    while bench.get("/sandbox/tokens", "").await.json() == json!([]) {
        tokio::task::yield_now().await;
    }
    assert!(!pending.is_finished());
    pending.abort();
}

#[tokio::test]
async fn dribble_sends_the_body_byte_by_byte() {
    let bench = with_fault(json!({"kind": "dribble", "ms": 1})).await;
    let mut response = bench.request(reqwest::Method::GET, DOCS).send().await.unwrap();
    let (mut pieces, mut text) = (0, Vec::new());
    while let Some(piece) = response.chunk().await.unwrap() {
        (pieces, text) = (pieces + 1, [text, piece.to_vec()].concat());
    }
    assert!(pieces > 20, "{pieces}");
    assert_eq!(serde_json::from_slice::<Value>(&text).unwrap()["name"], "docs");
}

#[tokio::test]
async fn endless_goes_on_after_the_body() {
    let bench = with_fault(json!({"kind": "endless", "bytes": 100_000})).await;
    let text = bench.get(DOCS, "").await.text;
    assert_eq!(text.len() - text.trim_end().len(), 100_000);
    assert!(text.starts_with('{'));
    let token = bench.token(json!({})).await;
    bench
        .order(json!({"route": "DELETE /installation/token", "fault": {"kind": "endless", "bytes": 1}}))
        .await;
    let reply = bench.delete("/installation/token", &token).await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, " "));
}

#[tokio::test]
async fn mislabel_changes_nothing_but_the_content_type() {
    let bench = with_fault(json!({"kind": "mislabel", "content_type": "text/html"})).await;
    let reply = bench.get(DOCS, "").await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "text/html"));
    assert_eq!(reply.json()["name"], "docs");
}

#[tokio::test]
async fn a_token_comes_first_in_its_answer() {
    let bench = Bench::start().await;
    for body in [json!({}), json!({"repositories": ["docs"]})] {
        let reply = bench.post("/app/installations/1/access_tokens", &bench.app_jwt(), &body).await;
        assert!(reply.text.starts_with(r#"{"token":"ghs_"#), "{}", reply.text);
    }
}

#[tokio::test]
async fn garbage_is_neither_json_nor_text() {
    let bench = with_fault(json!({"kind": "garbage"})).await;
    let response = bench.request(reqwest::Method::GET, DOCS).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json; charset=utf-8");
    let bytes = response.bytes().await.unwrap();
    assert!(std::str::from_utf8(&bytes).is_err());
    assert!(serde_json::from_slice::<Value>(&bytes).is_err());
}

#[tokio::test]
async fn replace_changes_fields_of_the_answer() {
    let bench =
        with_fault(json!({"kind": "replace", "json": {"id": "7", "new": [1], "full_name": null}})).await;
    let body = bench.get(DOCS, "").await.json();
    assert_eq!(
        json!([body["id"], body["new"], body["name"], body.get("full_name")]),
        json!(["7", [1], "docs", null])
    );
}

#[tokio::test]
async fn the_runner_and_the_issuer_can_fail_too() {
    let bench = Bench::start().await;
    let job = bench.post("/sandbox/jobs", "", &json!({})).await.json();
    let (url, token) = (job["request_url"].as_str().unwrap(), job["request_token"].as_str().unwrap());
    for (route, path) in [
        ("runner", url),
        ("GET /oidc/.well-known/jwks", "/oidc/.well-known/jwks"),
        ("GET /oidc/.well-known/openid-configuration", "/oidc/.well-known/openid-configuration"),
    ] {
        bench.order(json!({"route": route, "fault": {"kind": "status", "status": 500}})).await;
        assert_eq!(bench.get(path, token).await.status, 500, "{route}");
        assert_eq!(bench.get(path, token).await.status, 200, "{route}");
    }
}

#[tokio::test]
async fn refuses_orders_that_could_never_be_carried_out() {
    let bench = Bench::start().await;
    for (order, status) in [
        (json!({"route": "GET /nothing", "fault": {"kind": "reset"}}), 422),
        (json!({"route": "POST /sandbox/faults", "fault": {"kind": "reset"}}), 422),
        (json!({"route": "runner", "fault": {"kind": "status", "status": 42}}), 422),
        (
            json!({"route": "runner", "fault": {"kind": "status", "status": 500, "headers": {"a b": "c"}}}),
            422,
        ),
        (json!({"route": "runner", "fault": {"kind": "mislabel", "content_type": "a\nb"}}), 422),
        (json!({"route": "runner", "fault": {"kind": "explode"}}), 400),
        (json!({"route": "runner", "time": 2, "fault": {"kind": "reset"}}), 400),
    ] {
        assert_eq!(bench.post("/sandbox/faults", "", &order).await.refusal().0, status, "{order}");
    }
    assert_eq!(bench.get("/sandbox/faults", "").await.json(), json!([]));
}

#[tokio::test]
async fn latency_slows_the_rest_api() {
    let options =
        sandbox::Options { api_latency: Duration::from_millis(40), ..sandbox::Options::new(world()) };
    let bench = Bench::with(options).await;
    let started = Instant::now();
    bench.get(DOCS, "").await;
    assert!(started.elapsed() >= Duration::from_millis(40));
}
