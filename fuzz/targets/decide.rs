//! Any policies, claims and request: the core decides as the oracle does.
//!
//! The parts are claims, request, owner policy, then a name and a text for each repository policy; an empty text is a
//! policy that does not exist.
#![no_main]

use std::sync::LazyLock;

use conformance::case::{base, comparable, differences};
use conformance::engine::{Engine, Native, Oracle};
use fuzz::{first, parts};
use github_types::RepositoryName;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|data: &[u8]| {
    let Some(parts) = parts(data) else { return };
    let [claims, request, owner_policy] = first(&parts);
    let (Ok(claims), Ok(request)) =
        (serde_json::from_str::<Map<String, Value>>(claims), serde_json::from_str(request))
    else {
        return;
    };
    let mut scenario = BASE.clone();
    scenario["claims"] = Value::Object(claims);
    scenario["request"] = request;
    scenario["owner_policy"] = policy(owner_policy);
    let named = parts.get(3..).unwrap_or_default().chunks(2);
    let policies: Map<String, Value> =
        named.filter_map(|pair| Some((name(pair.first()?)?, policy(pair.get(1)?)))).collect();
    scenario["repository_policies"] = Value::Object(policies);

    let differences = differences(&comparable(Oracle.decide(&scenario)), &Native.decide(&scenario));
    assert!(differences.is_empty(), "{}", differences.join("\n"));
});

/// Read once: that takes longer than deciding.
static BASE: LazyLock<Value> = LazyLock::new(|| base().expect("the base of all cases"));

/// Only what can be a repository: others cannot be asked about.
fn name(text: &str) -> Option<String> {
    text.parse::<RepositoryName>().ok().map(|name| name.to_string())
}

fn policy(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::from(text) }
}
