//! Every behaviour case holds for the oracle.

use std::collections::BTreeSet;

use conformance::case;
use conformance::engine::{Engine, Oracle};

#[test]
fn every_case_passes_on_the_oracle() {
    let cases = case::behaviour().unwrap();
    let mut failures = Vec::new();
    for case in &cases {
        for difference in case::differences(&case.want, &Oracle.decide(&case.scenario)) {
            failures.push(format!("{}\n  {difference}", case.name));
        }
    }
    assert!(
        failures.is_empty(),
        "{} differences in {} cases:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

#[test]
fn there_are_enough_cases_and_no_two_are_alike() {
    let cases = case::behaviour().unwrap();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "two cases have the same note");
    let scenarios: BTreeSet<String> = cases.iter().map(|case| case.scenario.to_string()).collect();
    println!("{} cases, {} different scenarios", cases.len(), scenarios.len());
    assert!(cases.len() >= 170);
}

#[test]
fn every_denial_code_has_a_case() {
    let wanted: String = case::behaviour().unwrap().iter().map(|case| case.want.to_string()).collect();
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
        "not-granted-by-repository-policy",
    ] {
        assert!(wanted.contains(&format!("\"{code}\"")), "{code}");
    }
}
