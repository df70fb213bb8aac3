//! A repository of another owner, known by its name only.

use policy::diagnostic::Severity;

use super::{Report, Rule};
use crate::outline::Outline;
use crate::pairs::{has_wildcard, repository};

pub(super) const RULE: Rule = Rule {
    code: "AT020",
    name: "foreign-name",
    severity: Severity::Warning,
    summary: "A pattern names a repository of another owner without the ids of the two.",
    reason: "Accounts and repositories can be renamed or deleted, and whoever takes the name next is let in. Only the ids stay.",
    remedy: "Write `repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID:…`; `gh api repos/OWNER/NAME --jq '.owner.id, .id'` tells the ids.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    let own = outline.origin.owner().to_string();
    for pattern in outline.patterns() {
        let Some(value) = repository(pattern.text) else { continue };
        let Some((owner, name)) = value.text.split_once('/') else { continue };
        if has_wildcard(owner) || owner.contains('@') || owner.eq_ignore_ascii_case(&own) {
            continue;
        }
        let message = format!("`{owner}` is another owner, and whoever takes that name next is let in");
        let help = if has_wildcard(name) {
            format!("write `{owner}@OWNER_ID/{name}`; `gh api users/{owner} --jq .id` tells the id")
        } else {
            format!(
                "write `{owner}@OWNER_ID/{name}@REPOSITORY_ID`; `gh api repos/{owner}/{name} --jq '.owner.id, .id'` tells the ids"
            )
        };
        report.add(pattern.part(value.at, value.text.len()), message, help);
    }
}
