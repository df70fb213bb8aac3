//! The HTTP cases are complete and well-formed; `http/` runs them.

use std::collections::BTreeSet;

use conformance::case;

#[test]
fn every_http_case_can_be_read() {
    let cases = case::http().unwrap();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "two cases have the same note");
    println!("{} HTTP cases", cases.len());
}

#[test]
fn every_status_that_one_exchange_can_show_has_a_case() {
    let seen: BTreeSet<u16> = case::http().unwrap().iter().map(|case| case.want.status).collect();
    for status in [200, 400, 401, 403, 404, 405, 413, 415, 429, 502, 503, 504] {
        assert!(seen.contains(&status), "{status}");
    }
}
