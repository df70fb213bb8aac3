//! A repository of another owner, known by its name only.

use github_types::{OwnerName, WorkflowRef};
use policy::diagnostic::Severity;
use policy::pattern::ORIGIN;

use super::{Report, Rule, impossible_value};
use crate::outline::{Outline, Written};
use crate::pairs::{Segment, has_wildcard, pairs, repository};

pub(super) const RULE: Rule = Rule {
    code: "AT020",
    name: "foreign-name",
    severity: Severity::Warning,
    summary: "A pattern names a repository of another owner without the ids of the two, or a reusable workflow of another owner that is not pinned to a commit.",
    reason: "Accounts and repositories can be renamed or deleted, and whoever takes the name next is let in. Only the ids stay. A reusable workflow decides what runs, and its owner can move branches and tags.",
    remedy: "Pin the workflow to a full commit id, and write `repo:OWNER@OWNER_ID/NAME@REPOSITORY_ID:…`; `gh api repos/OWNER/NAME --jq '.owner.id, .id'` tells the ids.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    let own = outline.origin.owner().to_string();
    for pattern in outline.patterns() {
        let caller = repository(pattern.text).and_then(|value| Some((value, value.text.split_once('/')?)));
        let mut known = vec![own.as_str()];
        if let Some((place, (owner, name))) = caller {
            check_caller(pattern, place, (owner, name), &own, report);
            known.extend(owner.split('@').next());
        }
        check_workflows(pattern, outline, &known, report);
    }
}

fn check_caller(
    pattern: &Written<'_>,
    place: Segment<'_>,
    (owner, name): (&str, &str),
    own: &str,
    report: &mut Report<'_>,
) {
    // With the id of the repository alone it matches nobody.
    let has_id = owner.contains('@') || name.contains('@');
    if has_wildcard(owner) || has_id || owner.eq_ignore_ascii_case(own) {
        return;
    }
    let message = format!("`{owner}` is another owner, and whoever takes that name next is let in");
    let help = if has_wildcard(name) {
        format!("write `{owner}@OWNER_ID/{name}`; `gh api users/{owner} --jq .id` tells the id")
    } else {
        format!(
            "write `{owner}@OWNER_ID/{name}@REPOSITORY_ID`; `gh api repos/{owner}/{name} --jq '.owner.id, .id'` tells the ids"
        )
    };
    report.add(pattern.part(place.at, place.text.len()), message, help);
}

/// Looks at reusable workflows; those of owners that are `known` are trusted already.
fn check_workflows(pattern: &Written<'_>, outline: &Outline<'_>, known: &[&str], report: &mut Report<'_>) {
    for (key, value) in pairs(pattern.text) {
        let Some(value) = value.filter(|_| key.text == "job_workflow_ref") else { continue };
        let text = value.text.replace(ORIGIN, &outline.origin.to_string());
        let owner = text.split('/').next().unwrap_or_default();
        let is_foreign = owner.parse::<OwnerName>().is_ok()
            && !known.iter().any(|known| owner.eq_ignore_ascii_case(known))
            && impossible_value::workflow(&text).is_none();
        if is_foreign && !WorkflowRef::new(&text).is_commit() {
            let message = format!("whoever can change that workflow of `{owner}` decides what runs");
            let help = "pin it to a full commit id: `…/NAME.yml@COMMIT_ID`".to_owned();
            report.add(pattern.part(value.at, value.text.len()), message, help);
        }
    }
}
