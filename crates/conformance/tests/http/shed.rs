//! No more at once than there are places for.

use conformance::case::base;
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

    // The broker asks for the body when there is a place for it.
    let slow = token::sound(&stage, claims).await;
    let mut wire = Wire::new(TcpStream::connect(broker.url.strip_prefix("http://").unwrap()).await.unwrap());
    assert!(wire.send(head(&slow).as_bytes()).await);
    let mut line = vec![0; CONTINUE.len()];
    wire.stream.read_exact(&mut line).await.unwrap();
    assert_eq!(line, CONTINUE.as_bytes());

    let other = token::sound(&stage, claims).await;
    let answer = stage.ask(&broker, &other, &scenario["request"]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{}", answer.json());
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

    assert!(wire.send(body.as_bytes()).await && wire.read_answers(1).await);
    let answer = stage.ask(&broker, &other, &scenario["request"]).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    broker.stop().await;
    stage.sandbox.shutdown().await;
}
