//! What a stranger can find out with a clock: nothing.
//!
//! Eight owners refuse the same stranger for eight reasons. The stranger asks them in random order, over and over, and
//! then tries to tell from the times alone which owner it was. The figure that counts is how often the best rule "faster
//! than T means this reason, slower means that one" is right for any two reasons: half of the time is guessing. It is
//! (1 + D) / 2, where D is the statistic of Kolmogorov and Smirnov for the two samples.
//!
//! `TIMING_REQUESTS=2000 TIMING_CONNECTIONS=200 cargo test -p conformance --test http -- timing --nocapture` asks 2,000 times for each reason.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use conformance::generate::Random;
use serde_json::{Map, Value, json};

use crate::stage::{AUDIENCE, Broker, Stage};

/// How often each reason is asked for, unless the environment says otherwise.
const REQUESTS: usize = 32;
/// The stranger's connections, unless the environment says otherwise.
const CONNECTIONS: usize = 64;
/// How many requests are made with the OIDC tokens of one order, before they expire.
const AT_A_TIME: usize = 8000;
/// How long GitHub takes for an answer: enough that the reasons differ.
const LATENCY: Duration = Duration::from_millis(10);
/// As in the settings by default. A policy that is missing is looked for with a new token, until it is certain that the
/// token is known everywhere, which takes a good part of it.
const INTERVAL: Duration = Duration::from_secs(5);
/// How often the times are dealt out again to see what chance alone does.
const SHUFFLES: usize = 200;

/// The reasons, each with the owner that has it.
const REASONS: [(&str, &str); 8] = [
    ("octo-org-1", "the owner does not exist"),
    ("octo-org-2", "the App is not installed"),
    ("octo-org-3", "the installation is suspended"),
    ("octo-org-4", "the installation lacks a permission"),
    ("octo-org-5", "there is no owner policy"),
    ("octo-org-6", "the owner policy is invalid"),
    ("octo-org-7", "the caller may not ask"),
    ("octo-org-8", "the repository policy refuses"),
];

fn world() -> Value {
    let installation = |id: u64| {
        json!({
            "id": id,
            "permissions": {"contents": "write", "issues": "write", "metadata": "read", "single_file": "read"},
            "single_file_paths": [
                "access-token.yaml", "access-token.yml", ".github/access-token.yaml", ".github/access-token.yml",
            ],
        })
    };
    let mut owners = Map::new();
    for (number, (owner, _)) in (1..).zip(REASONS).skip(1) {
        let allowed = if number == 7 { "octo-org/*" } else { "octocat/app" };
        let policy = format!(
            "origin: {owner}/.github-access-token\nallowed-subjects: [\"repo:{allowed}:**\"]\n\
             allowed-repository-permissions: {{contents: read}}\n"
        );
        let files = match number {
            5 => json!({}),
            6 => json!({"access-token.yaml": "- x\n"}),
            _ => json!({"access-token.yaml": policy}),
        };
        let refuses = json!({".github/access-token.yaml": format!("origin: {owner}/website\n")});
        let mut record = json!({
            "id": 9000 + number,
            "installation": installation(number),
            "repositories": {"website": {"files": refuses}, ".github-access-token": {"files": files}},
        });
        match number {
            2 => drop(record.as_object_mut().unwrap().remove("installation")),
            3 => record["installation"]["suspended"] = json!(true),
            4 => drop(record["installation"]["permissions"].as_object_mut().unwrap().remove("contents")),
            _ => {}
        }
        owners.insert(owner.to_owned(), record);
    }
    json!({ "owners": owners })
}

/// The times of all answers, in milliseconds, for each reason.
type Times = Vec<Vec<f64>>;

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_tell_reasons_apart_by_time() {
    let wanted = number("TIMING_REQUESTS", REQUESTS);
    let stage = Arc::new(Stage::start_with(LATENCY).await);
    stage.sandbox.replace_world(serde_json::from_value(world()).unwrap()).unwrap();
    let mut rights = Vec::new();
    for (interval, requests) in [(Duration::ZERO, wanted.min(100)), (INTERVAL, wanted)] {
        let refusal_interval_ms = interval.as_millis().try_into().unwrap();
        let settings = stage.settings(AUDIENCE);
        let settings = broker::Settings { refusal_interval_ms, ..settings };
        let broker = Arc::new(stage.broker_with(settings).await);
        // What is cached is cached from here on.
        ask(&stage, &broker, 3).await;
        let times = ask(&stage, &broker, requests).await;
        println!("\n{requests} requests for each reason, interval {} ms:", interval.as_millis());
        rights.push(report(&times));
        if !interval.is_zero() {
            let least = times.iter().flatten().copied().fold(f64::INFINITY, f64::min);
            assert!(least >= interval.as_secs_f64() * 1e3, "one left after {least} ms");
        }
    }
    let [open, even] = rights[..] else { unreachable!() };
    // Without the wait the times say it all: otherwise this would prove nothing.
    assert!(open > 0.95, "the reasons take the same time anyway: {open}");
    // Noise is the same for all reasons, which are asked in random order: it only makes guessing harder. Chance alone
    // stays below this bound, but for once in many thousand runs.
    assert!(even < 0.85, "{:.0} % of the guesses are right", even * 100.0);
}

/// Asks so often for each reason, in random order.
async fn ask(stage: &Arc<Stage>, broker: &Arc<Broker>, requests: usize) -> Times {
    let mut order: Vec<usize> = (0..REASONS.len() * requests).map(|number| number % REASONS.len()).collect();
    shuffle(&mut order, &mut Random::new(7));
    let mut times = vec![Vec::new(); REASONS.len()];
    for order in order.chunks(AT_A_TIME) {
        ask_some(stage, broker, order.to_vec(), &mut times).await;
    }
    times
}

async fn ask_some(stage: &Arc<Stage>, broker: &Arc<Broker>, order: Vec<usize>, times: &mut Times) {
    let claims = json!({
        "sub": "repo:octocat/app:ref:refs/heads/main", "repository": "octocat/app", "repository_owner": "octocat",
    });
    let tokens = stage.id_tokens(&claims, order.len()).await;
    let work = Arc::new((order, tokens, AtomicUsize::new(0)));
    let connections: Vec<_> = (0..number("TIMING_CONNECTIONS", CONNECTIONS))
        .map(|_| {
            let (work, stage, broker) = (Arc::clone(&work), Arc::clone(stage), Arc::clone(broker));
            tokio::spawn(async move {
                let (order, tokens, next) = &*work;
                let mut times = vec![Vec::new(); REASONS.len()];
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(reason) = order.get(number) else { return times };
                    let (owner, _) = REASONS[*reason];
                    let body = json!({
                        "owner": owner, "repositories": ["website"], "permissions": {"contents": "read"},
                    });
                    let begun = Instant::now();
                    let answer = stage.ask(&broker, &tokens[number], &body).await;
                    times[*reason].push(begun.elapsed().as_secs_f64() * 1e3);
                    assert_eq!(answer.status, 403, "{}", answer.text);
                }
            })
        })
        .collect();
    for connection in connections {
        for (all, some) in times.iter_mut().zip(connection.await.unwrap()) {
            all.extend(some);
        }
    }
}

fn number(name: &str, default: usize) -> usize {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Prints what the times are like; gives how often the best guess is right.
fn report(times: &Times) -> f64 {
    let mut medians = Vec::new();
    for ((_, reason), times) in REASONS.iter().zip(times) {
        let mut sorted = times.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: usize| sorted[(sorted.len() - 1) * share / 100];
        println!("  median {:>8.3} ms, p90 {:>8.3}, p99 {:>8.3}: {reason}", at(50), at(90), at(99));
        medians.push(at(50));
    }
    let spread =
        medians.iter().copied().fold(f64::MIN, f64::max) - medians.iter().copied().fold(f64::MAX, f64::min);
    let right = right_guesses(times);
    let mut by_chance: Vec<f64> =
        (0..SHUFFLES).map(|seed| right_guesses(&dealt_again(times, seed))).collect();
    by_chance.sort_by(f64::total_cmp);
    let as_good = by_chance.iter().filter(|chance| **chance >= right).count();
    println!(
        "  medians {spread:.3} ms apart; the best guess between any two is right {:.1} % of the time; by chance alone: \
         median {:.1} %, at most {:.1} % (as good in {as_good} of {SHUFFLES})",
        right * 100.0,
        by_chance[SHUFFLES / 2] * 100.0,
        by_chance[SHUFFLES - 1] * 100.0,
    );
    right
}

/// How often the best threshold is right for the two reasons that are told apart best.
fn right_guesses(times: &Times) -> f64 {
    let pairs = (0..times.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    let distance = pairs.map(|(one, other)| distance(&times[one], &times[other])).fold(0.0, f64::max);
    f64::midpoint(1.0, distance)
}

/// The statistic of Kolmogorov and Smirnov: the largest distance of the two shares that are below any threshold.
fn distance(one: &[f64], other: &[f64]) -> f64 {
    let share = |count: usize| 1.0 / f64::from(u32::try_from(count).unwrap());
    let (up, down) = (share(one.len()), share(other.len()));
    let mut steps: Vec<(f64, f64)> = one.iter().map(|time| (*time, up)).collect();
    steps.extend(other.iter().map(|time| (*time, -down)));
    steps.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut height, mut largest) = (0.0_f64, 0.0_f64);
    for (at, (time, step)) in steps.iter().enumerate() {
        height += step;
        // Equal times are on the same side of every threshold.
        if steps.get(at + 1).is_none_or(|(next, _)| next > time) {
            largest = largest.max(height.abs());
        }
    }
    largest
}

/// The same times, each given to any of the reasons.
fn dealt_again(times: &Times, seed: usize) -> Times {
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    shuffle(&mut all, &mut Random::new(seed.try_into().unwrap()));
    let mut all = all.into_iter();
    times.iter().map(|some| all.by_ref().take(some.len()).collect()).collect()
}

fn shuffle<T>(list: &mut [T], random: &mut Random) {
    for last in (1..list.len()).rev() {
        list.swap(last, random.place(last + 1));
    }
}

#[test]
fn the_distance_of_samples_is_the_largest_difference_of_shares() {
    let close = |one: f64, other: f64| (one - other).abs() < 1e-9;
    assert!(close(distance(&[1.0, 2.0], &[3.0, 4.0]), 1.0));
    assert!(close(distance(&[1.0, 2.0], &[1.0, 2.0]), 0.0));
    assert!(close(distance(&[1.0, 3.0], &[2.0, 4.0]), 0.5));
    assert!(close(distance(&[1.0, 1.0, 1.0, 1.0], &[1.0, 2.0]), 0.5));
}
