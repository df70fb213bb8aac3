//! A value that the claim of that name never has.

use policy::diagnostic::Severity;
use policy::pattern::ORIGIN;

use super::{Report, Rule};
use crate::outline::Outline;
use crate::pairs::{has_wildcard, pairs};
use crate::report::is_steering;

pub(super) const RULE: Rule = Rule {
    code: "AT016",
    name: "impossible-value",
    severity: Severity::Warning,
    summary: "A value in a pattern that its claim never has: a repository without owner or with a letter that GitHub's names do not have, a ref that does not begin with `refs/`, a workflow without `@`.",
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
        "repo" if foreign_character(value).is_some() => {
            let found = foreign_character(value)?;
            let number = u32::from(found);
            Some((
                "`OWNER/NAME` of ASCII letters, digits, `-`, `_` and `.`",
                format!("`{found}` is U+{number:04X}, which no name has: type the name anew"),
            ))
        }
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

/// The first character that no name of an owner or a repository has, such as a letter of another alphabet that looks
/// like one of ours. What cannot be seen at all is another rule's.
fn foreign_character(repository: &str) -> Option<char> {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "-_./@*?".contains(c) || is_steering(c);
    repository.replace(ORIGIN, "").chars().find(|character| !is_known(*character))
}
