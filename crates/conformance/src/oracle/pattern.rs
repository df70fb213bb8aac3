//! Subject patterns: void ones, wildcards, letter case, and the `refs/pull/` rule.
//!
//! Matching is dynamic programming with one row: which positions of the pattern can be reached after the characters
//! read so far. Nothing is compiled, nothing is clever.

/// Longest pattern that can match, in characters, counted as the author wrote it.
const LONGEST: usize = 512;

/// One place in a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// This very character.
    Literal(char),
    /// `?`: one character but `:`.
    One,
    /// `*`: any characters but `:`.
    Segment,
    /// `**` or more stars: any characters.
    Everything,
}

/// The positions of a pattern that can be reached after some characters of a subject.
pub type Row = Vec<bool>;

/// A pattern's characters with their wildcards, before any rule about subjects.
#[derive(Debug, Clone)]
pub struct Wildcards {
    tokens: Vec<Token>,
}

impl Wildcards {
    /// Reads a pattern; every text is one.
    pub fn new(pattern: &str) -> Self {
        let mut tokens = Vec::new();
        let mut rest = pattern.chars().peekable();
        while let Some(c) = rest.next() {
            tokens.push(match c {
                '?' => Token::One,
                '*' => {
                    let mut stars = 1;
                    while rest.next_if_eq(&'*').is_some() {
                        stars += 1;
                    }
                    if stars == 1 { Token::Segment } else { Token::Everything }
                }
                literal => Token::Literal(literal),
            });
        }
        Self { tokens }
    }

    /// The row before the first character.
    pub fn start(&self) -> Row {
        let mut row = vec![false; self.tokens.len() + 1];
        if let Some(first) = row.first_mut() {
            *first = true;
        }
        self.skip_stars(row)
    }

    /// The row after one more character, whose letter case counts unless `case_blind`.
    pub fn step(&self, row: &Row, character: char, case_blind: bool) -> Row {
        let mut next = vec![false; row.len()];
        for (position, token) in self.tokens.iter().enumerate() {
            if !row.get(position).copied().unwrap_or(false) {
                continue;
            }
            let reached = match *token {
                Token::Literal(literal) if case_blind => {
                    literal.eq_ignore_ascii_case(&character).then_some(position + 1)
                }
                Token::Literal(literal) => (literal == character).then_some(position + 1),
                Token::One => (character != ':').then_some(position + 1),
                Token::Segment => (character != ':').then_some(position),
                Token::Everything => Some(position),
            };
            if let Some(place) = reached.and_then(|position| next.get_mut(position)) {
                *place = true;
            }
        }
        self.skip_stars(next)
    }

    /// Whether the pattern is used up: what was read so far matches as a whole.
    pub fn accepts(&self, row: &Row) -> bool {
        row.last().copied().unwrap_or(false)
    }

    /// Whether the whole of `text` matches; `case_blind` has one entry for each character of `text`.
    pub(super) fn match_whole(&self, text: &str, case_blind: &[bool]) -> bool {
        let mut row = self.start();
        for (character, blind) in text.chars().zip(case_blind) {
            row = self.step(&row, character, *blind);
        }
        self.accepts(&row)
    }

    /// A star can stand for nothing.
    fn skip_stars(&self, mut row: Row) -> Row {
        let mut open = false;
        for (position, place) in row.iter_mut().enumerate() {
            *place = *place || open;
            let star = matches!(self.tokens.get(position), Some(Token::Segment | Token::Everything));
            open = *place && star;
        }
        row
    }
}

/// Whether the plain pattern (no `${origin}`, no legacy form) matches the whole subject.
pub fn pattern_matches(pattern: &str, subject: &str) -> bool {
    !is_void(pattern) && form_matches(pattern, subject)
}

/// Whether the plain pattern is void: it matches no subject, whatever its wildcards say.
pub fn never_matches(pattern: &str) -> bool {
    is_void(pattern) || breaks_key_rule(pattern)
}

/// Whether one form of a pattern, after `${origin}` and any legacy prefix, matches the whole subject.
pub(super) fn form_matches(form: &str, subject: &str) -> bool {
    if breaks_key_rule(form) || subject.chars().any(char_is_control) {
        return false;
    }
    if subject.contains("refs/pull/") && !form.contains("refs/pull/") {
        return false;
    }
    Wildcards::new(form).match_whole(subject, &case_blind_places(subject))
}

/// Whether the pattern, as its author wrote it, can match nothing at all.
///
/// Its keys are not looked at here, since a legacy form moves them.
pub(super) fn is_void(as_written: &str) -> bool {
    as_written.is_empty() || as_written.chars().count() > LONGEST || as_written.chars().any(char_is_control)
}

/// U+0000–U+001F and U+007F.
pub(super) fn char_is_control(c: char) -> bool {
    c.is_ascii_control()
}

/// Whether a key position holds a wildcard, other than a final `**` after something.
fn breaks_key_rule(form: &str) -> bool {
    let segments: Vec<&str> = form.split(':').collect();
    segments.iter().enumerate().step_by(2).any(|(place, key)| {
        let final_rest = *key == "**" && place > 0 && place + 1 == segments.len();
        key.contains(['*', '?']) && !final_rest
    })
}

/// For each character of the subject, whether its letter case is ignored.
pub fn case_blind_places(subject: &str) -> Vec<bool> {
    let mut places = Vec::new();
    let mut key = "";
    for (number, segment) in subject.split(':').enumerate() {
        if number > 0 {
            places.push(false);
        }
        if number % 2 == 0 {
            key = segment;
            places.extend(segment.chars().map(|_| false));
        } else {
            places.extend(value_places(key, segment));
        }
    }
    places
}

/// The case-blind places of the value of one key or claim.
pub(super) fn value_places(key: &str, value: &str) -> Vec<bool> {
    let mut slashes = 0;
    value
        .chars()
        .map(|c| {
            slashes += usize::from(c == '/');
            match key {
                "repo" | "repository" | "repository_owner" | "environment" | "actor" => true,
                "workflow_ref" | "job_workflow_ref" => slashes < 2,
                _ => false,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{case_blind_places, pattern_matches};

    #[test]
    fn stars_stop_at_colons_and_double_stars_do_not() {
        assert!(pattern_matches("a:*", "a:xyz/z"));
        assert!(pattern_matches("a:*", "a:"));
        assert!(!pattern_matches("a:*", "a:x:y"));
        assert!(pattern_matches("a:**", "a:x:y"));
        assert!(pattern_matches("a:x**y", "a:x:::y"));
        assert!(pattern_matches("a:x***y", "a:x:::y"));
        assert!(!pattern_matches("a:?", "a::"));
        assert!(pattern_matches("a:b:**", "a:b:c:d"));
    }

    #[test]
    fn a_wildcard_in_a_key_position_is_void() {
        for void in ["**", "*", "a:b:*", "a:b:c*:d", "a:b:***", "?:b", "a:b:**:c"] {
            assert!(!pattern_matches(void, "a:b:c:d"), "{void}");
        }
    }

    #[test]
    fn case_is_ignored_up_to_the_second_slash_of_a_workflow_ref() {
        let subject = "workflow_ref:O/r/.github";
        let blind: String = subject
            .chars()
            .zip(case_blind_places(subject))
            .filter(|(_, blind)| *blind)
            .map(|(c, _)| c)
            .collect();
        assert_eq!(blind, "O/r");
    }
}
