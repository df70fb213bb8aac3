//! A subject that jobs of pull requests have.

use policy::diagnostic::Severity;

use super::{Report, Rule};
use crate::outline::Outline;
use crate::pairs::segments;

pub(super) const RULE: Rule = Rule {
    code: "AT019",
    name: "includes-pull-requests",
    severity: Severity::Warning,
    summary: "A subject of a statement matches jobs that run for pull requests, and no `claims` narrow it.",
    reason: "What such a job runs or reads may come from anybody who can open a pull request.",
    remedy: "Name what is meant, such as `ref:refs/heads/main`, or narrow the statement with `claims`, such as `actor`.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for statement in outline.statements.iter().filter(|statement| statement.meaning.claims.is_empty()) {
        for pattern in &statement.subjects {
            if !pattern.patterns.iter().any(|pattern| is_included(pattern.text())) {
                continue;
            }
            let segments = segments(pattern.text);
            let place = segments.last().map_or(pattern.span, |last| pattern.part(last.at, last.text.len()));
            let message = "this includes jobs of pull requests, which anybody may write".to_owned();
            let help = "name what is meant, such as `ref:refs/heads/main`, or add `claims`, such as `actor`";
            report.add(place, message, help.to_owned());
        }
    }
}

/// Whether the pattern matches `repo:…:pull_request`, whatever its repository is.
fn is_included(pattern: &str) -> bool {
    let segments: Vec<&str> = segments(pattern).iter().map(|segment| segment.text).collect();
    match segments.as_slice() {
        ["repo", repository] => repository.ends_with("**"),
        ["repo", _, last] => *last == "pull_request" || *last == "**",
        _ => false,
    }
}
