//! How subjects and patterns are spelled for `globset`.
//!
//! `globset` matches paths: `*` and `?` stop at `/`, one byte at a time. Ours stop at `:`, one character at a time,
//! and compare some letters without case. So both sides are spelled in an alphabet in which `globset`'s meaning is
//! exactly ours:
//!
//! - `:` and `/` trade places;
//! - a letter at a case-blind place becomes one of 26 control characters;
//! - a character that `globset` could read as several (not ASCII) or as a separator (`\`) becomes [`ESCAPE`] and
//!   eleven digits of base 4, which occur nowhere else;
//! - every text ends in one more separator, which keeps `globset`'s shortcuts for file names and extensions away.
//!
//! Control characters are free for this, because a subject or pattern that holds one is refused before.

use super::places::Place;

/// Begins the spelling of a character outside the plain alphabet.
const ESCAPE: char = '\x1b';
/// The digit 0 of such a spelling; 1, 2 and 3 follow it.
const DIGIT: u8 = 0x1c;
/// Enough base-4 digits for every Unicode scalar value (21 bits).
const DIGITS: u32 = 11;

/// What `*`, `**` and `?` mean, in `globset`'s words.
pub(super) const ANY: &str = "*";
pub(super) const ANY_ACROSS: &str = "{*,*/**/*}";
/// One byte that is no separator and begins no longer spelling, or one such spelling.
pub(super) const ONE: &str = "{[!\x1b-\x1f/],\x1b???????????}";
/// What every text ends in.
pub(super) const END: char = '/';

/// Spells a character of a subject.
pub(super) fn spell(character: char, place: Place, out: &mut String) {
    match character {
        ':' => out.push('/'),
        '/' => out.push(':'),
        letter if place == Place::CaseBlind && letter.is_ascii_alphabetic() => out.push(blind(letter)),
        plain if plain.is_ascii() && plain != '\\' => out.push(plain),
        other => {
            out.push(ESCAPE);
            for digit in (0..DIGITS).rev() {
                let value = (u32::from(other) >> (2 * digit)) & 3;
                out.push(char::from(DIGIT + u8::try_from(value).unwrap_or_default()));
            }
        }
    }
}

/// Spells a literal character of a pattern, so that `globset` takes it literally.
pub(super) fn spell_literal(character: char, place: Place, out: &mut String) {
    match character {
        '[' | ']' | '{' | '}' | ',' | '!' => {
            out.push('\\');
            out.push(character);
        }
        letter if place == Place::Open && letter.is_ascii_alphabetic() => {
            out.extend(['{', letter, ',', blind(letter), '}']);
        }
        other => spell(other, place, out),
    }
}

/// The control character that stands for a letter in either case.
fn blind(letter: char) -> char {
    u8::try_from(letter).map_or(letter, |byte| char::from(byte & 0x1f))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str, place: Place) -> String {
        let mut out = String::new();
        text.chars().for_each(|character| spell(character, place, &mut out));
        out
    }

    #[test]
    fn case_counts_only_where_it_should() {
        assert_eq!(spelled("aZ", Place::CaseBlind), spelled("Az", Place::CaseBlind));
        assert_ne!(spelled("a", Place::Exact), spelled("A", Place::Exact));
        assert_ne!(spelled("a", Place::Exact), spelled("a", Place::CaseBlind));
    }

    #[test]
    fn letters_that_only_look_alike_stay_different() {
        assert_ne!(spelled("k", Place::CaseBlind), spelled("\u{212a}", Place::CaseBlind));
        assert_ne!(spelled("s", Place::CaseBlind), spelled("\u{17f}", Place::CaseBlind));
    }

    #[test]
    fn every_character_has_its_own_spelling() {
        let all: std::collections::HashSet<String> = (' '..='\u{10ffff}')
            .map(|character| spelled(character.encode_utf8(&mut [0; 4]), Place::Exact))
            .collect();
        assert_eq!(all.len(), (' '..='\u{10ffff}').count());
    }
}
