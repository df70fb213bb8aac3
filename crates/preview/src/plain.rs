//! What strangers wrote, made safe to show, and small words.

use lint::report::is_steering;

/// The text as one line that cannot steer a terminal.
///
/// SECURITY: policies, claims and file names are written by strangers.
pub fn one_line(text: &str) -> String {
    text.chars().map(|character| if is_steering(character) { '\u{fffd}' } else { character }).collect()
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
}
