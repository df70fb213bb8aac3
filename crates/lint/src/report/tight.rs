//! A place in the text, without what stands behind it.

use std::borrow::Cow;

use policy::source::{Position, Span};

/// The text with line breaks as YAML counts them: a carriage return alone is one, too.
pub(crate) fn plain_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same place without white space and lines of comments at its end: to the parser, a mapping of several lines ends
/// only where the next part begins.
pub(crate) fn tight(span: Span, lines: &[&str]) -> Span {
    let (start, end) = (within(span.start, lines), within(span.end, lines));
    let mut number = end.line;
    while number >= start.line {
        let line = number.checked_sub(1).and_then(|at| lines.get(at)).copied().unwrap_or_default();
        let from = if number == start.line { start.column.saturating_sub(1) } else { 0 };
        let to = if number == end.line { end.column.saturating_sub(1) } else { usize::MAX };
        let part: String = line.chars().take(to).skip(from).collect();
        let part = part.trim_end();
        if number == start.line || !(part.is_empty() || part.trim_start().starts_with('#')) {
            let column = from + part.chars().count() + 1;
            let tighter = Position { line: number, column };
            return Span { start, end: tighter.clamp(start, end.max(start)) };
        }
        number -= 1;
    }
    Span::at(start)
}

/// The nearest place that the text has: YAML 1.1 counts lines that YAML 1.2 does not.
fn within(place: Position, lines: &[&str]) -> Position {
    match place.line.checked_sub(1).and_then(|at| lines.get(at)) {
        Some(line) => Position { column: place.column.min(line.chars().count() + 1), ..place },
        None => Position {
            line: lines.len().max(1),
            column: lines.last().map_or(1, |line| line.chars().count() + 1),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, start: (usize, usize), end: (usize, usize)) -> (usize, usize) {
        let place = |(line, column)| Position { line, column };
        let lines: Vec<&str> = text.split('\n').collect();
        let end = tight(Span { start: place(start), end: place(end) }, &lines).end;
        (end.line, end.column)
    }

    #[test]
    fn ends_behind_the_last_word() {
        let text = "- a: 1\n  b: ä  \n\n  # a word\n- c\n";
        assert_eq!(shown(text, (1, 3), (5, 1)), (2, 7));
        assert_eq!(shown(text, (5, 3), (6, 1)), (5, 4));
        assert_eq!(shown(text, (2, 3), (2, 9)), (2, 7));
        assert_eq!(shown(text, (1, 1), (1, 1)), (1, 1));
    }

    #[test]
    fn never_grows_and_never_turns_around() {
        let text = "\n\n# only\n";
        assert_eq!(shown(text, (1, 1), (4, 1)), (1, 1));
        assert_eq!(shown(text, (9, 5), (9, 9)), (4, 1));
        assert_eq!(shown("a: b", (1, 3), (7, 9)), (1, 5));
        assert_eq!(shown("", (3, 3), (1, 1)), (1, 1));
    }
}
