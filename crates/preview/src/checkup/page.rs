//! The page of the step, in GitHub's Markdown.
//!
//! SECURITY: policies, tests and file names are written by strangers: none of their words may become a link, an image,
//! a row or HTML.

use lint::report::is_steering;
use policy::diagnostic::Severity;

use super::Base;
use super::findings::Findings;
use crate::comparison::markdown;
use crate::plain::{counted, quoted};

/// The most bytes of a page; GitHub drops one of more than 1 MiB as a whole.
const MOST_BYTES: usize = 900_000;
/// The most rows of findings and of failed tests.
const MOST_ROWS: usize = 200;

/// The whole page.
pub(super) fn of(findings: &Findings, base: &Base, passed: bool, conclusion: &str) -> String {
    let sign = if passed { "✅" } else { "❌" };
    let mut text = format!("## Access token policies\n\n{sign} {}\n\n", escaped(conclusion));
    text.push_str(&problems(findings));
    text.push_str(&tests(findings));
    text.push_str(&changes(findings, base));
    for note in &findings.notes {
        text.push_str(&format!("> {}\n\n", words(note)));
    }
    cut(text)
}

fn problems(findings: &Findings) -> String {
    let mut rows = Vec::new();
    for unread in &findings.report.unread {
        rows.push(format!("| error | {} | {} | |\n", place(&unread.path, None), words(&unread.message)));
    }
    for file in findings.files() {
        for finding in &file.findings {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            rows.push(format!(
                "| {severity} | {} | {} ({}) | {} |\n",
                place(&file.path, Some(finding.span.start.line)),
                words(&finding.message),
                finding.code,
                words(finding.help.as_deref().unwrap_or_default()),
            ));
        }
    }
    table("Findings", "| | where | what | what to do |\n| --- | --- | --- | --- |\n", rows)
}

fn tests(findings: &Findings) -> String {
    if findings.suites.is_empty() && findings.broken.is_empty() {
        return String::new();
    }
    let mut text = "### Tests\n\n".to_owned();
    let mut rows = Vec::new();
    for suite in &findings.suites {
        let (all, failed) = (suite.trials.len(), suite.failures());
        let came = if failed == 0 { "all as expected".to_owned() } else { format!("{failed} failed") };
        text.push_str(&format!("{}: {}, {came}\n\n", code(&suite.path), counted(all, "test")));
        for trial in &suite.trials {
            if let Some(problem) = &trial.problem {
                let lines: Vec<String> = problem.iter().map(|line| words(line)).collect();
                let place = place(&suite.path, Some(trial.line));
                rows.push(format!("| {place} | {} | {} |\n", escaped(&trial.name), lines.join("<br>")));
            }
        }
    }
    for (path, message) in &findings.broken {
        rows.push(format!("| {} | | {} |\n", place(path, None), words(message)));
    }
    text + &table("", "| where | test | what came of it |\n| --- | --- | --- |\n", rows)
}

fn changes(findings: &Findings, base: &Base) -> String {
    let mut text = "### What the change grants and revokes\n\n".to_owned();
    if !findings.all_compared && matches!(base, Base::Known { .. }) {
        text.push_str("Not everything could be compared; the findings say why.\n\n");
    }
    match base {
        Base::None { why } | Base::Missing { why } => text.push_str(&format!("{}\n\n", words(why))),
        Base::Known { .. } if findings.comparisons.is_empty() && !findings.all_compared => {}
        Base::Known { name, .. } if findings.comparisons.is_empty() => {
            text.push_str(&format!("No policy differs from {}.\n\n", code(name)));
        }
        Base::Known { .. } => {
            text.push_str(&markdown::of(&findings.comparisons));
            text.push('\n');
        }
    }
    text
}

/// A table under a heading, unless it is empty.
fn table(heading: &str, head: &str, mut rows: Vec<String>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let untold = rows.len().saturating_sub(MOST_ROWS);
    rows.truncate(MOST_ROWS);
    let heading = if heading.is_empty() { String::new() } else { format!("### {heading}\n\n") };
    let more =
        if untold > 0 { format!("\nand {untold} more; the log has them all\n") } else { String::new() };
    format!("{heading}{head}{}{more}\n", rows.concat())
}

fn place(path: &str, line: Option<usize>) -> String {
    match (path, line) {
        ("", _) => String::new(),
        (_, Some(line)) => code(&format!("{path}:{line}")),
        (_, None) => code(path),
    }
}

/// Our words with a stranger's in backticks: those become code, and nothing means anything to Markdown or HTML.
fn words(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| quoted(line, escaped, code)).collect();
    lines.join("<br>")
}

/// Code within a table cell. Markdown's own form would need rules for backticks, `|` and `\` that depend on each other.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// A character that could mean something to Markdown or HTML becomes a reference, which means nothing to either.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            _ if is_steering(character) => escaped.push('\u{fffd}'),
            ' ' | ',' | ';' | '+' | '-' | '–' | '→' => escaped.push(character),
            _ if character.is_alphanumeric() => escaped.push(character),
            _ => escaped.push_str(&format!("&#{};", u32::from(character))),
        }
    }
    escaped
}

/// What is too long ends at the end of a line.
fn cut(text: String) -> String {
    if text.len() <= MOST_BYTES {
        return text;
    }
    let mut kept = String::new();
    for line in text.split_inclusive('\n') {
        if kept.len() + line.len() > MOST_BYTES {
            break;
        }
        kept.push_str(line);
    }
    kept + "\n> The rest is left out: the page would be too long. The log has it all.\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_a_stranger_means_anything() {
        assert_eq!(words("found `a|b` <b>"), "found <code>a&#124;b</code> &#60;b&#62;");
        assert_eq!(words("`a` b` [x](y)"), "&#96;a&#96; b&#96; &#91;x&#93;&#40;y&#41;");
        assert_eq!(words("a\nb\u{1b}\r"), "a<br>b\u{fffd}\u{fffd}");
        assert_eq!(
            escaped("www.example.com https://x @octocat #1"),
            "www&#46;example&#46;com https&#58;&#47;&#47;x &#64;octocat &#35;1"
        );
    }

    #[test]
    fn a_page_that_is_too_long_ends_at_the_end_of_a_line() {
        let row = "| a |\n";
        let text = cut(row.repeat(MOST_BYTES / row.len() + 9));
        assert!(text.len() < MOST_BYTES + 200, "{}", text.len());
        assert!(text.contains("| a |\n\n> The rest"), "{:?}", text.lines().last());
    }
}
