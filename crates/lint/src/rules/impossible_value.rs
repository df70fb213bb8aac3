//! A value that the claim of that name never has.

use github_types::WorkflowRef;
use policy::diagnostic::Severity;
use policy::pattern::{ORIGIN, Pattern, PatternKind};
use policy::source::Span;

use super::{Report, Rule};
use crate::claims::{EVENTS, VALUES, admits};
use crate::outline::Outline;
use crate::pairs::{has_wildcard, nearest, pairs};
use crate::report::is_steering;

pub(super) const RULE: Rule = Rule {
    code: "AT016",
    name: "impossible-value",
    severity: Severity::Warning,
    summary: "A value in a pattern or in `claims` that its claim never has: a repository without owner, with one id of two or with a letter that GitHub's names do not have, a ref that does not begin with `refs/heads/` or the like, a workflow without `OWNER/NAME/` or without its full ref, a word that is none of the claim's few; or one with white space at its ends.",
    reason: "Such a pattern matches nobody, and nothing else says so.",
    remedy: "Write the value as GitHub does: `octo-org/app`, `refs/heads/main`, `octo-org/app/.github/workflows/release.yml@refs/heads/main`.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    let origin = outline.origin.to_string();
    for pattern in outline.patterns() {
        for (key, value) in pairs(pattern.text) {
            let Some(value) = value.filter(|value| !value.text.is_empty()) else { continue };
            // A short form is another rule's, and stands for this.
            let short = if value.text.starts_with('/') { &origin } else { "" };
            let place = pattern.part(value.at, value.text.len());
            look(report, key.text, &format!("{short}{}", value.text.replace(ORIGIN, &origin)), place);
        }
    }
    for condition in outline.claims() {
        for pattern in &condition.patterns {
            let place = pattern.part(0, pattern.text.len());
            look(report, condition.name, &pattern.text.replace(ORIGIN, &origin), place);
        }
    }
}

fn look(report: &mut Report<'_>, key: &str, value: &str, place: Span) {
    // Behind two stars other claims may follow.
    let open = value.split_once("**").map(|(start, _)| format!("{start}*"));
    let value = open.as_deref().unwrap_or(value);
    if value.trim() != value {
        let message = format!("white space at the ends of `{key}` counts as a part of it");
        report.add(place, message, "remove it".to_owned());
    } else if let Some((expected, help)) = complaint(key, value) {
        report.add(place, format!("`{key}` is never like this: expected {expected}"), help);
    }
}

/// What was expected, and what to write, if no value of the key can be like this one.
fn complaint(key: &str, value: &str) -> Option<(&'static str, String)> {
    match key {
        "repo" | "repository" | "workflow_ref" | "job_workflow_ref" if value.starts_with("${") => {
            did_you_mean("`OWNER/NAME`", Some(ORIGIN))
        }
        "repo" => name(value, '@').or_else(|| ids(value)),
        "repository" => name(value, '/'),
        "repository_owner" if value.contains('/') => {
            Some(("the name of an account", "leave out `/` and what follows".to_owned()))
        }
        "ref" => git_ref(value),
        "workflow_ref" | "job_workflow_ref" => workflow(value),
        "event_name" if !has_wildcard(value) => did_you_mean("an event of GitHub", nearest(value, EVENTS)),
        "actor_id" | "repository_id" | "repository_owner_id" if !is_id(value) => {
            Some(("a number", "write the id, not the name".to_owned()))
        }
        _ => one_of_few(key, value),
    }
}

fn did_you_mean(expected: &'static str, meant: Option<&str>) -> Option<(&'static str, String)> {
    meant.map(|meant| (expected, format!("did you mean `{meant}`?")))
}

fn one_of_few(key: &str, value: &str) -> Option<(&'static str, String)> {
    let (_, values, expected) = VALUES.iter().find(|(claim, _, _)| *claim == key)?;
    let is_possible = || Some(admits(key, &[Pattern::new(value, PatternKind::Claim(key)).ok()?], values));
    if values.contains(&value) || (has_wildcard(value) && is_possible()?) {
        return None;
    }
    did_you_mean(expected, policy::nearest(value, values))
        .or_else(|| Some((expected, format!("write {expected}"))))
}

/// What is wrong with the name of a repository, in which this sign can stand, too.
fn name(value: &str, sign: char) -> Option<(&'static str, String)> {
    // What cannot be seen at all is another rule's.
    let is_known = |c: char| c.is_ascii_alphanumeric() || "-_./*?".contains(c) || c == sign || is_steering(c);
    if let Some(found) = value.chars().find(|character| !is_known(*character)) {
        let number = u32::from(found);
        return Some((
            "`OWNER/NAME` of ASCII letters, digits, `-`, `_` and `.`",
            format!("`{found}` is U+{number:04X}, which no name has: type the name anew"),
        ));
    }
    let help = match value.matches('/').count() {
        0 if !has_wildcard(value) => format!("write `OWNER/{value}`"),
        0 | 1 => return None,
        _ => "write `OWNER/NAME` alone".to_owned(),
    };
    Some(("`OWNER/NAME`", help))
}

/// What is wrong with the ids in the immutable form of a repository: it has both or none.
fn ids(value: &str) -> Option<(&'static str, String)> {
    let (owner, name) = value.split_once('/')?;
    let ids = [owner, name].map(|part| part.split_once('@').map(|(_, id)| id));
    let has_any = ids.iter().any(Option::is_some);
    let fits = [owner, name].iter().zip(ids).all(|(part, id)| match id {
        Some(id) => is_id(id),
        None => !has_any || has_wildcard(part),
    });
    let [owner, name] = [owner, name].map(|part| part.split('@').next().unwrap_or_default());
    (!fits).then(|| {
        let tell = format!("`gh api repos/{owner}/{name} --jq '.owner.id, .id'` tells them");
        ("both ids or none", format!("write `{owner}@OWNER_ID/{name}@REPOSITORY_ID`; {tell}"))
    })
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'?'))
}

/// What stands before the first wildcard.
fn beginning(value: &str) -> &str {
    value.split(['*', '?']).next().unwrap_or_default()
}

fn git_ref(value: &str) -> Option<(&'static str, String)> {
    let start = beginning(value);
    let Some(rest) = start.strip_prefix("refs/") else {
        if "refs/".starts_with(start) {
            return None;
        }
        let name = value.strip_prefix("heads/").or_else(|| value.strip_prefix("tags/")).unwrap_or(value);
        let help = format!("for a branch write `refs/heads/{name}`, for a tag `refs/tags/{name}`");
        return Some(("`refs/…`", help));
    };
    let kind = match rest.split_once('/') {
        Some((kind, _)) => kind,
        None if has_wildcard(value) => return None,
        None => rest,
    };
    let meant = nearest(kind, &["heads", "tags", "pull"])?;
    did_you_mean("`refs/heads/…`, `refs/tags/…` or `refs/pull/…`", Some(&format!("refs/{meant}/")))
}

pub(super) fn workflow(value: &str) -> Option<(&'static str, String)> {
    const EXPECTED: &str = "`OWNER/NAME/PATH@REF`";
    let Some(at) = value.find("@refs/").or_else(|| value.rfind('@')) else {
        let help = || format!("write `{value}@refs/heads/main`, or `{value}@*` for any ref");
        return (!has_wildcard(value)).then(|| (EXPECTED, help()));
    };
    let (path, revision) = value.split_at_checked(at)?;
    if has_wildcard(path) {
        return None;
    }
    if path.starts_with(['.', '/']) || path.matches('/').count() < 2 {
        let file = path.rsplit('/').next().unwrap_or_default();
        return Some((EXPECTED, format!("write `OWNER/NAME/.github/workflows/{file}` before the `@`")));
    }
    let revision = revision.trim_start_matches('@');
    // The name of a file can hold an `@`, too, and then a wildcard stands for what lies between.
    let is_open = has_wildcard(revision) && !revision.starts_with("refs/");
    let is_possible = is_open || WorkflowRef::new(value).is_commit();
    let (_, help) = git_ref(revision).filter(|_| !is_possible)?;
    Some(("`refs/heads/…` or the like behind the `@`", help))
}
