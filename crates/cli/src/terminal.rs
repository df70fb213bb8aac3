//! Text for a terminal: what may be shown, how wide, and whether in colour.

use std::io::{self, IsTerminal as _, Write as _};

pub(crate) use preview::plain::{counted, one_line};

/// The widest line that is written, in characters, where the words allow it.
pub(crate) const WIDTH: usize = 80;

/// Whether standard output takes colours: it is a terminal, and nobody said no (<https://no-color.org>).
pub(crate) fn has_colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    std::io::stdout().is_terminal() && !refused && !is_dumb
}

/// The text in the style of this SGR code (ECMA-48), such as `1` for bold and `1;33` for bold yellow; as it is where
/// there are no colours.
pub(crate) fn painted(code: &str, text: &str, is_coloured: bool) -> String {
    if is_coloured { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// Breaks lines at spaces so that none is wider than `width`, if its words allow it; every line but the first is
/// indented by `indent`. Line breaks of the text stay.
pub(crate) fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = if lines.is_empty() { String::new() } else { indent.to_owned() };
        let mut is_empty = true;
        for word in paragraph.split(' ') {
            if !is_empty && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::replace(&mut line, indent.to_owned()));
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// Tells what is wrong on the error stream, each in lines that are not wider.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn complain<'a>(messages: impl IntoIterator<Item = &'a str>, width: usize) -> io::Result<()> {
    for message in messages {
        let line = one_line(&format!("access-token: {message}"));
        writeln!(io::stderr(), "{}", wrapped(&line, width, "  "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_lines_at_spaces_only() {
        assert_eq!(wrapped("aa bb cc", 5, "  "), "aa bb\n  cc");
        assert_eq!(wrapped("aa\nbb", 5, "  "), "aa\n  bb");
        assert_eq!(wrapped("a-long-word b", 5, ""), "a-long-word\nb");
        assert_eq!(wrapped("", 5, ""), "");
    }
}
