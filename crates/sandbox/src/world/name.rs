//! A name that compares without letter case, as the names of accounts and repositories do.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// A name as it was written; equal to every other spelling of it in ASCII letter case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Name {
    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(name)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_does_not_tell_names_apart() {
        assert_eq!(Name::from("Octo-Org"), Name::from("octo-org"));
        assert_eq!(Name::from("Octo-Org").cmp(&Name::from("octo-org")), Ordering::Equal);
        assert_eq!(Name::from("a").cmp(&Name::from("B")), Ordering::Less);
    }
}
