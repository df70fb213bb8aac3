//! Which repositories a token shall reach: a named few, or all of an installation.

use crate::RepositoryName;

/// The most repositories that one request may name.
pub const MAX_REPOSITORIES: usize = 32;

/// The repositories of one owner that a token shall reach.
///
/// INVARIANT: "none" cannot be said here, because GitHub reads an absent list as "every repository".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepositorySelection {
    /// Every repository of the installation, today's and tomorrow's.
    All,
    /// Exactly these.
    Listed(RepositoryList),
}

/// One to [`MAX_REPOSITORIES`] repositories, each once, in the order and spelling of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryList(Vec<RepositoryName>);

/// A list that cannot be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RepositoryListError {
    /// No repository at all.
    #[error("expected at least one repository")]
    Empty,
    /// More than [`MAX_REPOSITORIES`].
    #[error("expected at most {MAX_REPOSITORIES} repositories")]
    TooMany,
}

impl RepositoryList {
    /// A list of one.
    pub fn one(name: RepositoryName) -> Self {
        Self(vec![name])
    }

    /// The distinct names of `names`; of several spellings the first is kept.
    ///
    /// # Errors
    /// When there is none, or more than [`MAX_REPOSITORIES`] distinct ones.
    pub fn new(names: impl IntoIterator<Item = RepositoryName>) -> Result<Self, RepositoryListError> {
        let mut distinct: Vec<RepositoryName> = Vec::new();
        for name in names {
            if !distinct.contains(&name) {
                // Stopping here keeps the look-up above short, however long the list is.
                if distinct.len() == MAX_REPOSITORIES {
                    return Err(RepositoryListError::TooMany);
                }
                distinct.push(name);
            }
        }
        if distinct.is_empty() { Err(RepositoryListError::Empty) } else { Ok(Self(distinct)) }
    }

    /// The names, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, RepositoryName> {
        self.0.iter()
    }

    /// The names as a slice that is never empty.
    pub fn as_slice(&self) -> &[RepositoryName] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a RepositoryList {
    type Item = &'a RepositoryName;
    type IntoIter = std::slice::Iter<'a, RepositoryName>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl serde::Serialize for RepositoryList {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl serde::Serialize for RepositorySelection {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("ALL"),
            Self::Listed(list) => list.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<RepositoryName> {
        list.iter().map(|name| name.parse().unwrap()).collect()
    }

    #[test]
    fn keeps_the_first_spelling_of_each() {
        let list = RepositoryList::new(names(&["Website", "docs", "website"])).unwrap();
        assert_eq!(list.iter().map(RepositoryName::as_str).collect::<Vec<_>>(), ["Website", "docs"]);
        assert_eq!(list.as_slice(), names(&["website", "DOCS"]));
    }

    #[test]
    fn is_neither_empty_nor_endless() {
        assert_eq!(RepositoryList::new([]), Err(RepositoryListError::Empty));
        let many: Vec<_> = (0..33).map(|n| format!("r{n}").parse().unwrap()).collect();
        assert_eq!(RepositoryList::new(many.clone()), Err(RepositoryListError::TooMany));
        assert!(RepositoryList::new(many.into_iter().take(32)).is_ok());
    }
}
