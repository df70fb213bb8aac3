//! Every behaviour case holds for the core.

use conformance::case;
use conformance::engine::{Engine, Native};

#[test]
fn every_case_passes_on_the_core() {
    let cases = case::behaviour().unwrap();
    let mut failures = Vec::new();
    for case in &cases {
        for difference in case::differences(&case.want, &Native.decide(&case.scenario)) {
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
