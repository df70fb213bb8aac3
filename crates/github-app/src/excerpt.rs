//! What a message repeats of GitHub's words: one short line.

/// The longest piece of GitHub's text in a message.
const MAX_CHARS: usize = 200;

/// The beginning of `text`, fit to stand in one line of a log.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short: String =
        text.chars().take(MAX_CHARS).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_short_line() {
        assert_eq!(excerpt("Not\nFound"), "Not\u{fffd}Found");
        assert_eq!(excerpt(&"é".repeat(10_000)).chars().count(), 201);
    }
}
