//! The policy of one target repository.

use github_types::Repository;

use super::PolicyKind;
use super::document::{Field, Report, optional, unknown_key};
use super::statement;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::RepositoryPolicy;
use crate::nearest;
use crate::source::Span;

const KEYS: &[&str] = &["origin", "statements"];

pub(super) fn read(
    fields: &[Field<'_>],
    found_in: &Repository,
    report: &mut Report,
) -> Option<RepositoryPolicy> {
    refuse_unknown_keys(fields, KEYS, PolicyKind::Repository, report);
    let origin = origin(fields, found_in, report);
    // With a wrong origin the rest is still read, so that all problems are told at once.
    let names = origin.clone().unwrap_or_else(|| found_in.clone());
    let section = optional(fields, "statements");
    let statements = statement::read(section, PolicyKind::Repository, &names, report)?;
    Some(RepositoryPolicy { origin: origin?, statements })
}

pub(super) fn refuse_unknown_keys(
    fields: &[Field<'_>],
    known: &[&'static str],
    kind: PolicyKind,
    report: &mut Report,
) {
    let unknown: Vec<_> = fields.iter().filter(|field| !known.contains(&field.key)).collect();
    let misplaced = |field: &Field<'_>| {
        nearest(field.key, known).is_none() && nearest(field.key, statement::keys(kind)).is_some()
    };
    let first = unknown.iter().position(|field| misplaced(field));
    for (at, field) in unknown.into_iter().enumerate() {
        let diagnostic = unknown_key(field, known);
        report.fatal(match first {
            // One picture is enough.
            Some(first) if at == first => {
                diagnostic.with_help(format!("it belongs into a statement:\n{}", statement::PICTURE))
            }
            Some(_) if misplaced(field) => diagnostic.with_help("it belongs into a statement, too"),
            _ => diagnostic,
        });
    }
}

/// Reads `origin`, which must be the repository that the file was found in: a copied file grants nothing.
pub(super) fn origin(fields: &[Field<'_>], found_in: &Repository, report: &mut Report) -> Option<Repository> {
    let Some(value) = optional(fields, "origin") else {
        let diagnostic = Diagnostic::error(Code::MissingKey, Span::START, "a policy needs `origin`");
        report.fatal(diagnostic.with_help(format!("begin with `origin: {found_in}`")));
        return None;
    };
    let Some(text) = value.text() else {
        report.fatal(value.wrong_type("origin", &format!("`{found_in}`")));
        return None;
    };
    match text.parse::<Repository>() {
        Ok(origin) if origin == *found_in => Some(origin),
        _ => {
            let shown: String = text.chars().take(140).collect();
            let message = format!("`origin` must be this repository, `{found_in}`, found `{shown}`");
            let help = format!("write `origin: {found_in}`, if this repository shall grant what stands here");
            report.fatal(Diagnostic::error(Code::WrongOrigin, value.span(), message).with_help(help));
            None
        }
    }
}
