//! What `check` prints: each finding with its line, a word on each file, a sum.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use lint::Finding;
use lint::report::{Report, is_steering};
use policy::diagnostic::Severity;
use preview::examination::Examination;
use preview::verdict;

use super::place::underlined;
use crate::exit::Exit;
use crate::terminal::{WIDTH, one_line, wrapped};

/// Everything that is to be said of one file.
pub(super) fn of_file(file: &Examination, is_coloured: bool) -> String {
    let renderer = if is_coloured { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(WIDTH);
    let mut text = String::new();
    for found in &file.findings {
        text.push_str(&finding(file, found, &renderer));
        text.push_str("\n\n");
    }
    text.push_str(&wrapped(&verdict::of_file(file), WIDTH, "  "));
    text.push_str("\n\n");
    text
}

/// In the form of the Rust compiler: message, place, line, what to do.
fn finding(file: &Examination, found: &Finding, renderer: &Renderer) -> String {
    let (level, name) = match found.severity {
        Severity::Error => (Level::ERROR, "error"),
        Severity::Warning => (Level::WARNING, "warning"),
    };
    let code = found.code;
    // The lines of a title and of a help stand behind the word that they begin with.
    let title = wrapped(&visible(&found.message), WIDTH - name.len() - code.len() - "[]: ".len(), "");
    let help = found.help.as_deref().map(|help| wrapped(&visible(help), WIDTH - "  = help: ".len(), ""));
    let path = one_line(&file.path);
    let source = visible(&file.text);
    // Characters of one byte are replaced by ones of three: the place is looked up in what is shown.
    let snippet = Snippet::source(source.as_str())
        .path(path.as_str())
        .annotation(AnnotationKind::Primary.span(underlined(&source, found.span)));
    let mut group = Group::with_title(level.primary_title(title).id(code)).element(snippet);
    if let Some(help) = help {
        group = group.element(Level::HELP.message(help));
    }
    renderer.render(&[group])
}

/// The text with its lines, and without what steers a terminal.
fn visible(text: &str) -> String {
    let shown = |character| match character {
        '\n' | '\r' | '\t' => character,
        _ if is_steering(character) => '\u{fffd}',
        _ => character,
    };
    text.chars().map(shown).collect()
}

/// The exit code; with `is_strict` warnings count as errors do.
pub(super) fn exit(report: &Report, is_strict: bool) -> Exit {
    let counts = |severity: Severity| report.count(severity) > 0;
    if !report.unread.is_empty() {
        Exit::Usage
    } else if counts(Severity::Error) || (is_strict && counts(Severity::Warning)) {
        Exit::Findings
    } else {
        Exit::Fine
    }
}
