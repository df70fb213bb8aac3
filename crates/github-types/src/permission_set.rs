//! The permissions that a token shall have.

use std::collections::BTreeMap;

use crate::{Level, Permission, Scope};

/// One or more permissions, each with a level, in the order of the names.
///
/// INVARIANT: never empty, because GitHub reads an absent or empty set as "every permission".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionSet(BTreeMap<Permission, Level>);

/// A set without any permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected at least one permission")]
pub struct PermissionSetError;

impl PermissionSet {
    /// The set with these entries.
    ///
    /// # Errors
    /// When there is none.
    pub fn new(entries: BTreeMap<Permission, Level>) -> Result<Self, PermissionSetError> {
        if entries.is_empty() { Err(PermissionSetError) } else { Ok(Self(entries)) }
    }

    /// A set of one.
    pub fn one(permission: Permission, level: Level) -> Self {
        Self(BTreeMap::from([(permission, level)]))
    }

    /// The entries, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (Permission, Level)> {
        self.0.iter().map(|(permission, level)| (*permission, *level))
    }

    /// The level of a permission, when it is in the set.
    pub fn get(&self, permission: Permission) -> Option<Level> {
        self.0.get(&permission).copied()
    }

    /// Whether every entry is of repository scope.
    pub fn is_repository_scoped(&self) -> bool {
        self.0.keys().all(|permission| permission.scope() == Scope::Repository)
    }

    /// The same set as GitHub's REST API writes it: snake-case name to level.
    pub fn to_api(&self) -> BTreeMap<String, String> {
        self.iter().map(|(permission, level)| (permission.api_name(), level.to_string())).collect()
    }
}

impl serde::Serialize for PermissionSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_never_empty() {
        assert_eq!(PermissionSet::new(BTreeMap::new()), Err(PermissionSetError));
    }

    #[test]
    fn tells_the_level_and_the_scope_of_what_it_holds() {
        let (contents, members) = ("contents".parse().unwrap(), "members".parse().unwrap());
        let set = PermissionSet::one(contents, Level::Write);
        assert_eq!((set.get(contents), set.get(members)), (Some(Level::Write), None));
        assert!(set.is_repository_scoped());
        let both = BTreeMap::from([(contents, Level::Read), (members, Level::Read)]);
        assert!(!PermissionSet::new(both).unwrap().is_repository_scoped());
    }

    #[test]
    fn writes_kebab_case_to_people_and_snake_case_to_github() {
        let set = PermissionSet::one("pull_requests".parse().unwrap(), Level::Write);
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"{"pull-requests":"write"}"#);
        assert_eq!(set.to_api(), BTreeMap::from([("pull_requests".to_owned(), "write".to_owned())]));
    }
}
