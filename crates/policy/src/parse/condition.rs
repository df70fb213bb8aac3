//! The additional conditions of a statement. All of them narrow, and an error in one makes the statement void.

use std::collections::BTreeMap;

use github_types::Repository;

use super::document::Located;
use crate::diagnostic::{Code, Diagnostic};
use crate::expiry::Expiry;
use crate::pattern::{MAX_PATTERN_CHARS, ORIGIN, Pattern, PatternError, PatternKind};
use crate::repository_glob::RepositoryGlob;

/// The longest name of a claim.
const MAX_CLAIM_NAME: usize = 64;

/// Reads `claims`: names, each with a pattern or a list of patterns.
pub(super) fn claims(
    value: Located<'_>,
    origin: &Repository,
) -> Result<BTreeMap<String, Vec<Pattern>>, Diagnostic> {
    let expected = "a mapping of claim names to patterns, such as `event_name: push`";
    let fields = value.fields().ok_or_else(|| value.wrong_type("claims", expected))?;
    if fields.is_empty() {
        return Err(bad(value, "`claims` names no claim").with_help("name one, or leave `claims` out"));
    }
    let mut claims = BTreeMap::new();
    for field in fields {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !(1..=MAX_CLAIM_NAME).contains(&field.key.len()) || !field.key.bytes().all(is_name) {
            let shown: String = field.key.chars().take(60).collect();
            let message = format!("`{shown}` is not the name of a claim");
            return Err(Diagnostic::error(Code::BadCondition, field.key_span, message));
        }
        let patterns: Vec<Pattern> = match field.value.items() {
            Some(items) => items.map(|item| claim(field.key, item, origin)).collect::<Result<_, _>>()?,
            None => vec![claim(field.key, field.value, origin)?],
        };
        if patterns.is_empty() {
            return Err(bad(field.value, format!("`{}` has no pattern", field.key)));
        }
        claims.insert(field.key.to_owned(), patterns);
    }
    Ok(claims)
}

fn claim(name: &str, value: Located<'_>, origin: &Repository) -> Result<Pattern, Diagnostic> {
    let Some(text) = value.text() else {
        let help = "write it in quotes: claims are compared as texts";
        return Err(value.wrong_type(name, "a pattern").with_help(help));
    };
    if text.chars().count() > MAX_PATTERN_CHARS {
        return Err(bad(value, PatternError::TooLong.to_string()));
    }
    let text = text.replace(ORIGIN, &origin.to_string());
    Pattern::new(&text, PatternKind::Claim(name)).map_err(|error| bad(value, error.to_string()))
}

/// Reads `repositories`: names or globs of target repositories.
pub(super) fn repositories(value: Located<'_>) -> Result<Vec<RepositoryGlob>, Diagnostic> {
    let items = value.items().ok_or_else(|| value.wrong_type("repositories", "a list of names or globs"))?;
    items
        .map(|item| {
            let text =
                item.text().ok_or_else(|| item.wrong_type("repositories", "a list of names or globs"))?;
            text.parse()
                .map_err(|error: crate::repository_glob::RepositoryGlobError| bad(item, error.to_string()))
        })
        .collect()
}

/// Reads `expires`: a date or a timestamp.
pub(super) fn expires(value: Located<'_>) -> Result<Expiry, Diagnostic> {
    let text = value.text().ok_or_else(|| value.wrong_type("expires", "a date such as `2026-12-31`"))?;
    text.parse().map_err(|error: crate::expiry::ExpiryError| bad(value, error.to_string()))
}

/// Reads `description`: free text.
pub(super) fn description(value: Located<'_>) -> Result<String, Diagnostic> {
    value.text().map(str::to_owned).ok_or_else(|| value.wrong_type("description", "a text"))
}

fn bad(value: Located<'_>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadCondition, value.span(), message)
}
