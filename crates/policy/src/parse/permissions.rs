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
            report.add(Diagnostic::error(Code::DuplicateKey, field.key_span, message));
            twice.insert(permission);
        }
    }
    grants.retain(|permission, _| !twice.contains(permission));
    Some(grants)
}

fn entry(field: &Field<'_>, allowed: Allowed, report: &mut Report) -> Option<(Permission, Level)> {
    let unknown = |error: PermissionError| {
        let diagnostic = || Diagnostic::error(Code::UnknownPermission, field.key_span, error.to_string());
        report.add_lazily(diagnostic);
    };
    let permission: Permission = field.key.parse().map_err(unknown).ok()?;
    if allowed == Allowed::Repository && permission.scope() != Scope::Repository {
        let message = format!("`{permission}` is not a repository permission");
        let help = "grant it by a statement of the owner policy";
        report.add(Diagnostic::error(Code::OwnerPermission, field.key_span, message).with_help(help));
        return None;
    }
    let Some(text) = field.value.text() else {
        report.add(field.value.wrong_type(field.key, "`read`, `write` or `admin`"));
        return None;
    };
    match permission.level(text) {
        Ok(level) => Some((permission, level)),
        Err(error) => {
            report.add(Diagnostic::error(Code::UnknownLevel, field.value.span(), error.to_string()));
            None
        }
    }
}
