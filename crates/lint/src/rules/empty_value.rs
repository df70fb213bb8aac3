//! A key of a pattern that has no value.

use policy::diagnostic::Severity;

use super::{Report, Rule};
use crate::outline::Outline;
use crate::pairs::{CLAIMS, PULL_REQUEST, pairs};

pub(super) const RULE: Rule = Rule {
    code: "AT015",
    name: "empty-value",
    severity: Severity::Warning,
    summary: "A key in a pattern that has no value, or a statement with an empty list of subjects.",
    reason: "GitHub writes no empty values, so such a pattern matches nobody; nor does a statement without subjects.",
    remedy: "Write the value, or `*` for any; list a subject, or remove the statement.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for place in outline.statements.iter().filter_map(|statement| statement.empty) {
        let message = "without a subject this statement lets nobody in".to_owned();
        report.add(place, message, "list a subject, or remove the statement".to_owned());
    }
    for pattern in outline.patterns() {
        for (key, value) in pairs(pattern.text) {
            let is_lone_word = value.is_none() && (key.text == PULL_REQUEST || !CLAIMS.contains(&key.text));
            if value.is_some_and(|value| !value.text.is_empty()) || (is_lone_word && !key.text.is_empty()) {
                continue;
            }
            let colon = usize::from(value.is_some());
            let (place, message) = if key.text.is_empty() {
                (pattern.span, "a colon with nothing behind it".to_owned())
            } else {
                (pattern.part(key.at, key.text.len() + colon), format!("`{}` has no value", key.text))
            };
            let help = "write the value, or `*` for any; as it stands the pattern matches nobody";
            report.add(place, message, help.to_owned());
        }
    }
}
