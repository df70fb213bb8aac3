//! A legacy short form of a subject.

use policy::diagnostic::Severity;

use super::{Report, Rule};
use crate::outline::{Outline, Written};
use crate::pairs::segments;

/// The keys with which a legacy short form begins. Other first keys may be those of a customized subject.
const KEYS: &[&str] = &["environment", "job_workflow_ref", "pull_request", "ref", "workflow_ref"];

pub(super) const RULE: Rule = Rule {
    code: "AT017",
    name: "short-form",
    severity: Severity::Warning,
    summary: "A subject without `repo:OWNER/NAME:` in front.",
    reason: "In a statement it stands for the policy's own repository, which a reader does not see; in `allowed-subjects` it matches nobody.",
    remedy: "Write the repository: `repo:${origin}:…`.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for pattern in outline.allowed_subjects.iter().filter(|pattern| is_short(pattern)) {
        let help = format!("write `repo:OWNER/NAME:{}`", pattern.text);
        report.add(pattern.span, "a short form matches nobody here".to_owned(), help);
    }
    for pattern in outline.statements.iter().flat_map(|statement| &statement.subjects) {
        if is_short(pattern) {
            let message = format!("a short form, which stands for jobs of `{}`", outline.origin);
            report.add(pattern.span, message, format!("write `repo:${{origin}}:{}`", pattern.text));
        }
    }
}

fn is_short(pattern: &Written<'_>) -> bool {
    segments(pattern.text).first().is_some_and(|first| KEYS.contains(&first.text))
}
