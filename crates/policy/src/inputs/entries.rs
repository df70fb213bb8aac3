//! Lists as workflows write them: with commas, on lines of their own, with dashes, in brackets.

/// The entries of a list, without dashes, quotes, comments and white space; empty ones left out.
///
/// Reads by hand what YAML would read too, because YAML makes numbers and booleans of names such as `1e3` and `on`.
pub(super) fn entries(text: &str) -> Vec<&str> {
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    text.lines()
        .map(without_comment)
        .flat_map(|line| line.split(','))
        .map(|entry| {
            let entry = entry.trim();
            unquoted(entry.strip_prefix("- ").unwrap_or(entry))
        })
        .filter(|entry| !entry.is_empty() && *entry != "-")
        .collect()
}

/// The line up to a `#` that begins a comment: at the start, or behind white space.
pub(super) fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with('#') {
        return "";
    }
    line.split(" #").next().unwrap_or(line)
}

/// The text inside a pair of quotes, or the text itself.
pub(super) fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inside = |quote: char| {
        let inner = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        inner.filter(|inner| !inner.contains(quote))
    };
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_way_to_write_a_list() {
        for text in [
            "a, b",
            "a\nb",
            "a,b,",
            "- a\n- b\n",
            "[a, b]",
            "[\"a\",'b']",
            " a # first\n# second\nb",
            "a\r\nb\r\n",
        ] {
            assert_eq!(entries(text), ["a", "b"], "{text}");
        }
        assert_eq!(entries("2048, 1e3, on"), ["2048", "1e3", "on"]);
        assert_eq!(entries(" \n,"), [""; 0]);
    }
}
