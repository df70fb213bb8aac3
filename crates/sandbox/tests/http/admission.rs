//! What the REST API wants of every request, and what it sends with every answer.

use reqwest::Method;
use serde_json::json;

use crate::bench::Bench;

#[tokio::test]
async fn refuses_a_client_without_a_user_agent_in_plain_text() {
    let bench = Bench::start().await;
    for agent in [None, Some("")] {
        let request = reqwest::Client::new().get(format!("{}/repos/octo-org/docs", bench.sandbox.url()));
        let request = agent.into_iter().fold(request, |request, agent| request.header("user-agent", agent));
        let reply = bench.send(request).await;
        assert_eq!(reply.status, 403);
        assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
        assert!(reply.text.contains("Please make sure your request has a User-Agent header"));
    }
}

#[tokio::test]
async fn every_answer_has_the_headers_of_github() {
    let bench = Bench::start().await;
    let token = bench.token(json!({})).await;
    for (path, status) in [("/repos/octo-org/website", 200), ("/repos/octo-org/nothing", 404)] {
        let reply = bench.get(path, &token).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(reply.header("x-github-media-type"), "github.v3; format=json");
        assert_eq!(reply.header("x-github-api-version-selected"), "2022-11-28");
        assert_eq!(reply.header("x-ratelimit-limit"), "10000000");
        assert_eq!(reply.header("x-ratelimit-resource"), "core");
        assert_eq!(reply.header("server"), "github.com");
        assert_eq!(reply.header("x-github-request-id").split(':').count(), 5);
    }
}

#[tokio::test]
async fn every_request_has_its_own_id() {
    let bench = Bench::start().await;
    let first = bench.get("/rate_limit", "").await;
    let second = bench.get("/rate_limit", "").await;
    assert_ne!(first.header("x-github-request-id"), second.header("x-github-request-id"));
}

#[tokio::test]
async fn bad_credentials_are_refused_even_where_none_are_needed() {
    let bench = Bench::start().await;
    for header in
        ["Bearer ghs_unknown", "token ghs_unknown", "Basic b2N0b2NhdDpw", "Bearer", "ghs_unknown", "Bearer "]
    {
        let request = bench.request(Method::GET, "/repos/octo-org/docs").header("authorization", header);
        assert_eq!(bench.send(request).await.refusal(), (401, "Bad credentials".into()), "{header}");
    }
}

#[tokio::test]
async fn both_schemes_carry_a_token() {
    let bench = Bench::start().await;
    let token = bench.token(json!({})).await;
    for scheme in ["Bearer", "bearer", "token", "Token"] {
        let request = bench.request(Method::GET, "/repos/octo-org/website");
        let request = request.header("authorization", format!("{scheme} {token}"));
        assert_eq!(bench.send(request).await.status, 200, "{scheme}");
    }
}

#[tokio::test]
async fn refuses_a_version_that_does_not_exist() {
    let bench = Bench::start().await;
    let request = bench.request(Method::GET, "/rate_limit").header("x-github-api-version", "2020-01-01");
    let (status, message) = bench.send(request).await.refusal();
    assert_eq!(
        (status, message.as_str()),
        (400, "Invalid API version. Supported versions: 2022-11-28, 2026-03-10")
    );
}

#[tokio::test]
async fn refuses_a_client_that_accepts_no_json() {
    let bench = Bench::start().await;
    let with = |accept: &str| bench.request(Method::GET, "/repos/octo-org/docs").header("accept", accept);
    let (status, message) = bench.send(with("text/html")).await.refusal();
    assert_eq!(status, 415);
    assert_eq!(message, "Unsupported 'Accept' header: 'text/html'. Must accept 'application/json'.");
    for accept in ["text/html, */*;q=0.1", "application/vnd.github+json", "application/json", "application/*"]
    {
        assert_eq!(bench.send(with(accept)).await.status, 200, "{accept}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_not_found() {
    let bench = Bench::start().await;
    for (method, path) in [
        (Method::GET, "/nothing"),
        (Method::GET, "/"),
        (Method::DELETE, "/app"),
        (Method::POST, "/rate_limit"),
    ] {
        let reply = bench.send(bench.request(method, path)).await;
        assert_eq!(reply.refusal(), (404, "Not Found".into()), "{path}");
    }
    assert_eq!(bench.get("/nothing", "ghs_unknown").await.status, 401);
}

#[tokio::test]
async fn refuses_a_body_that_is_too_large() {
    let bench = Bench::start().await;
    let request = bench.with_credential(Method::POST, "/app/installations/1/access_tokens", &bench.app_jwt());
    let reply = bench.send(request.body(vec![b' '; 2 * 1024 * 1024 + 1])).await;
    assert_eq!(reply.refusal(), (413, "Payload too large".into()));
}
