//! What was compared, and what came of it.

use std::collections::BTreeMap;
use std::fmt;

use conformance::case::{comparable, differences};
use conformance::generate::Distribution;
use serde_json::Value;

use super::over_http::Played;

/// How many differences are shown.
const SHOWN: usize = 5;

#[derive(Default)]
pub(super) struct Tally {
    distribution: Distribution,
    /// By engine: how many verdicts were compared with the oracle's, and how many differ.
    engines: BTreeMap<&'static str, (u64, u64)>,
    /// How many could not be played over HTTP, by reason.
    unplayable: BTreeMap<&'static str, u64>,
    shown: Vec<String>,
    at_present: u64,
    to_strangers: u64,
    tokens: u64,
    again: u64,
}

impl Tally {
    pub(super) fn scenario(&mut self, by_oracle: &Value) {
        self.distribution.add(by_oracle);
    }

    pub(super) fn compare(
        &mut self,
        engine: &'static str,
        place: &str,
        scenario: &Value,
        by_oracle: &Value,
        verdict: &Value,
    ) {
        let differences = differences(&comparable(by_oracle.clone()), verdict);
        let (compared, differ) = self.engines.entry(engine).or_default();
        *compared += 1;
        if !differences.is_empty() {
            *differ += 1;
            if self.shown.len() < SHOWN {
                self.shown.push(format!("{engine}, {place}: {}\n{scenario:#}", differences.join("\n")));
            }
        }
    }

    pub(super) fn played(&mut self, played: &Played) {
        self.at_present += u64::from(played.at_present);
        self.to_strangers += u64::from(played.to_stranger);
        self.tokens += u64::from(played.token);
        self.again += u64::from(played.again);
    }

    pub(super) fn unplayable(&mut self, reason: &'static str) {
        *self.unplayable.entry(reason).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.distribution.merge(&other.distribution);
        for (engine, (compared, differ)) in other.engines {
            let sums = self.engines.entry(engine).or_default();
            *sums = (sums.0 + compared, sums.1 + differ);
        }
        for (reason, count) in other.unplayable {
            *self.unplayable.entry(reason).or_default() += count;
        }
        self.shown.extend(other.shown);
        self.at_present += other.at_present;
        self.to_strangers += other.to_strangers;
        self.tokens += other.tokens;
        self.again += other.again;
    }

    /// Fails unless all that could be compared agrees, and nearly all could.
    pub(super) fn assert_alike(&self, scenarios: u64, most_unplayable: u64) {
        assert!(self.shown.is_empty(), "engines differ from the oracle:\n{}", self.shown.join("\n\n"));
        assert_eq!(self.distribution.total(), scenarios);
        let unplayable: u64 = self.unplayable.values().sum();
        for (engine, lacking) in [("native", 0), ("wasm", 0), ("HTTP", unplayable)] {
            assert_eq!(self.engines.get(engine), Some(&(scenarios - lacking, 0)), "{engine}");
        }
        assert!(
            unplayable * 1000 <= scenarios * most_unplayable,
            "{unplayable} of {scenarios} cannot be played"
        );
        assert!(self.again * 1000 <= scenarios, "the broker could not find out {} times", self.again);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.distribution)?;
        for (engine, (compared, differ)) in &self.engines {
            writeln!(f, "{engine}: {compared} compared with the oracle, {differ} differ")?;
        }
        for (reason, count) in &self.unplayable {
            writeln!(f, "not over HTTP: {count}, since {reason}")?;
        }
        writeln!(f, "over HTTP {} at the present, since their time matters", self.at_present)?;
        writeln!(f, "over HTTP {} refused as strangers are, without the reasons", self.to_strangers)?;
        writeln!(f, "over HTTP {} tokens looked at: each can do what the answer says", self.tokens)?;
        write!(f, "over HTTP {} times asked again, since the broker could not find out", self.again)
    }
}
