//! One subject of one statement, as it is told.

use crate::model::{Statement, StatementSubject};

use super::change::{Example, Recipient};

/// The words for a subject of a statement.
pub(super) fn of(statement: &Statement, subject: &StatementSubject, example: Option<Example>) -> Recipient {
    // Where only the short form itself makes a difference, what it stands for would tell of none.
    let is_bare = example.as_ref().is_some_and(|example| !example.subject.starts_with("repo:"));
    Recipient {
        pattern: if is_bare { subject.text.clone() } else { subject.meant().to_owned() },
        statement: Some(statement.number),
        line: Some(statement.span.start.line),
        terms: statement.terms(),
        example,
    }
}
