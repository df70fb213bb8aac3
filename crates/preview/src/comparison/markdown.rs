//! The changes as Markdown, for a comment or a step summary.

use policy::review::{Change, Direction};

use super::{Comparison, words};
use crate::plain::{one_line, quoted};

/// A table for each comparison.
pub fn of(comparisons: &[Comparison]) -> String {
    comparisons.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(comparison: &Comparison) -> String {
    let mut text = format!("### {} → {}\n\n", code(&comparison.old), code(&comparison.new));
    for remark in &comparison.remarks {
        text.push_str(&format!("> {}\n", plain(remark)));
    }
    if !comparison.remarks.is_empty() {
        text.push('\n');
    }
    let changes: Vec<&Change> = comparison.review.changes.iter().collect();
    if !changes.is_empty() {
        text.push_str("| | risk | what | who |\n| --- | --- | --- | --- |\n");
    }
    for change in &changes {
        let sign = if change.direction == Direction::Widens { "➕ widens" } else { "➖ narrows" };
        let details: Vec<String> =
            words::details(change).iter().map(|(word, detail)| format!("{word} {}", code(detail))).collect();
        let risk = words::risk(change.risk);
        text.push_str(&format!(
            "| {sign} | {risk} | {} | {} |\n",
            plain(&words::what(change)),
            details.join("<br>")
        ));
    }
    if !changes.is_empty() {
        text.push('\n');
    }
    text.push_str(&format!("{}\n", words::sum(&changes)));
    text
}

/// SECURITY: an author's text must not become a link, an image or another row.
fn code(text: &str) -> String {
    let text = one_line(text).replace('|', "\\|");
    let fence = "`".repeat(text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default() + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Our own words, with what is in backticks left as code.
///
/// SECURITY: that is a stranger's, and may have backticks of its own.
fn plain(text: &str) -> String {
    quoted(&one_line(text), escaped, code)
}

/// What means something to Markdown or HTML, or becomes a link, no longer does.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.replace("://", "&#58;//").replace("www.", "www&#46;").chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '[' | ']' | '!' | '*' | '_' | '~' | '|' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_file_means_anything() {
        assert_eq!(plain("`main:a` is of octo-org/a, so <b>"), "`main:a` is of octo-org/a, so &lt;b>");
        assert_eq!(
            plain("`a`![x](https://example.com)`b@octocat` is gone"),
            "`a`\\!\\[x\\](https&#58;//example.com)`b@octocat` is gone"
        );
        assert_eq!(
            plain("`a` [x] www.example.com` @octocat"),
            "\\`a\\` \\[x\\] www&#46;example.com\\` &#64;octocat"
        );
    }
}
