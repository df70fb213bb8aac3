//! No token is lost: what nobody received is revoked.

use std::time::Duration;

use conformance::case::base;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::stage::{Broker, Stage};
use crate::wire::{self, Wire};
use crate::{token, world};

const MINT: &str = "POST /app/installations/{id}/access_tokens";

async fn stage() -> (Stage, Broker, String, Value) {
    let stage = Stage::start().await;
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    let token = token::sound(&stage, &scenario["claims"]).await;
    (stage, broker, token, scenario["request"].clone())
}

/// The tokens for contents, once there are as many and `done` says so of each; the broker works on by itself.
async fn tokens_for_contents(stage: &Stage, count: usize, done: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut found = Vec::new();
    for _ in 0..200 {
        found = stage.tokens().await;
        found.retain(|token| token["permissions"].get("contents").is_some());
        if found.len() >= count && found.iter().all(&done) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    found
}

fn is_revoked(token: &Value) -> bool {
    token["revoked"] == true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_alive_when_it_was_received() {
    let (stage, broker, token, request) = stage().await;
    let answer = stage.ask(&broker, &token, &request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let minted = stage.token(&answer.json()["token_hash"]).await;
    assert_eq!(minted["revoked"], false, "{minted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_whose_client_went_away_is_revoked() {
    let (stage, broker, token, request) = stage().await;
    // The client goes away while GitHub mints: the second token, after the one that reads the policies.
    let delay = json!({"kind": "delay", "ms": 700});
    stage.fault(&json!({"route": MINT, "skip": 1, "times": 1, "fault": delay})).await;
    let url = format!("{}/access_tokens", broker.url);
    let pending = stage.client.post(url).bearer_auth(&token).json(&request);
    let gone = tokio::time::timeout(Duration::from_millis(400), pending.send()).await;
    assert!(gone.is_err(), "the broker answered before the client went away");
    let tokens = tokens_for_contents(&stage, 1, is_revoked).await;
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    assert!(is_revoked(&tokens[0]), "{tokens:?}");
    // Nothing is left over for the next one.
    assert_eq!(stage.ask(&broker, &token, &request).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_again_has_received_what_came_before() {
    const TOKENS: usize = 50;
    let (stage, broker, _, request) = stage().await;
    let claims = base().unwrap()["claims"].clone();
    let address = broker.url.strip_prefix("http://").unwrap();
    let mut wire = Wire::new(TcpStream::connect(address).await.unwrap());
    for token in stage.id_tokens(&claims, TOKENS).await {
        // So near that the next request comes as soon as the answer is written.
        assert!(wire.send(&wire::request(&token, &request.to_string())).await && wire.read_answers(1).await);
    }
    // A last one that is refused. Then the client is gone, without a farewell.
    assert!(wire.send(&wire::request("none", "{}")).await && wire.read_answers(1).await);
    wire.stream.set_zero_linger().unwrap();
    let received = wire.received();
    drop(wire);
    broker.stop().await;
    let revoked = stage.tokens().await.into_iter().filter(is_revoked);
    let lost = revoked.filter(|token| received.iter().any(|hash| token["sha256"] == *hash)).count();
    assert_eq!((received.len(), lost), (TOKENS, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_what_was_asked_for_is_revoked() {
    let others = [
        json!({"permissions": {"contents": "write"}}),
        json!({"permissions": {"contents": "read", "issues": "read"}}),
        json!({"permissions": {}}),
        json!({"repositories": [{"id": 1, "name": "docs"}]}),
        json!({"repositories": null, "repository_selection": "all"}),
    ];
    let (stage, broker, token, request) = stage().await;
    let count = others.len();
    // The token that reads the policies comes first, and is kept.
    stage.ask(&broker, &token, &json!({"owner": "octo-org", "permissions": {"issues": "read"}})).await;
    for over in others {
        stage.fault(&json!({"route": MINT, "times": 1, "fault": {"kind": "replace", "json": over}})).await;
        let answer = stage.ask(&broker, &token, &request).await;
        assert_eq!(answer.status, 502, "{}", answer.text);
        assert!(!answer.text.contains("ghs_"));
    }
    let tokens = tokens_for_contents(&stage, count, is_revoked).await;
    assert_eq!(tokens.len(), count);
    assert!(tokens.iter().all(is_revoked), "{tokens:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_that_fails_once_is_tried_again() {
    let (stage, broker, token, request) = stage().await;
    let over = json!({"permissions": {"contents": "write"}});
    stage
        .fault(&json!({"route": MINT, "skip": 1, "times": 1, "fault": {"kind": "replace", "json": over}}))
        .await;
    let failure = json!({"kind": "status", "status": 502});
    stage.fault(&json!({"route": "DELETE /installation/token", "times": 1, "fault": failure})).await;
    assert_eq!(stage.ask(&broker, &token, &request).await.status, 502);
    let tokens = tokens_for_contents(&stage, 1, is_revoked).await;
    assert!(tokens.len() == 1 && is_revoked(&tokens[0]), "{tokens:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_read_contents_are_revoked_in_the_end() {
    let stage = Stage::start().await;
    let mut scenario = base().unwrap();
    scenario["installation"]["permissions"].as_object_mut().unwrap().remove("single_file");
    scenario["request"]["permissions"] = json!({"issues": "write"});
    world::set(&stage, &scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    let token = token::sound(&stage, &scenario["claims"]).await;
    assert_eq!(stage.ask(&broker, &token, &scenario["request"]).await.status, 403);
    let tokens = tokens_for_contents(&stage, 1, |_| true).await;
    assert!(!tokens.is_empty() && !tokens.iter().any(is_revoked), "{tokens:?}");
    drop(broker);
    let tokens = tokens_for_contents(&stage, 1, is_revoked).await;
    assert!(!tokens.is_empty() && tokens.iter().all(is_revoked), "{tokens:?}");
}
