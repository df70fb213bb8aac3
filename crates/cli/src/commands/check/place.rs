//! Where a diagnostic points, as bytes of the text.

use std::ops::Range;

use policy::source::{Position, Span};

/// The stretch of the text to underline: within one line, because a mark over many lines hides more than it shows.
pub(super) fn underlined(text: &str, span: Span) -> Range<usize> {
    let line = line(text, span.start.line);
    let start = byte(text, &line, span.start);
    let end = if span.end.line > span.start.line { line.end } else { byte(text, &line, span.end) };
    let stretch = text.get(start..end.max(start)).unwrap_or_default();
    start..start + stretch.trim_end().len()
}

/// The bytes of a line, counted from 1, without its end. Behind the last line, the end of the text.
fn line(text: &str, number: usize) -> Range<usize> {
    let mut start = 0;
    for _ in 1..number {
        match text.get(start..).and_then(|rest| rest.find('\n')) {
            Some(length) => start += length + 1,
            None => return text.len()..text.len(),
        }
    }
    let rest = text.get(start..).unwrap_or_default();
    let length = rest.find('\n').unwrap_or(rest.len());
    start..start + length
}

/// The byte of a place, whose column is counted in characters.
fn byte(text: &str, line: &Range<usize>, place: Position) -> usize {
    let content = text.get(line.clone()).unwrap_or_default();
    let in_line = content.char_indices().nth(place.column.saturating_sub(1)).map(|(at, _)| at);
    line.start + in_line.unwrap_or(content.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn underline(text: &str, start: (usize, usize), end: (usize, usize)) -> &str {
        let place = |(line, column)| Position { line, column };
        text.get(underlined(text, Span { start: place(start), end: place(end) })).unwrap()
    }

    #[test]
    fn counts_columns_in_characters() {
        assert_eq!(underline("ä: b\nöü: c\n", (2, 2), (2, 3)), "ü");
    }

    #[test]
    fn keeps_to_the_first_line() {
        assert_eq!(underline("a:  \n  b: 1\n", (1, 1), (2, 7)), "a:");
        assert_eq!(underline("a: 1\r\nb: 2\r\n", (1, 4), (2, 1)), "1");
    }

    #[test]
    fn stays_within_the_text() {
        for place in [(1, 9), (2, 1), (9, 9), (0, 0)] {
            assert_eq!(underline("ab\n", place, place), "");
        }
        assert_eq!(underline("", (1, 1), (3, 3)), "");
    }
}
