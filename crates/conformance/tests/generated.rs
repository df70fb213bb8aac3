//! Generated scenarios: what comes out of the generator, and what holds for all of them.

use conformance::engine::{Engine, Oracle};
use conformance::generate::{Distribution, Generator};

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
