//! Generated scenarios: what comes out of the generator, and what holds for all of them.

use std::env;
use std::sync::Mutex;
use std::thread;

use conformance::case;
use conformance::engine::{Engine, Native, Oracle};
use conformance::generate::{Distribution, Generator};

/// How many scenarios the engines are compared on, unless `GENERATED_SCENARIOS` says otherwise.
const SCENARIOS: u64 = 100_000;

#[test]
fn the_core_decides_as_the_oracle_does() {
    let scenarios = env::var("GENERATED_SCENARIOS").map_or(SCENARIOS, |count| count.parse().unwrap());
    let first_seed = env::var("GENERATED_SEED").map_or(1, |seed| seed.parse().unwrap());
    let threads = thread::available_parallelism().map_or(1, |count| u64::try_from(count.get()).unwrap());
    let results = Mutex::new((Distribution::default(), Vec::new()));
    thread::scope(|scope| {
        for seed in first_seed..first_seed + threads {
            let results = &results;
            scope.spawn(move || {
                let (mut distribution, mut wrong) = (Distribution::default(), Vec::new());
                let mut generator = Generator::new(seed);
                for _ in 0..scenarios.div_ceil(threads) {
                    let scenario = generator.scenario();
                    let (by_oracle, by_core) = (Oracle.decide(&scenario), Native.decide(&scenario));
                    distribution.add(&by_oracle);
                    let differences = case::differences(&case::comparable(by_oracle), &by_core);
                    if !differences.is_empty() && wrong.len() < 5 {
                        wrong.push(format!("seed {seed}: {}\n{scenario:#}", differences.join("\n")));
                    }
                }
                let mut results = results.lock().unwrap();
                results.0.merge(&distribution);
                results.1.extend(wrong);
            });
        }
    });
    let (distribution, wrong) = results.into_inner().unwrap();
    println!("{distribution}");
    assert!(wrong.is_empty(), "the core differs from the oracle:\n{}", wrong.join("\n\n"));
    assert!(distribution.total() >= scenarios);
}

#[test]
fn the_same_seed_gives_the_same_scenarios() {
    let (mut one, mut other) = (Generator::new(3), Generator::new(3));
    assert!((0..200).all(|_| one.scenario() == other.scenario()));
    assert_ne!(Generator::new(3).scenario(), Generator::new(4).scenario());
}

#[test]
fn every_kind_of_verdict_is_frequent() {
    let mut generator = Generator::new(1);
    let mut distribution = Distribution::default();
    for _ in 0..5_000 {
        distribution.add(&Oracle.decide(&generator.scenario()));
    }
    println!("{distribution}");
    let share = |kind: &str| distribution.count(kind) * 100 / distribution.total();
    assert_eq!(distribution.count("something else"), 0);
    assert!(share("granted") >= 20, "{distribution}");
    assert!(share("denied: not-granted-by-repository-policy") >= 10, "{distribution}");
    for code in [
        "no-installation",
        "installation-suspended",
        "policy-unreadable",
        "installation-lacks-permission",
        "owner-policy-missing",
        "owner-policy-invalid",
        "caller-not-allowed",
        "not-granted-by-owner-policy",
        "not-allowed-by-owner-policy",
        "repository-policy-missing",
        "repository-policy-invalid",
    ] {
        assert!(distribution.count(&format!("denied: {code}")) >= 20, "{code}\n{distribution}");
    }
}
