//! Statements: who gets what.

use github_types::Repository;

use super::PolicyKind;
use super::condition;
use super::document::{Field, Located, Report, optional, unknown_key};
use super::permissions::{self, Allowed};
use crate::diagnostic::{Code, Diagnostic};
use crate::matcher::Matcher;
use crate::model::{Statement, StatementSubject, Statements};
use crate::nearest;
use crate::pattern::{MAX_PATTERN_CHARS, Pattern, PatternError, PatternKind, PatternSetError, expand};
use crate::source::Span;

const KEYS: &[&str] = &["subjects", "permissions", "description", "claims", "expires"];
const OWNER_KEYS: &[&str] = &["subjects", "permissions", "description", "claims", "expires", "repositories"];

/// What a list of statements looks like.
pub(super) const PICTURE: &str = "\
statements:
  - subjects:
      - repo:octo-org/app:ref:refs/heads/main
    permissions:
      contents: read";

const SUBJECTS: &str = "['repo:octo-org/app:ref:refs/heads/main']";

/// The keys of a statement.
pub(super) fn keys(kind: PolicyKind) -> &'static [&'static str] {
    match kind {
        PolicyKind::Owner => OWNER_KEYS,
        PolicyKind::Repository => KEYS,
    }
}

/// Reads the section `statements`; an invalid statement is left out and reported.
pub(super) fn read(
    section: Option<Located<'_>>,
    kind: PolicyKind,
    origin: &Repository,
    report: &mut Report,
) -> Option<Statements> {
    let mut list = Vec::new();
    if let Some(section) = section {
        let Some(items) = section.items() else {
            let help = format!("put `- ` before each statement:\n{PICTURE}");
            report.fatal(section.wrong_type("statements", "a list").with_help(help));
            return None;
        };
        for (at, item) in items.enumerate() {
            list.extend(statement(item, at + 1, kind, origin, report));
        }
    }
    match Matcher::new(&list) {
        Ok(matcher) => Some(Statements { list, matcher }),
        Err(error) => {
            let span = section.map_or(Span::START, Located::span);
            report.fatal(too_costly(span, error));
            None
        }
    }
}

/// Says that patterns cannot be matched together, and what makes them so costly.
pub(super) fn too_costly(span: Span, error: PatternSetError) -> Diagnostic {
    Diagnostic::error(Code::TooComplex, span, error.to_string()).with_help(PatternSetError::HELP)
}

fn statement(
    item: Located<'_>,
    number: usize,
    kind: PolicyKind,
    origin: &Repository,
    report: &mut Report,
) -> Option<Statement> {
    let Some(fields) = item.fields() else {
        let expected = "a list of mappings with `subjects` and `permissions`";
        let help = || format!("write each statement like this:\n{PICTURE}");
        report.add_lazily(|| item.wrong_type("statements", expected).with_help(help()));
        return None;
    };
    let mut is_valid = true;
    let known = keys(kind);
    for field in fields.iter().filter(|field| !known.contains(&field.key)) {
        report.add(unknown_key(field, known));
        is_valid = false;
    }
    let subjects = required(&fields, ("subjects", SUBJECTS), item, report)
        .and_then(|value| subjects(value, origin, report));
    let allowed = if kind == PolicyKind::Owner { Allowed::Every } else { Allowed::Repository };
    let permissions =
        required(&fields, ("permissions", "{contents: read}"), item, report).and_then(|value| {
            let grants = permissions::read(value, allowed, report);
            if grants.is_none() {
                report.add(permissions::not_a_mapping("permissions", value));
            }
            grants
        });

    let mut conditions = Conditions { fields: &fields, report, is_valid };
    let description = conditions.read("description", condition::description);
    let claims = conditions.read("claims", |value| condition::claims(value, origin)).unwrap_or_default();
    let repositories = conditions.read("repositories", condition::repositories);
    let expires = conditions.read("expires", condition::expires);
    let is_valid = conditions.is_valid;

    let (Some(subjects), Some(permissions), true) = (subjects, permissions, is_valid) else { return None };
    let span = item.span();
    Some(Statement { number, span, description, subjects, permissions, claims, repositories, expires })
}

/// The optional keys of a statement; an error in one makes the statement void, never wider.
struct Conditions<'a, 'r> {
    fields: &'r [Field<'a>],
    report: &'r mut Report,
    is_valid: bool,
}

impl<'a> Conditions<'a, '_> {
    fn read<T>(&mut self, key: &str, read: impl FnOnce(Located<'a>) -> Result<T, Diagnostic>) -> Option<T> {
        match optional(self.fields, key).map(read)? {
            Ok(condition) => Some(condition),
            Err(diagnostic) => {
                let help = diagnostic.help.clone().map_or_else(String::new, |help| format!("{help}; "));
                self.report.add(
                    diagnostic.with_help(format!(
                        "{help}until this is corrected, the whole statement grants nothing"
                    )),
                );
                self.is_valid = false;
                None
            }
        }
    }
}

fn required<'a>(
    fields: &[Field<'a>],
    (key, example): (&'static str, &str),
    statement: Located<'_>,
    report: &mut Report,
) -> Option<Located<'a>> {
    let value = optional(fields, key);
    if value.is_none() {
        let span = Span { start: statement.span().start, end: statement.span().start };
        report.add_lazily(|| {
            let diagnostic = Diagnostic::error(Code::MissingKey, span, format!("a statement needs `{key}`"));
            let is_misspelled = |field: &Field<'_>| nearest(field.key, &[key]).is_some();
            match fields.iter().any(is_misspelled) {
                // The complaint about that key says what to do.
                true => diagnostic,
                false => diagnostic.with_help(format!("add `{key}: {example}`")),
            }
        });
    }
    value
}

fn subjects(value: Located<'_>, origin: &Repository, report: &mut Report) -> Option<Vec<StatementSubject>> {
    let Some(items) = value.items() else {
        report.add(value.wrong_type("subjects", "a list").with_help("put `- ` before each subject"));
        return None;
    };
    let mut subjects = Vec::new();
    for item in items {
        let Some(text) = item.text() else {
            report.add(not_a_text(item));
            continue;
        };
        match patterns(text, origin) {
            Ok(patterns) => subjects.push(StatementSubject { text: text.to_owned(), patterns }),
            Err(error) => report.add(void(item, error)),
        }
    }
    Some(subjects)
}

/// The patterns a subject stands for; an error when none of them can match anything.
fn patterns(text: &str, origin: &Repository) -> Result<Vec<Pattern>, PatternError> {
    let mut patterns = Vec::new();
    let mut first_error = None;
    for form in expanded(text, origin)? {
        match Pattern::new(&form, PatternKind::Subject) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        Some(error) if patterns.is_empty() => Err(error),
        _ => Ok(patterns),
    }
}

fn expanded(text: &str, origin: &Repository) -> Result<Vec<String>, PatternError> {
    if text.is_empty() {
        return Err(PatternError::Empty);
    }
    if text.chars().count() > MAX_PATTERN_CHARS {
        return Err(PatternError::TooLong);
    }
    Ok(expand(text, origin))
}

/// The complaint about an entry that is no pattern.
pub(super) fn not_a_text(item: Located<'_>) -> Diagnostic {
    let message = format!("expected a pattern, found {}", item.kind());
    Diagnostic::error(Code::WrongType, item.span(), message)
        .with_help("put no space after a colon, or use quotes")
}

/// Whether a pattern begins with the name of a repository: no key has a slash.
fn is_of_repository(pattern: &str) -> bool {
    pattern.split(':').next().is_some_and(|first| first.contains('/'))
}

/// The complaint about a pattern that can match nothing.
pub(super) fn void(item: Located<'_>, error: PatternError) -> Diagnostic {
    let help = match error {
        PatternError::WildcardKey if item.text().is_some_and(is_of_repository) => "begin with `repo:`",
        PatternError::WildcardKey => {
            "write the key, such as `ref`, or end with `:**` for any claims that follow"
        }
        PatternError::Empty => {
            "write a subject, such as `repo:octo-org/app:ref:refs/heads/main`, or remove it"
        }
        PatternError::TooLong => "write `*` for a part of it",
        PatternError::TooManyStars => "write several patterns with fewer stars each",
        PatternError::Control => "remove it: delete the text around it and type it anew",
    };
    Diagnostic::error(Code::VoidPattern, item.span(), error.to_string()).with_help(help)
}
