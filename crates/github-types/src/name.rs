//! Names of accounts and repositories, compared as GitHub compares them: without letter case.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// The longest account name that GitHub gives out, a short code of managed users included.
const MAX_OWNER_CHARS: usize = 39;
/// The longest repository name that GitHub accepts.
const MAX_REPOSITORY_CHARS: usize = 100;

/// A string that is not a name on GitHub.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not an account name.
    #[error(
        "`{0}` is not an account name: expected letters, digits and single inner hyphens, at most 39 characters"
    )]
    Owner(String),
    /// Not a repository name.
    #[error(
        "`{0}` is not a repository name: expected letters, digits, `.`, `_` and `-`, at most 100 characters"
    )]
    Repository(String),
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:ident, $error:expr) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(String);

        impl $name {
            /// The name in the spelling it was written in.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                if $check(text) { Ok(Self(text.to_owned())) } else { Err($error(shortened(text))) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.eq_ignore_ascii_case(&other.0)
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                for byte in self.0.bytes() {
                    state.write_u8(byte.to_ascii_lowercase());
                }
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                let lower = |name: &Self| name.0.to_ascii_lowercase();
                lower(self).cmp(&lower(other))
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    /// The name of an organization or user account, such as `octo-org`.
    ///
    /// Names of enterprise-managed users end in `_` and a short code.
    OwnerName,
    is_owner,
    NameError::Owner
);

name!(
    /// The name of a repository without its owner, such as `website`.
    RepositoryName,
    is_repository,
    NameError::Repository
);

fn is_owner(text: &str) -> bool {
    let (handle, short_code) = match text.split_once('_') {
        Some((handle, code)) => (handle, Some(code)),
        None => (text, None),
    };
    text.len() <= MAX_OWNER_CHARS
        && handle.split('-').all(is_alphanumeric)
        && short_code.is_none_or(is_alphanumeric)
}

fn is_alphanumeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_repository(text: &str) -> bool {
    (1..=MAX_REPOSITORY_CHARS).contains(&text.len())
        && text != "."
        && text != ".."
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// What a message repeats of a wrong name: enough to recognise it, never a page of it.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_without_letter_case() {
        let name = |text: &str| text.parse::<RepositoryName>().unwrap();
        assert!(name("a") < name("B") && name("A") < name("b") && name("b") > name("A"));
        assert_eq!(name("Website").partial_cmp(&name("website")), Some(Ordering::Equal));
    }

    #[test]
    fn accepts_the_names_that_github_gives_out() {
        for name in ["octo-org", "a", "A1-b2-C3", "octocat_acme", &"x".repeat(39)] {
            assert!(name.parse::<OwnerName>().is_ok(), "{name}");
        }
        for name in [".github-access-token", "a", "...", "1e3", "-", &"x".repeat(100)] {
            assert!(name.parse::<RepositoryName>().is_ok(), "{name}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for name in
            ["", "-a", "a-", "a--b", "a_", "_a", "a_b_c", "a_b-c", "a.b", "ä", "a/b", "a b", &"x".repeat(40)]
        {
            assert!(name.parse::<OwnerName>().is_err(), "{name}");
        }
        for name in ["", ".", "..", "a/b", "a b", "a%b", "K\u{212a}", &"x".repeat(101)] {
            assert!(name.parse::<RepositoryName>().is_err(), "{name}");
        }
    }

    #[test]
    fn compares_without_letter_case() {
        let (one, two): (OwnerName, OwnerName) = ("Octo-Org".parse().unwrap(), "octo-org".parse().unwrap());
        assert_eq!(one, two);
        assert_eq!(one.cmp(&two), Ordering::Equal);
        assert_eq!(one.to_string(), "Octo-Org");
        assert_eq!(std::collections::HashSet::from([one, two]).len(), 1);
    }

    #[test]
    fn a_message_never_repeats_a_page() {
        let error = "a b".repeat(500).parse::<OwnerName>().unwrap_err().to_string();
        assert!(error.chars().count() < 200, "{error}");
    }
}
