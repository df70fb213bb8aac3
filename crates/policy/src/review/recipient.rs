//! One subject of one statement, as it is told.

use crate::model::{Statement, StatementSubject};

use super::change::{Example, Recipient};

/// The words for a subject of a statement.
pub(super) fn of(statement: &Statement, subject: &StatementSubject, example: Option<Example>) -> Recipient {
    let texts = |patterns: &Vec<crate::pattern::Pattern>| {
        patterns.iter().map(|pattern| pattern.text().to_owned()).collect()
    };
    Recipient {
        pattern: subject.text.clone(),
        statement: Some(statement.number),
        line: Some(statement.span.start.line),
        claims: statement.claims.iter().map(|(name, patterns)| (name.clone(), texts(patterns))).collect(),
        repositories: statement
            .repositories
            .as_ref()
            .map(|globs| globs.iter().map(ToString::to_string).collect()),
        expires: statement.expires.as_ref().map(ToString::to_string),
        example,
    }
}
