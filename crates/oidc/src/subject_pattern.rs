//! Wildcard patterns on `sub`, by which a server limits whom it serves at all.

use std::fmt;
use std::str::FromStr;

/// The longest pattern, in bytes.
const MAX_BYTES: usize = 512;

/// A pattern on the whole subject: `*` is any characters, `?` is one, everything else is itself in any letter
/// case (ASCII only).
///
/// This is the broker's coarse outer gate. The subject patterns of policies have another, stricter grammar.
///
/// ```
/// let pattern: oidc::SubjectPattern = "repo:octo-org/*".parse()?;
/// assert!(pattern.matches("repo:Octo-Org/website:ref:refs/heads/main"));
/// assert!(!pattern.matches("repo:octo-org-2/website:ref:refs/heads/main"));
/// # Ok::<(), oidc::SubjectPatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectPattern(Vec<char>);

/// A string that is no usable pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubjectPatternError {
    /// There is no character in it.
    #[error("a subject pattern is empty")]
    Empty,
    /// It is longer than any subject needs.
    #[error("a subject pattern is longer than {MAX_BYTES} bytes")]
    TooLong,
}

impl SubjectPattern {
    /// Whether the pattern matches the whole of `subject`.
    ///
    /// Only the last `*` met is ever tried again, so that the time is bounded by the length of the subject times
    /// that of the pattern, which the operator wrote and which is short; no subject makes it explode.
    pub fn matches(&self, subject: &str) -> bool {
        let mut pattern = self.0.as_slice();
        let mut rest = subject.chars();
        // What follows the last `*`, and where in the subject the next try of it begins.
        let mut retry = None;
        loop {
            match (pattern.split_first(), rest.clone().next()) {
                (Some(('*', after)), _) => {
                    retry = Some((after, rest.clone()));
                    pattern = after;
                    continue;
                }
                (Some((expected, after)), Some(found))
                    if *expected == '?' || expected.eq_ignore_ascii_case(&found) =>
                {
                    pattern = after;
                    rest.next();
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            // A dead end: let the last `*` swallow one character more.
            let Some((after, from)) = &mut retry else { return false };
            if from.next().is_none() {
                return false;
            }
            pattern = after;
            rest = from.clone();
        }
    }
}

impl FromStr for SubjectPattern {
    type Err = SubjectPatternError;

    fn from_str(text: &str) -> Result<Self, SubjectPatternError> {
        match text.len() {
            0 => Err(SubjectPatternError::Empty),
            1..=MAX_BYTES => Ok(Self(text.chars().collect())),
            _ => Err(SubjectPatternError::TooLong),
        }
    }
}

impl fmt::Display for SubjectPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|c| write!(f, "{c}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, subject: &str) -> bool {
        pattern.parse::<SubjectPattern>().unwrap().matches(subject)
    }

    #[test]
    fn matches_the_whole_subject() {
        for (pattern, subject) in [
            ("*", ""),
            ("*", "a:b/c\nd"),
            ("a", "A"),
            ("a*", "a"),
            ("*b*d", "abcd"),
            ("*ab", "aab"),
            ("?", "é"),
            ("a?c", "abc"),
            ("repo:OCTO-ORG/*:ref:refs/heads/main", "repo:octo-org/a/b:ref:refs/heads/main"),
        ] {
            assert!(matches(pattern, subject), "{pattern} {subject}");
        }
        for (pattern, subject) in [
            ("a", ""),
            ("a", "ab"),
            ("b", "ab"),
            ("?", ""),
            ("?", "ab"),
            ("a*b", "abc"),
            ("a*", "ba"),
            ("a|b", "a"),
            ("a.c", "abc"),
            ("[a]", "a"),
        ] {
            assert!(!matches(pattern, subject), "{pattern} {subject}");
        }
    }

    #[test]
    fn folds_ascii_letters_only() {
        assert!(!matches("k", "\u{212a}"));
        assert!(!matches("s", "\u{17f}"));
        assert!(!matches("é", "É"));
    }

    #[test]
    fn agrees_with_the_obvious_matcher() {
        fn obvious(pattern: &[u8], subject: &[u8]) -> bool {
            match pattern.split_first() {
                None => subject.is_empty(),
                Some((b'*', after)) => (0..=subject.len()).any(|at| obvious(after, &subject[at..])),
                Some((c, after)) => subject
                    .split_first()
                    .is_some_and(|(d, rest)| (*c == b'?' || c == d) && obvious(after, rest)),
            }
        }
        for pattern in words("ab*?", 5) {
            for subject in words("ab", 5) {
                let expected = obvious(pattern.as_bytes(), subject.as_bytes());
                assert_eq!(matches(&pattern, &subject), expected, "{pattern} {subject}");
            }
        }
    }

    /// Every word of 1 to `longest` letters.
    fn words(letters: &str, longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last
                .iter()
                .flat_map(|word| letters.chars().map(move |letter| format!("{word}{letter}")))
                .collect();
            all.extend(last.clone());
        }
        all.retain(|word| !word.is_empty());
        all
    }

    #[test]
    fn no_subject_makes_it_explode() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!matches(&pattern, &"a".repeat(16 * 1024)));
    }

    #[test]
    fn is_told_as_it_was_written() {
        let text = "repo:Octo-Org/*:ref:é?";
        assert_eq!(text.parse::<SubjectPattern>().unwrap().to_string(), text);
    }

    #[test]
    fn is_neither_empty_nor_endless() {
        assert_eq!("".parse::<SubjectPattern>(), Err(SubjectPatternError::Empty));
        assert_eq!("a".repeat(513).parse::<SubjectPattern>(), Err(SubjectPatternError::TooLong));
    }
}
