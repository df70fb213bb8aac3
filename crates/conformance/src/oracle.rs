//! The oracle: a second, slow and obvious reading of the contract.
//!
//! It shares no code with the crates it judges: its own pattern matcher (one row of positions, no automata), its own
//! effective subjects, its own reading of policies, its own permission table. Where the core and the oracle differ, one
//! of them misreads the contract. It favours being checked by eye over being fast, and it never refuses to answer:
//! every scenario has a verdict.

mod asked;
mod calendar;
mod caller;
mod decision;
mod names;
mod pattern;
mod permissions;
mod policy;
mod request;
mod scenario;
mod statement;
mod subjects;
mod verdict;
mod yaml;

use serde_json::{Map, Value};

pub use asked::Asked;
pub use decision::decide;
pub use pattern::{Row, Wildcards, case_blind_places, never_matches, pattern_matches};
pub use permissions::{Level, Scope, every_permission};
pub use scenario::{Installation, Scenario};
pub use verdict::{Issue, Verdict};

/// The effective subjects of a job with these claims, in order and without duplicates.
///
/// # Errors
/// Says what is wrong with claims that no caller can have: a required one missing, or one of the wrong form.
pub fn effective_subjects(claims: &Map<String, Value>) -> Result<Vec<String>, String> {
    Ok(subjects::effective_subjects(&caller::Caller::read(claims)?))
}
