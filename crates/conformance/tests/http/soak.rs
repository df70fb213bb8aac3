//! Mixed load with faults in it: grants, denials, dry runs, strangers and nonsense, while one call in twenty that the
//! broker makes goes wrong.
//!
//! In the tests a few hundred requests; `npm run soak` goes on for ten minutes. The broker is a process of its own, so
//! that its memory can be measured and its end be seen: this test starts itself as a child for that.

mod faults;
mod kinds;
mod process;
mod tally;

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use conformance::case::{base, merge};
use serde_json::{Value, json};

use self::kinds::Kind;
use self::process::Process;
use self::tally::Tally;
use crate::stage::{Answer, Stage};
use crate::{token, world};

/// How many requests are sent when no time is given.
const REQUESTS: u64 = 500;
/// How many clients there are at once.
const CLIENTS: u64 = 32;
/// For how many seconds it goes on, if not by count.
const SECONDS: &str = "SOAK_SECONDS";

#[test]
fn under_load_and_faults_every_answer_is_right_and_no_token_is_lost() {
    if process::is_child() {
        process::serve();
        return;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(soak());
}

async fn soak() {
    let stage = Arc::new(Stage::start().await);
    let scenario = scenario();
    world::set(&stage, &scenario, &Value::Null).await;
    let process = Process::start(&stage);
    let seconds: Option<u64> = env::var(SECONDS).ok().map(|seconds| seconds.parse().unwrap());
    let end = Work { until: seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds)) };
    let tally = Arc::new(Tally::default());

    // Without faults first: what is made once is there after this.
    load(&stage, &process.url, &tally, REQUESTS, &Work { until: None }).await;
    let before = process.memory_kib();
    faults::order(&stage, seconds.is_some()).await;
    load(&stage, &process.url, &tally, REQUESTS, &end).await;
    stage.clear_faults().await;
    let after = process.memory_kib();

    let output = process.stop().await;
    tally.check_tokens(&stage.tokens().await);
    println!("{tally}");
    println!(
        "memory of the broker: {before} KiB after the first {REQUESTS} requests, {after} KiB in the end"
    );
    tally.assert_right();
    assert!(!output.contains("panicked at"), "{output}");
    assert!(after < before + 32 * 1024, "memory grew from {before} to {after} KiB");
}

/// When to stop.
struct Work {
    until: Option<Instant>,
}

/// Sends so many requests, or as many as there is time for.
async fn load(stage: &Arc<Stage>, url: &str, tally: &Arc<Tally>, requests: u64, work: &Work) {
    let next = Arc::new(AtomicU64::new(0));
    let until = work.until;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (stage, url, tally, next) =
                (Arc::clone(stage), url.to_owned(), Arc::clone(tally), Arc::clone(&next));
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    match until {
                        Some(until) if Instant::now() >= until => break,
                        None if number >= requests => break,
                        _ => one(&stage, &url, &tally, number).await,
                    }
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
}

async fn one(stage: &Stage, url: &str, tally: &Tally, number: u64) {
    let kind = Kind::of(number);
    let credential = kind.credential(token::sound(stage, &kind.claims(&base().unwrap()["claims"])).await);
    let request = stage.client.post(format!("{url}/access_tokens")).bearer_auth(credential);
    let answer = Answer::read(request.json(&kind.body()).send().await.unwrap()).await;
    tally.note(kind, &answer);
}

/// Two repositories, one of which grants more than the other.
fn scenario() -> Value {
    let docs = "origin: octo-org/docs
statements:
  - subjects: ['repo:octo-org/app:ref:refs/heads/main']
    permissions: {contents: read, issues: write}
";
    merge(base().unwrap(), json!({"repository_policies": {"docs": docs}}))
}
