//! Names and globs of target repositories in an owner policy.

use std::fmt;
use std::str::FromStr;

use github_types::RepositoryName;

/// A repository name in which `*` stands for any characters and `?` for one; letter case does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryGlob(String);

/// Neither a name nor a glob of names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a repository name or a glob of names, such as `website` or `web-*`")]
pub struct RepositoryGlobError(String);

impl RepositoryGlob {
    /// Whether the glob covers that repository.
    pub fn covers(&self, name: &RepositoryName) -> bool {
        matches(self.0.as_bytes(), name.as_str().as_bytes())
    }
}

/// Matches from left to right; a mismatch goes back to the last star only, which takes at most
/// pattern × name steps.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut star = None;
    while let Some(byte) = name.get(seen) {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                star = Some((at, seen));
            }
            Some(expected) if *expected == b'?' || expected.eq_ignore_ascii_case(byte) => {
                at += 1;
                seen += 1;
            }
            _ => {
                let Some((after, covered)) = star else { return false };
                (at, seen) = (after, covered + 1);
                star = Some((after, seen));
            }
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

impl FromStr for RepositoryGlob {
    type Err = RepositoryGlobError;

    fn from_str(text: &str) -> Result<Self, RepositoryGlobError> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-*?".contains(&byte);
        if (1..=100).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RepositoryGlobError(text.chars().take(60).collect()))
        }
    }
}

impl fmt::Display for RepositoryGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_names_and_globs_of_names() {
        let covers =
            |glob: &str, name: &str| glob.parse::<RepositoryGlob>().unwrap().covers(&name.parse().unwrap());
        assert!(covers("website", "WebSite"));
        assert!(
            covers("*", "a") && covers("web-*", "web-") && covers("**", "a") && covers("*-*-c", "a-b-b-c")
        );
        assert!(covers("a?c", "abc") && covers("*b*", "abc"));
        assert!(
            !covers("web-*", "web") && !covers("a?c", "ac") && !covers("a", "ab") && !covers("*b", "abc")
        );
    }

    #[test]
    fn refuses_everything_else() {
        for text in ["", "octo-org/website", "a b", "{a,b}", "[ab]", &"x".repeat(101)] {
            assert!(text.parse::<RepositoryGlob>().is_err(), "{text}");
        }
    }
}
