//! What strangers wrote, made safe to show, and small words.

use lint::report::is_steering;

/// The text as one line that cannot steer a terminal.
///
/// SECURITY: policies, claims and file names are written by strangers.
pub fn one_line(text: &str) -> String {
    text.chars().map(|character| if is_steering(character) { '\u{fffd}' } else { character }).collect()
}

/// Our words with a stranger's in backticks, each made safe in its way. Backticks that do not pair up quote nothing.
pub(crate) fn quoted(text: &str, ours: fn(&str) -> String, theirs: fn(&str) -> String) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return ours(text);
    }
    let part = |(number, part): (usize, &&str)| match (number % 2, part.is_empty()) {
        (_, true) => String::new(),
        (0, false) => ours(part),
        (_, false) => theirs(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// `1 file`, `2 files`.
pub fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_nothing_that_steers_a_terminal() {
        assert_eq!(one_line("a\u{1b}[31mb\nc\u{202e}d"), "a\u{fffd}[31mb\u{fffd}c\u{fffd}d");
    }

    #[test]
    fn shows_what_cannot_be_seen() {
        assert_eq!(
            one_line("main\u{200b} \u{3164}\u{e0041}\u{2028}ü"),
            "main\u{fffd} \u{fffd}\u{fffd}\u{fffd}ü"
        );
    }
}
