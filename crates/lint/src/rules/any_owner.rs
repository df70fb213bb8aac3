//! A pattern that lets in repositories of any owner.

use policy::diagnostic::Severity;

use super::{Report, Rule};
use crate::outline::Outline;
use crate::pairs::{has_wildcard, repository};

pub(super) const RULE: Rule = Rule {
    code: "AT018",
    name: "any-owner",
    severity: Severity::Warning,
    summary: "A pattern with a wildcard in the name of the owner.",
    reason: "Anybody on GitHub can make an account and a repository that such a pattern matches.",
    remedy: "Name the owner, and list further ones one by one.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for pattern in outline.patterns() {
        let Some(value) = repository(pattern.text) else { continue };
        let owner = value.text.split('/').next().unwrap_or_default();
        // A wildcard for the id alone leaves the name as it is.
        let name = owner.split('@').next().unwrap_or_default();
        if has_wildcard(name) {
            let message = "this lets in repositories of owners that nobody here knows".to_owned();
            let help = format!("name the owner, such as `repo:{}/…`", outline.origin.owner());
            report.add(pattern.part(value.at, owner.len()), message, help);
        }
    }
}
