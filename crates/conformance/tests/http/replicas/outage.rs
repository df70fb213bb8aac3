//! The store goes away under load, and comes back.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// How many ask at a time, and how often each.
const CALLERS: usize = 6;
const REQUESTS: usize = 20;

fn count(output: &str, text: &str) -> usize {
    output.lines().filter(|line| line.contains(text)).count()
}

/// Asks both brokers all the time, each time with a new OIDC token; `half_way` happens in the middle. Gives the
/// answers that began after it.
async fn load(replicas: &Arc<Replicas>, half_way: impl FnOnce()) -> Vec<Answer> {
    let (asked, is_late) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let (replicas, asked, is_late) = (Arc::clone(replicas), Arc::clone(&asked), Arc::clone(&is_late));
            tokio::spawn(async move {
                let mut late = Vec::new();
                for _ in 0..REQUESTS {
                    let token = replicas.token().await;
                    let began_late = is_late.load(Ordering::SeqCst) == 1;
                    let answer = replicas.ask(caller % 2, &token).await;
                    asked.fetch_add(1, Ordering::SeqCst);
                    if began_late {
                        late.push(answer);
                    } else {
                        assert!([200, 503].contains(&answer.status), "{}", answer.text);
                    }
                }
                late
            })
        })
        .collect();
    while asked.load(Ordering::SeqCst) < CALLERS * REQUESTS / 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    half_way();
    is_late.store(1, Ordering::SeqCst);
    let mut late = Vec::new();
    for caller in callers {
        late.extend(caller.await.unwrap());
    }
    assert!(late.len() >= CALLERS, "only {} requests came after it", late.len());
    late
}

/// Waits until a token that was used at one broker is refused by the other.
pub(super) async fn share_again(replicas: &Replicas) {
    for _ in 0..200 {
        let token = replicas.token().await;
        if replicas.ask(0, &token).await.status == 200 {
            let answer = replicas.ask(1, &token).await;
            if answer.status == 503 && answer.text.contains("is being answered") {
                assert_eq!(replicas.ask_until_settled(1, &token).await.status, 401);
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the brokers do not find back to their store");
}

#[test]
fn requests_go_on_while_the_store_is_away() {
    let output = in_a_child("outage::requests_go_on_while_the_store_is_away", &[], async {
        let limits = |settings| Settings { rate_limit_per_minute: 10_000, ..settings };
        let mut replicas = Arc::new(Replicas::start(limits).await);
        let store = &mut Arc::get_mut(&mut replicas).unwrap().store;
        let mut server = std::mem::replace(store, RedisServer::none());
        let answers = load(&replicas, || server.kill()).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        // What a broker has seen itself it refuses all the same.
        let token = replicas.token().await;
        assert_eq!(replicas.ask(0, &token).await.status, 200);
        assert_eq!(replicas.ask_until_settled(0, &token).await.status, 401);
        server.start_again();
        share_again(&replicas).await;
    });
    if let Some(output) = output {
        // Of each broker, not of each request.
        assert_eq!(count(&output, "the store is away"), 2, "{output}");
        assert!(count(&output, "the store is back") >= 1, "{output}");
    }
}

#[test]
fn requests_go_on_while_the_store_hangs() {
    let output = in_a_child("outage::requests_go_on_while_the_store_hangs", &[], async {
        let replicas = Arc::new(Replicas::start(|settings| settings).await);
        let answers = load(&replicas, || replicas.store.signal("STOP")).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        replicas.store.signal("CONT");
        share_again(&replicas).await;
    });
    if let Some(output) = output {
        assert!(count(&output, "the store is away") >= 1, "{output}");
    }
}

#[test]
fn requests_are_put_off_while_the_store_is_away_if_so_configured() {
    in_a_child("outage::requests_are_put_off_while_the_store_is_away_if_so_configured", &[], async {
        let closed = |settings| Settings { store_failure: StoreFailure::Closed, ..settings };
        let mut replicas = Arc::new(Replicas::start(closed).await);
        let store = &mut Arc::get_mut(&mut replicas).unwrap().store;
        let mut server = std::mem::replace(store, RedisServer::none());
        let answers = load(&replicas, || server.kill()).await;
        for answer in &answers {
            assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")), "{}", answer.text);
        }
        // A decision does not depend on it.
        assert_eq!(replicas.ask_dry(0).await.status, 200);
        server.start_again();
        share_again(&replicas).await;
    });
}
