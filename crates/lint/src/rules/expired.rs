//! A statement whose end is past.

use policy::diagnostic::Severity;

use super::{Report, Rule};
use crate::outline::Outline;

pub(super) const RULE: Rule = Rule {
    code: "AT022",
    name: "expired",
    severity: Severity::Warning,
    summary: "The statement has expired.",
    reason: "It grants nothing any more, and misleads whoever reads it.",
    remedy: "Remove the statement, or set a new end.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    let Some(now) = outline.now else { return };
    for statement in &outline.statements {
        let (Some(expiry), Some(place)) = (&statement.meaning.expires, statement.expires) else { continue };
        if expiry.is_past(now) {
            let message = "this statement has expired and grants nothing".to_owned();
            report.add(place, message, "remove the statement, or set a new end".to_owned());
        }
    }
}
