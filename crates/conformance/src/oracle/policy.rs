//! What the text of a policy means.

use serde_yaml::{Mapping, Value};

use super::permissions::{Levels, Scope, read_entry, scope};
use super::statement::Statement;
use super::yaml;

/// Which of the two policy files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `access-token.yaml` of the owner's policy repository.
    Owner,
    /// `.github/access-token.yaml` of a target repository.
    Repository,
}

/// A policy that is valid as a whole; its invalid parts are gone.
#[derive(Debug)]
pub(super) struct Policy {
    /// As written in the file.
    pub(super) origin: String,
    /// Absent: the default counts.
    pub(super) allowed_subjects: Option<Vec<String>>,
    pub(super) allowed_repository_permissions: Levels,
    pub(super) statements: Vec<Statement>,
}

impl Policy {
    /// Reads the file of `OWNER/NAME`; nothing where the file as a whole is invalid.
    pub(super) fn read(text: &str, kind: Kind, repository: &str) -> Option<Self> {
        let tree = yaml::read(text)?;
        let fields = tree.as_mapping()?;
        let known: &[&str] = match kind {
            Kind::Owner => &["origin", "allowed-subjects", "allowed-repository-permissions", "statements"],
            Kind::Repository => &["origin", "statements"],
        };
        if !fields.keys().all(|key| key.as_str().is_some_and(|key| known.contains(&key))) {
            return None;
        }
        let origin = fields.get("origin")?.as_str()?;
        if !origin.eq_ignore_ascii_case(repository) {
            return None;
        }
        let allowed_subjects = match optional(fields, "allowed-subjects") {
            None => None,
            Some(list) => Some(strings(list.as_sequence()?)),
        };
        let allowed = match optional(fields, "allowed-repository-permissions") {
            None => Levels::new(),
            Some(entries) => permissions(entries.as_mapping()?, Kind::Repository),
        };
        let statements = match optional(fields, "statements") {
            None => Vec::new(),
            Some(list) => {
                let list = list.as_sequence()?;
                list.iter().filter_map(|statement| Statement::read(statement, kind, origin)).collect()
            }
        };
        Some(Self {
            origin: origin.to_owned(),
            allowed_subjects,
            allowed_repository_permissions: allowed,
            statements,
        })
    }
}

/// A field that is there and not `null`.
pub(super) fn optional<'a>(fields: &'a Mapping, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

/// The strings of a list; everything else in it is dropped.
pub(super) fn strings(list: &[Value]) -> Vec<String> {
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The valid entries of a mapping of permissions; everything else in it is dropped.
///
/// Two valid entries for one permission, in two spellings, are both dropped: nobody can say which one was meant.
pub(super) fn permissions(entries: &Mapping, kind: Kind) -> Levels {
    let mut levels = Levels::new();
    let mut twice = Vec::new();
    for (name, level) in entries {
        let (Some(name), Some(level)) = (name.as_str(), level.as_str()) else { continue };
        if let Ok((name, level)) = read_entry(name, level)
            && (kind == Kind::Owner || scope(&name) == Scope::Repository)
        {
            if levels.contains_key(&name) {
                twice.push(name.clone());
            }
            levels.insert(name, level);
        }
    }
    levels.retain(|name, _| !twice.contains(name));
    levels
}
