//! Everything that can answer a scenario.

mod wasm;

use policy::pattern::{Pattern, PatternKind, PatternSet};
use policy::scenario::simulate;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::every_pattern::Matcher;
use crate::oracle;

pub use wasm::Wasm;

/// One implementation of the contract.
pub trait Engine {
    /// A short name for reports.
    fn name(&self) -> &'static str;

    /// The verdict on a scenario, both in their JSON shape.
    ///
    /// A scenario that is not one (a field of the wrong type) gets `{"broken_scenario": "why"}`.
    fn decide(&self, scenario: &Value) -> Value;
}

/// The slow reference.
#[derive(Debug, Clone, Copy)]
pub struct Oracle;

/// The core itself.
#[derive(Debug, Clone, Copy)]
pub struct Native;

impl Engine for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn decide(&self, scenario: &Value) -> Value {
        answer(scenario, simulate)
    }
}

impl Native {
    /// Compiles subject patterns into one set, as policies do; void ones match nothing.
    ///
    /// The matcher of patterns that the core cannot compile together matches a pattern that does not exist.
    pub fn compile(patterns: &[String]) -> Matcher {
        let numbered = patterns.iter().enumerate();
        let (numbers, patterns): (Vec<usize>, Vec<Pattern>) = numbered
            .filter_map(|(number, text)| Some((number, Pattern::new(text, PatternKind::Subject).ok()?)))
            .unzip();
        let Ok(set) = PatternSet::of_subjects(&patterns) else { return Box::new(|_| vec![usize::MAX]) };
        Box::new(move |subject| {
            set.matches_subject(subject).into_iter().filter_map(|place| numbers.get(place).copied()).collect()
        })
    }
}

impl Engine for Oracle {
    fn name(&self) -> &'static str {
        "oracle"
    }

    fn decide(&self, scenario: &Value) -> Value {
        answer(scenario, oracle::decide)
    }
}

/// Reads the scenario in an engine's own types and writes its verdict.
fn answer<S: DeserializeOwned, V: Serialize>(scenario: &Value, decide: impl Fn(&S) -> V) -> Value {
    let verdict = match serde_json::from_value(scenario.clone()) {
        Ok(scenario) => serde_json::to_value(decide(&scenario)),
        Err(error) => return json!({ "broken_scenario": error.to_string() }),
    };
    verdict.unwrap_or_else(|error| json!({ "broken_verdict": error.to_string() }))
}
