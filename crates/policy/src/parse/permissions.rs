//! Mappings of permissions to levels.

use std::collections::BTreeSet;

use github_types::{Level, Permission, PermissionError, Scope};

use super::document::{Field, Located, Report};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::Grants;

/// Which permissions may stand in a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// All that GitHub knows.
    Every,
    /// Those of repository scope.
    Repository,
}

/// Reads a mapping; an invalid entry is left out and reported. None when it is not a mapping.
pub(super) fn read(value: Located<'_>, allowed: Allowed, report: &mut Report) -> Option<Grants> {
    let fields = value.fields()?;
    let mut grants = Grants::new();
    let mut twice = BTreeSet::new();
    for field in &fields {
        let Some((permission, level)) = entry(field, allowed, report) else { continue };
        if grants.insert(permission, level).is_some() {
            let message = format!("`{permission}` is listed twice, in two spellings: none of them counts");
            let diagnostic = Diagnostic::error(Code::DuplicateKey, field.key_span, message);
            report.add(diagnostic.with_help("keep one of the two"));
            twice.insert(permission);
        }
    }
    grants.retain(|permission, _| !twice.contains(permission));
    Some(grants)
}

fn entry(field: &Field<'_>, allowed: Allowed, report: &mut Report) -> Option<(Permission, Level)> {
    let unknown = |error: PermissionError| {
        report.add_lazily(|| {
            let diagnostic = Diagnostic::error(Code::UnknownPermission, field.key_span, error.to_string());
            match error.meant() {
                Some(_) => diagnostic,
                None => diagnostic.with_help("take a name from docs/permissions.md"),
            }
        });
    };
    let permission: Permission = field.key.parse().map_err(unknown).ok()?;
    if allowed == Allowed::Repository && permission.scope() != Scope::Repository {
        let message = format!("`{permission}` is not a repository permission");
        let help = "grant it by a statement of the owner policy";
        report.add(Diagnostic::error(Code::OwnerPermission, field.key_span, message).with_help(help));
        return None;
    }
    let Some(text) = field.value.text() else {
        let diagnostic = field.value.wrong_type(field.key, &permission.expected_levels());
        report.add(diagnostic.with_help(entries(permission)));
        return None;
    };
    match permission.level(text) {
        Ok(level) => Some((permission, level)),
        Err(error) => {
            report.add_lazily(|| {
                Diagnostic::error(Code::UnknownLevel, field.value.span(), error.to_string())
                    .with_help(entries(permission))
            });
            None
        }
    }
}

/// What can be written of a permission.
fn entries(permission: Permission) -> String {
    let entry = |level: &Level| format!("`{permission}: {level}`");
    format!("write {}", permission.levels().iter().map(entry).collect::<Vec<_>>().join(" or "))
}

/// The complaint about something else in the place of a mapping, with what its author probably means.
pub(super) fn not_a_mapping(key: &str, value: Located<'_>) -> Diagnostic {
    let lines = understood(value).unwrap_or_else(|| vec!["contents: read".to_owned()]);
    let form =
        if value.items().is_some() { "without `- ` and brackets" } else { "with a space after its colon" };
    let help = format!("write one permission a line, {form}:\n{key}:\n  {}", lines.join("\n  "));
    value.wrong_type(key, "a mapping such as `contents: read`").with_help(help)
}

/// The permissions of a list, or of a text with commas, as lines of a mapping; none unless all are understood.
fn understood(value: Located<'_>) -> Option<Vec<String>> {
    /// The most that a help repeats.
    const MOST: usize = 8;
    let line = |name: &str, level: &str| {
        let permission: Permission = name.trim().parse().ok()?;
        let level = permission.level(level.trim()).ok()?;
        Some(format!("{permission}: {level}"))
    };
    let of_text = |text: &str| text.split_once([':', '=']).and_then(|(name, level)| line(name, level));
    let lines: Vec<Option<String>> = match (value.text(), value.items()) {
        (Some(text), _) => text.split(',').take(MOST + 1).map(of_text).collect(),
        (None, Some(items)) => {
            let of_item = |item: Located<'_>| match (item.text(), item.fields()) {
                (Some(text), _) => vec![of_text(text)],
                (None, Some(fields)) => {
                    fields.iter().map(|field| line(field.key, field.value.text()?)).collect()
                }
                (None, None) => vec![None],
            };
            items.flat_map(of_item).take(MOST + 1).collect()
        }
        (None, None) => Vec::new(),
    };
    lines.into_iter().collect::<Option<Vec<_>>>().filter(|lines| (1..=MOST).contains(&lines.len()))
}
