//! No more at once than there are places for.

use std::pin::pin;
use std::time::Duration;

use conformance::case::{base, merge};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::stage::{AUDIENCE, Stage};
use crate::wire::Wire;
use crate::{token, world};

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_do_not_arrive_leave_places_to_other_owners() {
    let stage = Stage::start().await;
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &serde_json::Value::Null).await;
    let mut settings = stage.settings(AUDIENCE);
    settings.max_in_flight = 2;
    let broker = stage.broker_with(settings).await;
    let body = scenario["request"].to_string();
    let head = |token: &str| {
        let length = body.len();
        format!(
            "POST /access_tokens HTTP/1.1\r\nhost: broker\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\nexpect: 100-continue\r\n\r\n"
        )
    };
    let claims = &scenario["claims"];

    // The first takes the one place that its owner may have, once it has taken a second. The next ones find none.
    let (first, second) = (token::sound(&stage, claims).await, token::sound(&stage, claims).await);
    let mut slow = dribble(&broker.url, &head(&first)).await;
    let mut slower = dribble(&broker.url, &head(&second)).await;
    // On a busy machine either of them may come first.
    let is_swapped = tokio::select! {
        _ = slow.read_answers(1) => true,
        _ = slower.read_answers(1) => false,
    };
    if is_swapped {
        std::mem::swap(&mut slow, &mut slower);
    }
    assert!(slower.answers()[0].to_string().contains("too many requests are in progress"));

    // Who sends all at once needs none.
    let other = token::sound(&stage, claims).await;
    let answer = stage.ask(&broker, &other, &scenario["request"]).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let mut foreign = claims.clone();
    for (name, value) in [
        ("repository", "octocat/app"),
        ("repository_owner", "octocat"),
        ("sub", "repo:octocat/app:ref:refs/heads/main"),
    ] {
        foreign[name] = value.into();
    }
    let stranger = token::sound(&stage, &foreign).await;
    let answer = stage.ask(&broker, &stranger, &scenario["request"]).await;
    assert_eq!(answer.status, 403, "{}", answer.json());

    assert!(slow.send(body.as_bytes()).await && slow.read_answers(1).await);
    assert_eq!(slow.received().len(), 1, "{:?}", slow.answers());
    broker.stop().await;
    stage.sandbox.shutdown().await;
}

/// Sends no more than the head of a request, until the broker asks for the body.
async fn dribble(url: &str, head: &str) -> Wire {
    let mut wire = Wire::new(TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap());
    assert!(wire.send(head.as_bytes()).await);
    let mut line = vec![0; CONTINUE.len()];
    wire.stream.read_exact(&mut line).await.unwrap();
    assert_eq!(line, CONTINUE.as_bytes());
    wire
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_other_owners_takes_up_no_place_that_tells_how_long_it_takes() {
    let stage = Stage::start_with(Duration::from_millis(200)).await;
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &serde_json::Value::Null).await;
    let mut settings = stage.settings(AUDIENCE);
    (settings.max_in_flight, settings.refusal_interval_ms) = (2, 1_000);
    let broker = stage.broker_with(settings).await;
    let token = token::sound(&stage, &scenario["claims"]).await;
    let other = merge(scenario["request"].clone(), json!({"owner": "octocat"}));
    let own = merge(scenario["request"].clone(), json!({"dry_run": true}));
    {
        let mut visit = pin!(stage.ask(&broker, &token, &other));
        loop {
            tokio::select! {
                biased;
                answer = &mut visit => {
                    assert_eq!(answer.status, 403, "{}", answer.text);
                    break;
                }
                answer = stage.ask(&broker, &token, &own) => assert_eq!(answer.status, 200, "{}", answer.text),
            }
        }
    }
    broker.stop().await;
    stage.sandbox.shutdown().await;
}
