//! A subject that jobs of pull requests have.

use policy::diagnostic::Severity;
use policy::pattern::{Pattern, PatternKind};

use super::{Report, Rule};
use crate::claims::{admits_pull_requests, is_any};
use crate::outline::{Outline, Written};
use crate::pairs::{PULL_REQUEST, Segment, pairs, segments};

pub(super) const RULE: Rule = Rule {
    code: "AT019",
    name: "includes-pull-requests",
    severity: Severity::Warning,
    summary: "A subject of a statement matches jobs that run for pull requests, and no `claims` narrow it.",
    reason: "What such a job runs or reads may come from anybody who can open a pull request. `claims` do not narrow it if they match any value, say which repository the job is of, or let events of pull requests through.",
    remedy: "Name what is meant, such as `ref:refs/heads/main`, or narrow the statement with `claims`, such as `actor`.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for statement in &outline.statements {
        let places: Vec<_> =
            statement.subjects.iter().filter_map(|pattern| Some(pattern).zip(included(pattern))).collect();
        if places.is_empty()
            || statement.meaning.claims.iter().any(|(name, patterns)| narrows(name, patterns))
        {
            continue;
        }
        for (pattern, place) in places {
            let message = "this includes jobs of pull requests, which anybody may write".to_owned();
            let help = "name what is meant, such as `ref:refs/heads/main`, or add `claims`, such as `actor`";
            report.add(pattern.part(place.at, place.text.len()), message, help.to_owned());
        }
    }
}

/// Whether a condition can leave out jobs of pull requests, or some of those who open them.
fn narrows(name: &str, patterns: &[Pattern]) -> bool {
    match name {
        "event_name" => !admits_pull_requests(patterns),
        // They are those of the repository that the pull request is for.
        "repository" | "repository_id" | "repository_owner" | "repository_owner_id" => false,
        _ => !is_any(patterns),
    }
}

/// The part of a subject that lets jobs of pull requests in.
fn included<'a>(pattern: &Written<'a>) -> Option<Segment<'a>> {
    let written = segments(pattern.text);
    if pattern.patterns.iter().any(|pattern| is_included(pattern.text())) {
        return written.last().copied();
    }
    let is_ref = |segment: &Segment<'_>| segment.text.contains("refs/pull/");
    written.into_iter().find(is_ref).or_else(|| {
        pairs(pattern.text).into_iter().find_map(|(key, value)| match (key.text, value) {
            (PULL_REQUEST, None) => Some(key),
            ("event_name", Some(value)) => {
                let events = Pattern::new(value.text, PatternKind::Claim(key.text)).ok()?;
                admits_pull_requests(&[events]).then_some(value)
            }
            _ => None,
        })
    })
}

/// Whether the pattern matches `repo:…:pull_request`, whatever its repository is.
fn is_included(pattern: &str) -> bool {
    let segments: Vec<&str> = segments(pattern).iter().map(|segment| segment.text).collect();
    match segments.as_slice() {
        ["repo", repository] => repository.ends_with("**"),
        ["repo", _, last] => *last == PULL_REQUEST || *last == "**",
        _ => false,
    }
}
