//! The store becomes a read-only replica, as after a failover that the brokers have not followed, and a server again.

use super::*;

const MINT: &str = "POST /app/installations/{id}/access_tokens";

/// The entry of the only OIDC token that the store knows; its key and what it says.
fn entry(replicas: &Replicas) -> Option<(String, String)> {
    let dump = replicas.store.dump().into_iter();
    let mut entries = dump.filter(|(key, _)| key.contains(":oidc-token:"));
    let entry = entries.next().map(|(key, value)| (key, String::from_utf8(value).unwrap()));
    assert_eq!(entries.next(), None);
    entry
}

/// Has the first broker grant a token, while the store takes the reservation and no word after it.
async fn grant_unheard(replicas: &Arc<Replicas>, token: &str) -> (String, String) {
    let delay = json!({"kind": "delay", "ms": 2500});
    replicas.stage.fault(&json!({"route": MINT, "times": 1, "fault": delay})).await;
    let asking = {
        let (replicas, token) = (Arc::clone(replicas), token.to_owned());
        tokio::spawn(async move { replicas.ask(0, &token).await })
    };
    while entry(replicas).is_none() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    replicas.store.demote();
    assert!(!asking.is_finished(), "the answer was there before the failover");
    assert_eq!(asking.await.unwrap().status, 200);
    entry(replicas).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_no_second_token_is_obtained_whatever_the_store_is_not_told() {
    let closed = |settings| Settings { store_failure: StoreFailure::Closed, ..settings };
    let replicas = Arc::new(Replicas::start(closed).await);
    let token = replicas.token().await;
    let (key, value) = grant_unheard(&replicas, &token).await;
    // The sandbox's OIDC tokens live for five minutes: the reservation outlives this one, its leeway included.
    assert!(value.starts_with("r ") && replicas.store.life(&key) > 300 + 60, "{}", replicas.store.life(&key));
    for number in 0..2 {
        let answer = replicas.ask(number, &token).await;
        assert!([401, 503].contains(&answer.status), "{}", answer.text);
    }
    // What is new cannot be remembered, and gets nothing.
    let answer = replicas.ask(1, &replicas.token().await).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")), "{}", answer.text);
    // A decision does not depend on it.
    assert_eq!(replicas.ask_dry(1).await.status, 200);
    replicas.store.promote();
    settled(&replicas, &token).await;
}

/// Waits until the other broker knows that the token is used up.
async fn settled(replicas: &Replicas, token: &str) {
    for _ in 0..300 {
        let answer = replicas.ask(1, token).await;
        assert!([401, 503].contains(&answer.status), "{}", answer.text);
        if answer.status == 401 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the store was not told that the token is used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn open_requests_go_on_before_a_read_only_store_which_is_told_later() {
    let replicas = Arc::new(Replicas::start(|settings| settings).await);
    let token = replicas.token().await;
    let (key, value) = grant_unheard(&replicas, &token).await;
    assert!(value.starts_with("r ") && replicas.store.life(&key) <= 60);
    for number in 0..2 {
        assert_eq!(replicas.ask(number, &replicas.token().await).await.status, 200);
    }
    replicas.store.promote();
    outage::share_again(&replicas).await;
    settled(&replicas, &token).await;
}
