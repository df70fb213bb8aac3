//! Stores that are not what they should be: nobody listens there, or nobody answers.

use std::sync::atomic::{AtomicU64, Ordering};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    set_default_local_recorder,
};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::*;

/// Counts what was not counted in the store.
#[derive(Default)]
struct Failures(Arc<AtomicU64>);

impl Recorder for Failures {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let is_of_a_count = key.labels().any(|label| (label.key(), label.value()) == ("operation", "count"));
        match key.name() == "access_token_store_failures_total" && is_of_a_count {
            true => Counter::from_arc(Arc::clone(&self.0)),
            false => Counter::noop(),
        }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

fn store(port: u16, on_failure: StoreFailure) -> Arc<Store> {
    let address = format!("redis://127.0.0.1:{port}").parse().unwrap();
    Store::new(address, &"12345".parse().unwrap(), on_failure).unwrap()
}

async fn call(store: &Store) -> Result<(), Away> {
    store.call(Operation::Count, &redis::cmd("PING")).await
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn what_a_store_does_not_do_is_counted() {
    let failures = Failures::default();
    let _guard = set_default_local_recorder(&failures);
    let store = store(free_port().await, StoreFailure::Open);
    for number in 1..=10 {
        assert_eq!(call(&store).await, Err(Away));
        assert_eq!(failures.0.load(Ordering::SeqCst), number);
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_is_waited_for_a_few_times_only() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = store(listener.local_addr().unwrap().port(), StoreFailure::Open);
    let began = Instant::now();
    for _ in 0..100 {
        assert_eq!(call(&store).await, Err(Away));
    }
    assert!(began.elapsed() <= 4 * CALL_LIMIT, "{:?}", began.elapsed());
}

#[tokio::test]
async fn who_goes_without_is_configured() {
    let port = free_port().await;
    assert!(store(port, StoreFailure::Open).go_without().is_ok());
    let refused = store(port, StoreFailure::Closed).go_without();
    assert!(matches!(refused, Err(Failure::Unavailable(_, wait)) if wait == RETRY_AFTER));
}

#[tokio::test]
async fn names_tell_what_is_in_them_and_of_which_app() {
    let store = store(free_port().await, StoreFailure::Open);
    assert_eq!(store.key("owner", b"octo"), "access-token:12345:owner:6f63746f");
}
