//! A legacy short form of a subject.

use policy::diagnostic::Severity;
use policy::pattern::ORIGIN;
use policy::source::Span;

use super::{Report, Rule};
use crate::outline::{Outline, Written};
use crate::pairs::{PULL_REQUEST, pairs};

/// The keys with which a legacy short form begins. Other first keys may be those of a customized subject.
const KEYS: &[&str] = &["environment", "job_workflow_ref", PULL_REQUEST, "ref", "workflow_ref"];

pub(super) const RULE: Rule = Rule {
    code: "AT017",
    name: "short-form",
    severity: Severity::Warning,
    summary: "A subject that begins with `ref`, `environment`, `workflow_ref`, `job_workflow_ref` or `pull_request` instead of `repo:OWNER/NAME:`, or a workflow that begins with `/` instead of `OWNER/NAME/`.",
    reason: "In a statement it stands for the policy's own repository, which a reader does not see; in `allowed-subjects` it stands for nothing else, and a customized `sub` alone can be like that.",
    remedy: "Write the repository: `repo:${origin}:…`.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    let in_list = |pattern: &Written<'_>| {
        let message = "a short form does not count here".to_owned();
        find(pattern, "OWNER/NAME").map(|(place, help)| (place, message, help))
    };
    let in_statement = |pattern: &Written<'_>| {
        let message = format!("a short form, which stands for `{}`", outline.origin);
        find(pattern, ORIGIN).map(|(place, help)| (place, message, help))
    };
    let found = outline.allowed_subjects.iter().filter_map(in_list);
    let subjects = outline.statements.iter().flat_map(|statement| &statement.subjects);
    for (place, message, help) in found.chain(subjects.filter_map(in_statement)) {
        report.add(place, message, help);
    }
}

/// What is short of a pattern, and what to write with the repository.
fn find(pattern: &Written<'_>, repository: &str) -> Option<(Span, String)> {
    let pairs = pairs(pattern.text);
    if pairs.first().is_some_and(|(first, _)| KEYS.contains(&first.text)) {
        return Some((pattern.span, format!("write `repo:{repository}:{}`", pattern.text)));
    }
    pairs.into_iter().find_map(|(key, value)| {
        let value = value.filter(|value| value.text.starts_with('/'))?;
        matches!(key.text, "workflow_ref" | "job_workflow_ref").then(|| {
            (pattern.part(value.at, value.text.len()), format!("write `{repository}{}`", value.text))
        })
    })
}
