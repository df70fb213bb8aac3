//! A repository by its full name.

use std::fmt;
use std::str::FromStr;

use crate::{NameError, OwnerName, RepositoryName};

/// A repository by its full name, `owner/name`, compared without letter case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    owner: OwnerName,
    name: RepositoryName,
}

/// A string that is not `owner/name`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryError {
    /// There is no `/`, or more than one.
    #[error("expected `owner/name`")]
    Form,
    /// One of the two names is wrong.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl Repository {
    /// The repository of that owner and name.
    pub fn new(owner: OwnerName, name: RepositoryName) -> Self {
        Self { owner, name }
    }

    /// The account that owns the repository.
    pub fn owner(&self) -> &OwnerName {
        &self.owner
    }

    /// The repository's name without its owner.
    pub fn name(&self) -> &RepositoryName {
        &self.name
    }
}

impl FromStr for Repository {
    type Err = RepositoryError;

    fn from_str(text: &str) -> Result<Self, RepositoryError> {
        let (owner, name) = text.split_once('/').ok_or(RepositoryError::Form)?;
        if name.contains('/') {
            return Err(RepositoryError::Form);
        }
        Ok(Self::new(owner.parse()?, name.parse()?))
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl serde::Serialize for Repository {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_owner_and_name() {
        let repository: Repository = "Octo-Org/Website".parse().unwrap();
        assert_eq!(repository, "octo-org/website".parse().unwrap());
        assert_eq!(repository.to_string(), "Octo-Org/Website");
    }

    #[test]
    fn refuses_other_forms() {
        for text in ["", "a", "a/", "/a", "a/b/c", "a/b/"] {
            assert!(text.parse::<Repository>().is_err(), "{text}");
        }
    }
}
