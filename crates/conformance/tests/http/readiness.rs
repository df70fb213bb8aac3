//! Whether a broker says that it can serve, when it can and when it cannot.

use serde_json::{Value, json};

use crate::stage::{Broker, Stage};

async fn ready(stage: &Stage, broker: &Broker) -> (u16, String) {
    let answer = stage.client.get(format!("{}/readyz", broker.url)).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// How often GitHub was asked for the App itself.
fn asked_for_the_app(requests: &[Value]) -> usize {
    requests.iter().filter(|request| request["path"] == "/app").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_broker_asks_github_once_and_is_ready() {
    let stage = Stage::start().await;
    let broker = stage.broker(0).await;
    for _ in 0..20 {
        assert_eq!(ready(&stage, &broker).await, (200, "ready\n".to_owned()));
    }
    let requests = stage.take_requests().await;
    assert_eq!(asked_for_the_app(&requests), 1, "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_with_the_wrong_id_or_key_is_not_ready() {
    let (stage, other) = (Stage::start().await, Stage::start().await);
    let sound = || stage.settings("access-token.example");
    let mut wrong_id = sound();
    wrong_id.github_app_id = Some("99999".to_owned());
    let mut wrong_key = sound();
    wrong_key.github_app_private_key = other.settings("access-token.example").github_app_private_key;
    for settings in [wrong_id, wrong_key] {
        let broker = stage.broker_with(settings).await;
        let (status, text) = ready(&stage, &broker).await;
        let expected =
            "not ready\nkey: GitHub takes neither the App's key nor its id\ngithub: ok\nservice: ok\n";
        assert_eq!((status, text.as_str()), (503, expected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_whose_github_is_down_is_not_ready() {
    let stage = Stage::start().await;
    let fault = json!({"kind": "status", "status": 500});
    stage.fault(&json!({"route": "GET /app", "times": 9, "fault": fault})).await;
    let broker = stage.broker(0).await;
    let (status, text) = ready(&stage, &broker).await;
    let expected = "not ready\nkey: not known\ngithub: not reached in the last 5 minutes\nservice: ok\n";
    assert_eq!((status, text.as_str()), (503, expected));
}
