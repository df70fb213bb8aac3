//! What `check` prints: each finding with its line, a word on each file, a sum.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use lint::Finding;
use lint::report::{Report, is_steering};
use policy::diagnostic::Severity;
use policy::parse::PolicyKind;

use super::examination::{Examination, Origin};
use super::place::underlined;
use crate::exit::Exit;
use crate::terminal::{WIDTH, counted, one_line, wrapped};

/// Everything that is to be said of one file.
pub(super) fn of_file(file: &Examination, is_coloured: bool) -> String {
    let renderer = if is_coloured { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(WIDTH);
    let mut text = String::new();
    for found in &file.findings {
        text.push_str(&finding(file, found, &renderer));
        text.push_str("\n\n");
    }
    text.push_str(&wrapped(&verdict(file), WIDTH, "  "));
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

fn verdict(file: &Examination) -> String {
    let path = one_line(&file.path);
    let kind = match file.kind {
        PolicyKind::Owner => "owner policy",
        PolicyKind::Repository => "repository policy",
    };
    let origin = match &file.origin {
        Origin::Given(repository) => format!(" of {repository}"),
        Origin::Read(repository) => format!(" of {repository}, going by its `origin`"),
        Origin::Unknown => String::new(),
    };
    let problems = problems(file.count(Severity::Error), file.count(Severity::Warning));
    format!("{path} ({kind}{origin}): {problems}{}", force(file))
}

/// What the errors leave of the file.
fn force(file: &Examination) -> String {
    let (all, left) = (file.statements, file.statements_in_force);
    match (file.is_in_force, file.count(Severity::Error)) {
        (true, 0) => String::new(),
        (false, _) => "; it is invalid as a whole and grants nothing".to_owned(),
        (true, _) if all == left => "; the rest of it is in force".to_owned(),
        (true, _) if left == 0 => "; no statement is in force, so it grants nothing".to_owned(),
        (true, _) => {
            let verb = if left == 1 { "is" } else { "are" };
            format!("; {left} of {} {verb} in force", counted(all, "statement"))
        }
    }
}

fn problems(errors: usize, warnings: usize) -> String {
    match (errors, warnings) {
        (0, 0) => "no problems".to_owned(),
        (_, 0) => counted(errors, "error"),
        (0, _) => counted(warnings, "warning"),
        _ => format!("{} and {}", counted(errors, "error"), counted(warnings, "warning")),
    }
}

/// The last line: what all files come to.
pub(super) fn summary(report: &Report) -> String {
    let problems = problems(report.count(Severity::Error), report.count(Severity::Warning));
    let checked = format!("{} checked", counted(report.files.len(), "file"));
    if report.unread.is_empty() {
        return format!("{checked}: {problems}");
    }
    let unread = format!("{} could not be checked", counted(report.unread.len(), "path"));
    match (report.files.len(), report.files.iter().all(|file| file.findings.is_empty())) {
        (0, _) => unread,
        // That there are none is not known.
        (_, true) => format!("{checked}; {unread}"),
        _ => format!("{checked}: {problems}; {unread}"),
    }
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
