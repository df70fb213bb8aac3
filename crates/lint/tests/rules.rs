//! Every rule, by cases as data: `cases/*.yaml`.
//!
//! A case has a text, and all findings in it: code and exactly the text that is underlined.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "the cases and the page are files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use lint::{Finding, RULES, Subject, check, markdown};
use policy::diagnostic::Severity;
use policy::parse::{PolicyKind, parse_owner_policy};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A file and what is found in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    note: String,
    #[serde(default = "repository")]
    kind: PolicyKind,
    text: String,
    owner_policy: Option<String>,
    found_in: Option<String>,
    expect: Vec<(String, String)>,
}

fn repository() -> PolicyKind {
    PolicyKind::Repository
}

/// The cases, each with the name of its file.
fn cases() -> Vec<(String, Case)> {
    let mut files: Vec<_> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_uppercase();
        let cases: Vec<Case> = serde_yaml::from_str(&fs::read_to_string(path).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        cases.into_iter().map(move |case| (name.clone(), case)).collect::<Vec<_>>()
    };
    files.iter().flat_map(read).collect()
}

fn findings(case: &Case) -> Vec<Finding> {
    let found_in = case.found_in.as_deref().unwrap_or(match case.kind {
        PolicyKind::Owner => "octo-org/.github-access-token",
        PolicyKind::Repository => "octo-org/website",
    });
    let owners = "octo-org/.github-access-token".parse().unwrap();
    let owner_policy =
        case.owner_policy.as_deref().map(|text| parse_owner_policy(text, &owners).policy.unwrap());
    let subject = Subject {
        text: &case.text,
        kind: case.kind,
        found_in: &found_in.parse().unwrap(),
        now: Some(OffsetDateTime::parse("2026-11-01T12:00:00Z", &Rfc3339).unwrap()),
        owner_policy: owner_policy.as_ref(),
    };
    check(&subject).findings
}

/// What is underlined, as far as it is in the first line.
fn underlined(text: &str, finding: &Finding) -> String {
    let (start, end) = (finding.span.start, finding.span.end);
    let line = text.split('\n').nth(start.line - 1).unwrap_or_default();
    let length = if end.line > start.line { usize::MAX } else { end.column - start.column };
    line.chars().skip(start.column - 1).take(length).collect::<String>().trim_end().to_owned()
}

#[test]
fn each_case_has_its_findings_and_no_others() {
    let mut wrong = Vec::new();
    for (file, case) in cases() {
        let found: Vec<(String, String)> = findings(&case)
            .iter()
            .map(|finding| (finding.code.to_owned(), underlined(&case.text, finding)))
            .collect();
        if found != case.expect {
            wrong.push(format!("{file}, {}: {found:?}, expected {:?}", case.note, case.expect));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_three_cases_of_which_one_fires_and_one_does_not() {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (file, case) in cases() {
        let fires = case.expect.iter().any(|(code, _)| *code == file);
        let (firing, silent) = counts.entry(file).or_default();
        *(if fires { firing } else { silent }) += 1;
    }
    for rule in RULES {
        let (firing, silent) = counts.get(rule.code).copied().unwrap_or_default();
        assert!(
            firing >= 1 && silent >= 1 && firing + silent >= 3,
            "{}: {firing} fire, {silent} do not",
            rule.code
        );
    }
}

#[test]
fn every_warning_says_what_to_do_next() {
    for (file, case) in cases() {
        for finding in findings(&case).iter().filter(|finding| finding.severity == Severity::Warning) {
            assert!(finding.help.is_some(), "{file}: {}", finding.message);
            assert!(!finding.message.ends_with('.'), "{file}: {}", finding.message);
        }
    }
}

#[test]
fn the_codes_are_sorted_and_each_name_is_there_once() {
    let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    let expected: Vec<String> = (1..=RULES.len()).map(|number| format!("AT{number:03}")).collect();
    assert_eq!(codes, expected);
    let names: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), RULES.len());
}

#[test]
fn the_page_on_the_rules_is_made_from_the_list() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md")).unwrap();
    assert!(page == markdown(), "run `cargo run -q -p lint --example rules > docs/rules.md`");
}
