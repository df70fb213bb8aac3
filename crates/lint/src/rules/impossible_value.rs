//! A value that the claim of that name never has.

use policy::diagnostic::Severity;

use super::{Report, Rule};
use crate::outline::Outline;
use crate::pairs::{has_wildcard, pairs};

pub(super) const RULE: Rule = Rule {
    code: "AT016",
    name: "impossible-value",
    severity: Severity::Warning,
    summary: "A value in a pattern that its claim never has: a repository without owner, a ref that does not begin with `refs/`, a workflow without `@`.",
    reason: "Such a pattern matches nobody, and nothing else says so.",
    remedy: "Write the value as GitHub does: `octo-org/app`, `refs/heads/main`, `octo-org/app/.github/workflows/release.yml@refs/heads/main`.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for pattern in outline.patterns() {
        for (key, value) in pairs(pattern.text) {
            let Some(value) = value.filter(|value| !value.text.is_empty()) else { continue };
            if let Some((expected, help)) = complaint(key.text, value.text) {
                let message = format!("`{}` is never like this: expected {expected}", key.text);
                report.add(pattern.part(value.at, value.text.len()), message, help);
            }
        }
    }
}

/// What was expected, and what to write, if no value of the key can be like this one.
fn complaint(key: &str, value: &str) -> Option<(&'static str, String)> {
    let start = value.split(['*', '?']).next().unwrap_or_default();
    match key {
        "repo" if value != "${origin}" && !value.contains('/') && !has_wildcard(value) => {
            Some(("`OWNER/NAME`", format!("write `repo:OWNER/{value}`")))
        }
        "ref" if !start.starts_with("refs/") && !"refs/".starts_with(start) => {
            let name = value.strip_prefix("heads/").unwrap_or(value);
            Some((
                "`refs/…`",
                format!("for a branch write `refs/heads/{name}`, for a tag `refs/tags/{name}`"),
            ))
        }
        "workflow_ref" | "job_workflow_ref" if !value.contains('@') && !has_wildcard(value) => Some((
            "a workflow and its ref",
            format!("write `{value}@refs/heads/main`, or `{value}@*` for any ref"),
        )),
        _ => None,
    }
}
