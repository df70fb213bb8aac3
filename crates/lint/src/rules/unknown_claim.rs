//! A key of a pattern that is nearly the name of a claim.

use policy::diagnostic::Severity;

use super::{Report, Rule};
use crate::outline::Outline;
use crate::pairs::{CLAIMS, pairs};

pub(super) const RULE: Rule = Rule {
    code: "AT014",
    name: "unknown-claim",
    severity: Severity::Warning,
    summary: "A key in a pattern that no subject has, and that looks like one that subjects have.",
    reason: "A pattern with a misspelled key matches nobody, and nothing else says so.",
    remedy: "Write the name of the claim as GitHub writes it.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for pattern in outline.patterns() {
        for (key, _) in pairs(pattern.text) {
            if let Some(name) = meant(key.text) {
                let message = format!("no subject has the key `{}`", key.text);
                report.add(pattern.part(key.at, key.text.len()), message, format!("did you mean `{name}`?"));
            }
        }
    }
}

/// The claim that a key resembles; none when it is one, or resembles none.
fn meant(key: &str) -> Option<&'static str> {
    const LONGEST: usize = 40;
    if key.len() > LONGEST || CLAIMS.contains(&key) || key.starts_with("repo_property_") {
        return None;
    }
    let plain = key.to_ascii_lowercase().replace('-', "_");
    CLAIMS
        .iter()
        .map(|name| (strsim::damerau_levenshtein(name, &plain), *name))
        .filter(|(distance, name)| *distance <= 3 && *distance * 2 < name.len())
        .min()
        .map(|(_, name)| name)
}
