//! What a pattern may look like, and its translation for `globset`.

use std::iter::Peekable;
use std::str::Chars;

use super::alphabet::{self, ANY, ANY_ACROSS, END, ONE};
use super::places::{Place, Places};

/// The longest pattern, in characters as written.
pub const MAX_PATTERN_CHARS: usize = 512;
/// What the parts of a pattern with a wildcard cost to compile, where a character that is compared exactly costs one:
/// about a quarter of a KiB while it is compiled, and a third of a microsecond.
///
/// Measured with `globset` 0.4 and rounded up: `*` takes 3 KiB and 5 microseconds, `**` 9 KiB and 15, `?` 10 KiB and
/// 15, and a letter after `**`, which compares in either case, a KiB and 3.
const ANY_COST: usize = 20;
const ANY_ACROSS_COST: usize = 50;
const ONE_COST: usize = 60;
const OPEN_LETTER_COST: usize = 8;
/// How much cheaper a pattern without a wildcard is: it is looked up, and no part of the automaton.
const LITERAL_SHARE: usize = 4;
/// The most `*` and `**` in a pattern. Each one is a place at which a match can go on, for every character.
pub const MAX_STARS: usize = 16;

/// What a pattern is matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternKind<'a> {
    /// A subject: `key:value` pairs.
    Subject,
    /// The value of the claim of this name.
    Claim(&'a str),
}

/// A pattern that can match something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    glob: String,
    cost: usize,
}

/// Why a pattern is void, that is, matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// No character at all.
    #[error("a pattern cannot be empty")]
    Empty,
    /// Longer than [`MAX_PATTERN_CHARS`].
    #[error("a pattern has at most {MAX_PATTERN_CHARS} characters")]
    TooLong,
    /// More than [`MAX_STARS`].
    #[error("a pattern has at most {MAX_STARS} of `*` and `**`")]
    TooManyStars,
    /// A control character.
    #[error("a pattern cannot hold control characters")]
    Control,
    /// A wildcard where a key stands.
    #[error("a wildcard in the place of a key matches nothing")]
    WildcardKey,
}

impl Pattern {
    /// Reads a pattern whose `${origin}` is already replaced.
    ///
    /// # Errors
    /// When the pattern is void.
    pub fn new(text: &str, kind: PatternKind<'_>) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.chars().any(|character| character.is_ascii_control()) {
            return Err(PatternError::Control);
        }
        let places = match kind {
            PatternKind::Subject if has_wildcard_key(text) => return Err(PatternError::WildcardKey),
            PatternKind::Subject => Places::of_subject(),
            PatternKind::Claim(name) => Places::of_claim(name),
        };
        let Translation { glob, stars, cost } = translate(text, places);
        if stars > MAX_STARS {
            return Err(PatternError::TooManyStars);
        }
        Ok(Self { text: text.to_owned(), glob, cost })
    }

    /// What it costs to match this pattern with others, in characters that are compared exactly.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    /// The pattern as written, `${origin}` replaced.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same in `globset`'s words.
    pub(super) fn glob(&self) -> &str {
        &self.glob
    }
}

/// Keys stand at the even places between colons. A final `**` is no key but "any claims that follow".
fn has_wildcard_key(text: &str) -> bool {
    let last = text.matches(':').count();
    text.split(':').enumerate().any(|(at, segment)| {
        let any_that_follow = at == last && at > 0 && segment == "**";
        at % 2 == 0 && segment.contains(['*', '?']) && !any_that_follow
    })
}

struct Translation {
    glob: String,
    stars: usize,
    cost: usize,
}

fn translate(text: &str, mut places: Places) -> Translation {
    let mut glob = String::with_capacity(text.len() + 1);
    let (mut stars, mut has_wildcard, mut cost) = (0, false, 1);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' if skip_stars(&mut characters) => {
                places.wildcard_across();
                glob.push_str(ANY_ACROSS);
                stars += 1;
                cost += ANY_ACROSS_COST;
            }
            '*' => {
                places.wildcard();
                glob.push_str(ANY);
                stars += 1;
                cost += ANY_COST;
            }
            '?' => {
                places.wildcard();
                glob.push_str(ONE);
                has_wildcard = true;
                cost += ONE_COST;
            }
            literal => {
                let (start, place) = (glob.len(), places.literal(literal));
                alphabet::spell_literal(literal, place, &mut glob);
                let is_open = place == Place::Open && literal.is_ascii_alphabetic();
                cost += if is_open { OPEN_LETTER_COST } else { glob.len() - start };
            }
        }
    }
    glob.push(END);
    if stars == 0 && !has_wildcard {
        cost = cost.div_ceil(LITERAL_SHARE);
    }
    Translation { glob, stars, cost }
}

/// Skips the stars that follow one; whether there were any.
fn skip_stars(characters: &mut Peekable<Chars<'_>>) -> bool {
    let mut any = false;
    while characters.next_if_eq(&'*').is_some() {
        any = true;
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_key_is_void() {
        let read = |text| Pattern::new(text, PatternKind::Subject).map(|_| ());
        for text in ["repo:o/r:*", "*:o/r", "repo:o/r:re?:x", "repo:o/r:***", "**", "*", "repo:o/r:x:y:*"] {
            assert_eq!(read(text), Err(PatternError::WildcardKey), "{text}");
        }
        for text in ["repo:*/*:**", "repo:o/r:ref:**", "repo:o/r:pull_request", "repo:o/r:ref:*"] {
            assert_eq!(read(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn claims_have_no_keys() {
        assert!(Pattern::new("*", PatternKind::Claim("actor")).is_ok());
        assert!(Pattern::new("a:*:b", PatternKind::Claim("custom")).is_ok());
    }

    #[test]
    fn a_pattern_has_at_most_sixteen_stars() {
        for star in ["*x", "**x"] {
            let read = |count| Pattern::new(&format!("a:{}", star.repeat(count)), PatternKind::Subject);
            assert!(read(16).is_ok(), "{star}");
            assert_eq!(read(17), Err(PatternError::TooManyStars), "{star}");
        }
    }

    #[test]
    fn refuses_nothing_and_control_characters() {
        assert_eq!(Pattern::new("", PatternKind::Subject), Err(PatternError::Empty));
        assert_eq!(Pattern::new("a\u{1b}", PatternKind::Subject), Err(PatternError::Control));
    }
}
