//! A statement whose end is near.

use policy::diagnostic::Severity;
use time::Duration;

use super::{Report, Rule};
use crate::outline::Outline;

/// How long before its end a statement is reported.
const SOON: Duration = Duration::days(30);

pub(super) const RULE: Rule = Rule {
    code: "AT023",
    name: "expires-soon",
    severity: Severity::Warning,
    summary: "The statement expires within 30 days.",
    reason: "From then on its jobs are refused.",
    remedy: "Set a new end if it is still needed, or remove the statement when it is not.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    let Some(now) = outline.now else { return };
    let Some(then) = now.checked_add(SOON) else { return };
    for statement in &outline.statements {
        let (Some(expiry), Some(place)) = (&statement.meaning.expires, statement.expires) else { continue };
        if !expiry.is_past(now) && expiry.is_past(then) {
            let message = format!("this statement expires within {} days", SOON.whole_days());
            report.add(place, message, "set a new end if it is still needed then".to_owned());
        }
    }
}
