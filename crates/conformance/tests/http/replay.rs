//! One OIDC token obtains one token.

use std::time::Duration;

use conformance::case::{base, merge};
use serde_json::{Value, json};

use crate::stage::{Answer, Broker, Stage};
use crate::{token, world};

const MINT: &str = "POST /app/installations/{id}/access_tokens";
const USED_UP: &str = "the OIDC token has obtained a token already: get a new one for each request";

async fn stage() -> (Stage, Broker, Value) {
    let stage = Stage::start().await;
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    (stage, broker, scenario)
}

async fn ask_dry(stage: &Stage, broker: &Broker, token: &str, request: &Value) -> Answer {
    stage.ask(broker, token, &merge(request.clone(), json!({"dry_run": true}))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oidc_token_that_obtained_a_token_is_refused() {
    let (stage, broker, scenario) = stage().await;
    for over in [json!({}), json!({"jti": null}), json!({"jti": ""})] {
        let order =
            conformance::case::Token { claims: over.as_object().unwrap().clone(), ..Default::default() };
        let token = token::made(&stage, None, &scenario["claims"], &order).await;
        assert_eq!(stage.ask(&broker, &token, &scenario["request"]).await.status, 200);
        let again = stage.ask_until_settled(&broker, &token, &scenario["request"]).await;
        assert_eq!((again.status, &again.json()["message"]), (401, &json!(USED_UP)));
        assert_eq!(again.header("www-authenticate"), Some("Bearer"));
        // Not for another thing either.
        let other = json!({"repositories": ["website"], "permissions": {"issues": "read"}});
        assert_eq!(stage.ask(&broker, &token, &other).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_neither_uses_a_token_up_nor_is_refused_one() {
    let (stage, broker, scenario) = stage().await;
    let token = token::sound(&stage, &scenario["claims"]).await;
    let request = &scenario["request"];
    for _ in 0..2 {
        assert_eq!(ask_dry(&stage, &broker, &token, request).await.status, 200);
    }
    assert_eq!(stage.ask(&broker, &token, request).await.status, 200);
    assert_eq!(stage.ask_until_settled(&broker, &token, request).await.status, 401);
    assert_eq!(ask_dry(&stage, &broker, &token, request).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_or_failed_uses_nothing_up() {
    let (stage, broker, scenario) = stage().await;
    let token = token::sound(&stage, &scenario["claims"]).await;
    let denied = json!({"repositories": ["website"], "permissions": {"secrets": "write"}});
    assert_eq!(stage.ask(&broker, &token, &denied).await.status, 403);
    let wrong = json!({"permissions": {}});
    assert_eq!(stage.ask(&broker, &token, &wrong).await.status, 400);
    // The second token, after the one that reads the policies and has been minted above.
    let over = json!({"kind": "replace", "json": {"permissions": {"contents": "write"}}});
    stage.fault(&json!({"route": MINT, "times": 1, "fault": over})).await;
    assert_eq!(stage.ask(&broker, &token, &scenario["request"]).await.status, 502);
    assert_eq!(stage.ask(&broker, &token, &scenario["request"]).await.status, 200);
    assert_eq!(stage.ask_until_settled(&broker, &token, &scenario["request"]).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_went_away_may_ask_again() {
    let (stage, broker, scenario) = stage().await;
    let token = token::sound(&stage, &scenario["claims"]).await;
    ask_dry(&stage, &broker, &token, &scenario["request"]).await;
    let delay = json!({"kind": "delay", "ms": 500});
    stage.fault(&json!({"route": MINT, "times": 1, "fault": delay})).await;
    let url = format!("{}/access_tokens", broker.url);
    let pending = stage.client.post(url).bearer_auth(&token).json(&scenario["request"]);
    let gone = tokio::time::timeout(Duration::from_millis(200), pending.send()).await;
    assert!(gone.is_err(), "the broker answered before the client went away");
    // As the action does: once more, and again as long as it is told to come back.
    let mut statuses = Vec::new();
    for _ in 0..100 {
        let answer = stage.ask(&broker, &token, &scenario["request"]).await;
        statuses.push(answer.status);
        if answer.status != 503 {
            break;
        }
        assert_eq!(answer.header("retry-after"), Some("1"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((statuses.first(), statuses.last()), (Some(&503), Some(&200)), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_at_once_one_gets_a_token() {
    let (stage, broker, scenario) = stage().await;
    for _ in 0..5 {
        let token = token::sound(&stage, &scenario["claims"]).await;
        let ask = || stage.ask(&broker, &token, &scenario["request"]);
        let answers = futures(40, ask).await;
        let count = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!(count(200), 1);
        assert_eq!(count(503) + count(401), 39, "{answers:?}");
    }
    let minted = stage.tokens().await.into_iter();
    let alive = minted.filter(|token| token["permissions"].get("contents").is_some()).count();
    assert_eq!(alive, 5, "one of each OIDC token, and none beside it");
}

/// So many of them at once.
async fn futures<F: Future>(count: usize, make: impl Fn() -> F) -> Vec<F::Output> {
    let mut pending: Vec<_> = (0..count).map(|_| Box::pin(make())).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        pending.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if pending.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guard_can_be_switched_off() {
    let (stage, _, scenario) = stage().await;
    let settings =
        broker::Settings { replay_guard: broker::Switch::Off, ..stage.settings(crate::stage::AUDIENCE) };
    let broker = stage.broker_with(settings).await;
    let token = token::sound(&stage, &scenario["claims"]).await;
    for _ in 0..3 {
        assert_eq!(stage.ask(&broker, &token, &scenario["request"]).await.status, 200);
    }
}
