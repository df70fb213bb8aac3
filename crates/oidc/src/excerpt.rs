//! What a message repeats of a token: enough to recognise it, never a page, never a control character.

/// The longest piece of outside text in a message.
const MAX_CHARS: usize = 120;

/// The beginning of `text`, fit to stand between backticks in one line of a log.
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
        assert_eq!(excerpt("octo-org\nerror\u{1b}[31m"), "octo-org\u{fffd}error\u{fffd}[31m");
        assert_eq!(excerpt(&"é".repeat(120)).chars().count(), 120);
        assert_eq!(excerpt(&"é".repeat(10_000)).chars().count(), 121);
    }
}
