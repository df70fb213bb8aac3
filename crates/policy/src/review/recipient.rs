//! One subject of one statement, as it is told.

use crate::model::{Statement, StatementSubject};

use super::change::{Example, Recipient};

/// The words for a subject of a statement.
pub(super) fn of(statement: &Statement, subject: &StatementSubject, example: Option<Example>) -> Recipient {
    Recipient {
        pattern: subject.text.clone(),
        statement: Some(statement.number),
        line: Some(statement.span.start.line),
        terms: statement.terms(),
        example,
    }
}
