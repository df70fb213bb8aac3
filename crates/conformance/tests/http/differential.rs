//! All four engines on the same generated scenarios: native, wasm, a broker over HTTP, and the oracle.
//!
//! In the tests a few thousand; `npm run differential` takes a million. Every engine is held to the oracle. A broker's
//! worlds change under it from one scenario to the next, so that this shows as well that nothing of one counts in another.

mod lane;
mod over_http;
mod tally;

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use self::lane::Lane;
use self::tally::Tally;

/// How many scenarios there are, unless `DIFFERENTIAL_SCENARIOS` says otherwise.
const SCENARIOS: u64 = 4_000;
/// How many lanes go side by side, each with a sandbox, a broker and a Node of its own: waiting is part of the work.
const LANES: usize = 4;
/// How many scenarios a lane takes at a time; each of these parts has a seed of its own, and a new broker.
const AT_ONCE: u64 = 250;
/// The most scenarios in a thousand that one engine may be unable to play.
const MOST_UNPLAYABLE: u64 = 50;

#[tokio::test(flavor = "multi_thread")]
async fn all_four_engines_decide_alike() {
    let number = |name: &str, or: u64| env::var(name).map_or(or, |text| text.parse().unwrap());
    let scenarios = number("DIFFERENTIAL_SCENARIOS", SCENARIOS);
    let first_seed = number("DIFFERENTIAL_SEED", 1);
    let next = Arc::new(AtomicU64::new(0));
    let lanes: Vec<_> = (0..LANES)
        .map(|_| {
            let next = Arc::clone(&next);
            tokio::spawn(async move {
                let (mut lane, mut tally) = (Lane::start().await, Tally::default());
                loop {
                    let part = next.fetch_add(1, Ordering::Relaxed);
                    let Some(left) = scenarios.checked_sub(part * AT_ONCE).filter(|left| *left > 0) else {
                        break;
                    };
                    lane.run(first_seed + part, left.min(AT_ONCE), &mut tally).await;
                    tell_progress(part * AT_ONCE, scenarios);
                }
                lane.end().await;
                tally
            })
        })
        .collect();
    let mut tally = Tally::default();
    for lane in lanes {
        tally.merge(lane.await.unwrap());
    }
    println!("{tally}");
    tally.assert_alike(scenarios, MOST_UNPLAYABLE);
}

/// A line for each tenth of a long run.
fn tell_progress(done: u64, of: u64) {
    let tenth = of / 10;
    if of > SCENARIOS && done / tenth != done.saturating_sub(AT_ONCE) / tenth {
        println!("about {done} of {of} scenarios");
    }
}
