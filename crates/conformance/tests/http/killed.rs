//! Clients die at random points of ten thousand requests, and no token is alive that none of them received.
//!
//! What "received" means is the strictest that a client can say: it has read every byte of the answer. The judge is
//! the sandbox, which knows every token that it minted and whether it was revoked.

mod life;

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use conformance::case::base;
use conformance::generate::Random;
use serde_json::Value;

use self::life::{Life, Outcome};
use crate::stage::Stage;
use crate::world;

const REQUESTS: usize = 10_000;
const CLIENTS: u64 = 48;
/// In microseconds. A client that leaves its answer unread for ten seconds counts as one that has read it.
const LONGEST_PACE: u64 = 1_000_000;

/// What all clients share.
struct Crowd {
    address: SocketAddr,
    body: String,
    /// OIDC tokens, each for one request.
    tokens: Vec<String>,
    next: AtomicUsize,
    /// How long an answer takes at the moment, in microseconds: a guess at when to die.
    pace: AtomicU64,
}

impl Crowd {
    /// As many unused tokens as there are still, and as are wanted.
    fn take(&self, count: usize) -> &[String] {
        let begin = self.next.fetch_add(count, Ordering::Relaxed).min(self.tokens.len());
        &self.tokens[begin..(begin + count).min(self.tokens.len())]
    }

    fn answered(&self, after: Duration) {
        let (now, before) = (u64::try_from(after.as_micros()).unwrap(), self.pace.load(Ordering::Relaxed));
        self.pace.store(((7 * before + now) / 8).min(LONGEST_PACE), Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_die_leave_no_token_behind() {
    let seed = RandomState::new().hash_one(0);
    println!("seed {seed}");
    let stage = Stage::start().await;
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    let crowd = Arc::new(Crowd {
        address: broker.url.trim_start_matches("http://").parse().unwrap(),
        body: scenario["request"].to_string(),
        // Some are taken by clients that die before they ask for anything.
        tokens: stage.id_tokens(&scenario["claims"], REQUESTS + REQUESTS / 10).await,
        next: AtomicUsize::new(0),
        pace: AtomicU64::new(10_000),
    });
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| tokio::spawn(live(Arc::clone(&crowd), Random::new(seed.wrapping_add(number)))))
        .collect();
    let mut outcome = Outcome::default();
    for client in clients {
        outcome.add(client.await.unwrap());
    }
    // When the broker has ended there is nothing under way any more, and the tokens that read policies are gone.
    broker.stop().await;

    let tokens = stage.tokens().await;
    let alive: BTreeSet<&str> = tokens
        .iter()
        .filter(|token| token["revoked"] == false)
        .map(|token| token["sha256"].as_str().unwrap())
        .collect();
    let received: BTreeSet<&str> = outcome.received.iter().map(String::as_str).collect();
    let kept: BTreeSet<&str> = outcome.kept.iter().map(String::as_str).collect();
    println!(
        "{} requests begun, {} tokens minted, {} received, {} of them by clients that ended well, {} alive; deaths: {:?}",
        outcome.requests,
        tokens.len(),
        received.len(),
        kept.len(),
        alive.len(),
        outcome.deaths,
    );
    assert!(outcome.requests >= REQUESTS, "only {} requests", outcome.requests);
    let lost: Vec<_> = alive.difference(&received).collect();
    assert!(lost.is_empty(), "seed {seed}: {} tokens live that nobody received: {lost:?}", lost.len());
    let taken: Vec<_> = kept.difference(&alive).collect();
    assert!(
        taken.is_empty(),
        "seed {seed}: {} tokens were revoked under their owners: {taken:?}",
        taken.len()
    );
    // It would prove nothing if clients only died too early or too late.
    let minted_in_vain = tokens.len() - received.len();
    assert!(minted_in_vain > 500 && received.len() > 500, "{minted_in_vain} and {}", received.len());
}

async fn live(crowd: Arc<Crowd>, mut random: Random) -> Outcome {
    let mut outcome = Outcome::default();
    loop {
        let life = Life::made_up(&mut random);
        let tokens = crowd.take(life.requests);
        if tokens.is_empty() {
            return outcome;
        }
        life.live(&crowd, tokens, &mut outcome).await;
    }
}
