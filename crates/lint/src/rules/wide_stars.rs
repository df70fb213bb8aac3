//! Two stars that reach further than they look.

use policy::diagnostic::Severity;

use super::{Report, Rule};
use crate::outline::Outline;
use crate::pairs::segments;

pub(super) const RULE: Rule = Rule {
    code: "AT021",
    name: "wide-stars",
    severity: Severity::Warning,
    summary: "`**` anywhere but as `:**` at the end.",
    reason: "It reaches over colons into the claims that follow, so that a value can hold what looks like another claim. `*` matches slashes already.",
    remedy: "Write `*`, or end the pattern with `:**`.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for pattern in outline.patterns() {
        let segments = segments(pattern.text);
        let last = segments.len().saturating_sub(1);
        for (at, segment) in segments.iter().enumerate() {
            let Some(found) = segment.text.find("**") else { continue };
            if at == last && at % 2 == 0 && segment.text == "**" {
                continue;
            }
            let stars = segment.text.get(found..).unwrap_or_default();
            let length = stars.len() - stars.trim_start_matches('*').len();
            let message = "`**` reaches over `:` into the claims that follow".to_owned();
            let help = "write `*`, which matches `/` as well; or end the pattern with `:**`".to_owned();
            report.add(pattern.part(segment.at + found, length), message, help);
        }
    }
}
