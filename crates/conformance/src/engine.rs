//! Everything that can answer a scenario.

use serde_json::{Value, json};

use crate::oracle;

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

impl Engine for Oracle {
    fn name(&self) -> &'static str {
        "oracle"
    }

    fn decide(&self, scenario: &Value) -> Value {
        match serde_json::from_value(scenario.clone()) {
            Ok(scenario) => serde_json::to_value(oracle::decide(&scenario)).unwrap_or_default(),
            Err(error) => json!({ "broken_scenario": error.to_string() }),
        }
    }
}
