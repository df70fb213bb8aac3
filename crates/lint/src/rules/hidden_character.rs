//! A character that reviewers do not see.

use policy::diagnostic::Severity;
use policy::source::{Position, Span};

use super::{Report, Rule};
use crate::outline::Outline;
use crate::report::{is_steering, plain_lines};

pub(super) const RULE: Rule = Rule {
    code: "AT027",
    name: "hidden-character",
    severity: Severity::Warning,
    summary: "A character that cannot be seen, or that changes the order in which a line is shown.",
    reason: "Reviewers see another text than the one that decides: `main` with such a character behind it looks like `main` and \
             matches nothing, and one that turns the direction makes a line read as another.",
    remedy: "Remove it: delete the text around the place and type it anew.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    // In a pattern each of them counts, written as an escape, too.
    for pattern in outline.patterns() {
        if let Some((before, found)) =
            pattern.text.char_indices().find(|(_, character)| is_steering(*character))
        {
            add(report, pattern.part(before, found.len_utf8()), found);
        }
    }
    let is_in_pattern = |place: Position| {
        outline.patterns().any(|pattern| pattern.span.start <= place && place < pattern.span.end)
    };
    let text = plain_lines(outline.text);
    for (line, written) in (1..).zip(text.split('\n')) {
        // Of several in a row, the first is told.
        let (mut before, mut was_hidden) = (' ', false);
        for (column, character) in (1..).zip(written.chars()) {
            let start = Position { line, column };
            let is_hidden = is_hidden(character, before);
            if is_hidden && !was_hidden && !is_in_pattern(start) {
                let end = Position { line, column: column + 1 };
                add(report, Span { start, end }, character);
            }
            (before, was_hidden) = (character, is_hidden);
        }
    }
}

/// Whether the character is not seen where it stands. Tabs are, and emoji and the writing of many languages need joiners
/// and selectors.
fn is_hidden(character: char, before: char) -> bool {
    let joins = matches!(character, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
        && !before.is_ascii_alphabetic();
    is_steering(character) && character != '\t' && !joins
}

fn add(report: &mut Report<'_>, span: Span, found: char) {
    let turns = matches!(found, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let harm = if turns { "changes the order in which this is shown" } else { "cannot be seen here" };
    let message = format!("U+{:04X} {harm}", u32::from(found));
    report.add(span, message, "remove it: delete the text around it and type it anew".to_owned());
}
