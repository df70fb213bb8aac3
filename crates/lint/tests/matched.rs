//! What matches a job is never said to match nobody.

#![cfg(test)]

use lint::{Subject, check};
use policy::parse::PolicyKind;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Subjects that jobs have, some of them customized.
const SUBJECTS: &[&str] = &[
    "repo:octo-org/app",
    "repo:octo-org/app:ref:refs/heads/main",
    "repo:octo-org@65/app@74:ref:refs/tags/v1",
    "repo:octo-org/app:ref:refs/pull/7/merge",
    "repo:octo-org/app:pull_request",
    "repo:octo-org@65/.github@74:environment:eu%3Aprod",
    "repo:octo-org/app:environment:a=b/c@d e${x}",
    "repo:octo-org/app:workflow_ref:octo-org/app/.github/workflows/a@b.yml@refs/heads/c@d",
    "repo:octo-org@65/app@74:job_workflow_ref:octo-org/ci/.github/workflows/a.yml@0123456789abcdef0123456789abcdef01234567",
    "repo:octo-org/app:pull_request:job_workflow_ref:octo-org/ci/.github/workflows/a.yml@refs/tags/v1:repository_visibility:internal",
    "job_workflow_ref:octo-org/ci/.github/workflows/a.yml@refs/heads/main:environment:a",
    "repository_owner:octo-org:repository_id:74:ref_protected:false:ref_type:tag",
    "repo:octo-org/app:event_name:merge_group:runner_environment:self-hosted:actor:octocat[bot]",
    "repository_owner_id:65:repo_property_team:pay/ments=x:ref:refs/heads/gh-readonly-queue/main/pr-1",
];
/// Claims that jobs have.
const CLAIMS: &[(&str, &str)] = &[
    ("actor", "octocat[bot]"),
    ("actor_id", "12"),
    ("base_ref", "main"),
    ("environment", "a b"),
    ("event_name", "pull_request_target"),
    ("job_workflow_ref", "octo-org/ci/.github/workflows/a.yml@0123456789abcdef0123456789abcdef01234567"),
    ("ref", "refs/pull/7/merge"),
    ("ref_protected", "true"),
    ("ref_type", "branch"),
    ("repo_property_team", "x/y"),
    ("repository", "octo-org/.github"),
    ("repository_id", "74"),
    ("repository_owner", "octo-org"),
    ("repository_visibility", "public"),
    ("runner_environment", "github-hosted"),
    ("sub", "repo:octo-org/app:pull_request"),
    ("workflow_ref", "octo-org/app/.github/workflows/a@b.yml@refs/heads/c@d"),
];

/// Parts of a text that become wildcards: where each begins, and how long it is.
fn parts() -> impl Strategy<Value = Vec<(Index, usize)>> {
    prop::collection::vec((any::<Index>(), 0..12_usize), 0..4)
}

/// A pattern that matches the text.
fn pattern(text: &str, parts: &[(Index, usize)]) -> String {
    let mut pattern: Vec<char> = text.chars().collect();
    for (at, length) in parts {
        let at = at.index(pattern.len());
        let end = (at + length).min(pattern.len());
        let covered = &pattern[at..end];
        let wildcard = match covered {
            [character] if !matches!(character, ':' | '*') => "?",
            _ if covered.contains(&':') || covered.windows(2).any(|two| two == ['*', '*']) => "**",
            _ => "*",
        };
        pattern.splice(at..end, wildcard.chars());
    }
    pattern.into_iter().collect()
}

/// The findings that say that nobody is matched.
fn complaints(statement: &str) -> Vec<String> {
    let subject = Subject {
        text: &format!("origin: octo-org/website\nstatements: [{{permissions: {{}}, {statement}}}]\n"),
        kind: PolicyKind::Repository,
        found_in: &"octo-org/website".parse().unwrap(),
        now: None,
        owner_policy: None,
    };
    let findings = check(&subject).findings.into_iter();
    let of_nobody = findings.filter(|finding| matches!(finding.code, "AT014" | "AT015" | "AT016"));
    of_nobody.map(|finding| format!("{}: {}", finding.message, finding.help.unwrap_or_default())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_subject_of_a_job_with_wildcards_is_possible(subject in select(SUBJECTS), parts in parts()) {
        let pattern = pattern(subject, &parts);
        let found = complaints(&format!("subjects: [{}]", serde_json::to_string(&pattern).unwrap()));
        prop_assert!(found.is_empty(), "{pattern}: {found:?}");
    }

    #[test]
    fn a_claim_of_a_job_with_wildcards_is_possible((name, value) in select(CLAIMS), parts in parts()) {
        let pattern = pattern(value, &parts);
        let claims = serde_json::json!({name: pattern});
        let found = complaints(&format!("subjects: ['repo:octo-org/app:ref:refs/heads/main'], claims: {claims}"));
        prop_assert!(found.is_empty(), "{name}, {pattern}: {found:?}");
    }
}
