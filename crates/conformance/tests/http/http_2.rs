//! A load balancer that sends everybody's requests over one connection of HTTP/2.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::io::Cursor;

use conformance::case::base;
use http::Request;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::stage::Stage;
use crate::{token, world};

const MANY: usize = 100;
/// As many as a connection may have in flight.
const AT_A_TIME: usize = 32;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tokens_come_over_one_connection() {
    let stage = Stage::start().await;
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    let mut tokens = Vec::new();
    for _ in 0..MANY {
        tokens.push(token::sound(&stage, &scenario["claims"]).await);
    }
    let answers = ask_all(&broker.url, &tokens, &scenario["request"]).await;
    let granted: BTreeSet<&str> = answers.iter().filter_map(|answer| answer["token"].as_str()).collect();
    assert_eq!(granted.len(), MANY, "{answers:?}");
    for answer in &answers {
        let minted = stage.token(&answer["token_hash"]).await;
        assert_eq!(minted["revoked"], false, "{minted}");
    }
}

/// Asks for the same with each of these OIDC tokens on one connection, with as many at a time as the broker allows.
async fn ask_all(url: &str, tokens: &[String], request: &Value) -> Vec<Value> {
    let stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    // From the first request on, even before the broker has told.
    let (mut client, connection) =
        h2::client::Builder::new().initial_max_send_streams(AT_A_TIME).handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut pending = Vec::new();
    for token in tokens {
        poll_fn(|context| client.poll_ready(context)).await.unwrap();
        let head =
            Request::post(format!("{url}/access_tokens")).header("authorization", format!("Bearer {token}"));
        let (answer, mut body) = client.send_request(head.body(()).unwrap(), false).unwrap();
        body.send_data(Cursor::new(request.to_string()), true).unwrap();
        pending.push(answer);
    }
    let mut answers = Vec::new();
    for answer in pending {
        let mut body = answer.await.unwrap().into_body();
        let mut text = Vec::new();
        while let Some(bytes) = body.data().await {
            text.extend_from_slice(&bytes.unwrap());
        }
        answers.push(serde_json::from_slice(&text).unwrap());
    }
    drop(client);
    connection.await.unwrap().unwrap();
    answers
}
