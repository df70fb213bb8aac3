//! A key of a pattern, or a name in `claims`, that is nearly the name of a claim.

use policy::diagnostic::Severity;
use policy::pattern::ORIGIN;

use super::{Report, Rule};
use crate::outline::Outline;
use crate::pairs::{CLAIMS, PULL_REQUEST, Segment, has_wildcard, nearest, pairs};

/// What stands for a claim elsewhere, and the name of the claim.
const OTHERS: &[(&str, &str)] =
    &[("branch", "ref"), ("tag", "ref"), ("env", "environment"), ("event", "event_name")];
/// What only subjects have, not tokens.
const WORDS: &[&str] = &["context", PULL_REQUEST, "repo"];
/// Claims that no subject is made of.
const OF_TOKENS: &[&str] = &["aud", "exp", "iat", "iss", "jti", "nbf", "sub"];

pub(super) const RULE: Rule = Rule {
    code: "AT014",
    name: "unknown-claim",
    severity: Severity::Warning,
    summary: "A key in a pattern that no subject has, or a name in `claims` that no token has, and that looks like a claim, or like a value without its key.",
    reason: "A pattern with a misspelled key, and a statement with a misspelled claim, matches nobody, and nothing else says so.",
    remedy: "Write the name of the claim as GitHub writes it, and a pattern as pairs: `repo:octo-org/app:ref:refs/heads/main`.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for pattern in outline.patterns() {
        // Behind `pull_request` what the core counts as a value may be a key with a wildcard.
        for (key, value) in pairs(pattern.text).into_iter().take_while(|(key, _)| !has_wildcard(key.text)) {
            let pairing = misplaced(pattern.text, key, value);
            let has_no_pair = pairing.is_some();
            let naming = || other(key.text, value).or_else(|| claim(key.text, CLAIMS));
            if let Some(help) = pairing.or_else(naming) {
                let message = format!("no subject has the key `{}`", key.text);
                report.add(pattern.part(key.at, key.text.len()), message, help);
            }
            if has_no_pair {
                // What follows would be taken for keys where it is values, and the other way round.
                break;
            }
        }
    }
    let known: Vec<&str> =
        CLAIMS.iter().chain(OF_TOKENS).filter(|name| !WORDS.contains(name)).copied().collect();
    for condition in outline.claims() {
        let help = match condition.name {
            "repo" => Some("did you mean `repository`?".to_owned()),
            word if WORDS.contains(&word) => None,
            name => claim(name, &known),
        };
        if let Some(help) = help {
            report.add(condition.span, format!("no token has the claim `{}`", condition.name), help);
        }
    }
}

/// What to write where a value stands in the place of a key.
fn misplaced(pattern: &str, key: Segment<'_>, value: Option<Segment<'_>>) -> Option<String> {
    let text = key.text;
    if text.starts_with("refs/") {
        return Some(format!("write `ref:{text}`"));
    }
    if let Some((name, value)) = text.split_once('=').filter(|(name, _)| CLAIMS.contains(name)) {
        return Some(format!("write `{name}:{value}`"));
    }
    // No claim's name has a slash.
    let is_repository = key.at == 0 && text.replace(ORIGIN, "o/n").matches('/').count() == 1;
    match value {
        Some(_) if is_repository => Some(format!("write `repo:{pattern}`")),
        None if is_repository => Some(format!("write `repo:{text}:ref:refs/heads/main`")),
        _ => text.contains('/').then(|| "write the key before it, such as `ref:`".to_owned()),
    }
}

/// What to write where a branch or a tag is named by a word that GitHub does not have.
fn other(key: &str, value: Option<Segment<'_>>) -> Option<String> {
    let kind = match key {
        "branch" => "refs/heads/",
        "tag" => "refs/tags/",
        _ => return None,
    };
    let name = value?.text;
    Some(format!("write `ref:{kind}{}`", name.strip_prefix(kind).unwrap_or(name)))
}

/// Which claim is meant; none when it is one, or resembles none.
fn claim(key: &str, known: &[&'static str]) -> Option<String> {
    if key.starts_with("repo_property_") {
        return None;
    }
    let other = OTHERS.iter().find(|(other, _)| *other == key).map(|(_, name)| *name);
    other.or_else(|| nearest(key, known)).map(|name| format!("did you mean `{name}`?"))
}
