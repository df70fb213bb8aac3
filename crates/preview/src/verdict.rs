//! What the findings come to: a word on each file, and a sum.

use lint::report::Report;
use policy::diagnostic::Severity;
use policy::parse::PolicyKind;

use crate::examination::{Examination, Origin};
use crate::plain::{counted, one_line};

/// Kind, repository and problems of a file, and what the errors leave of it.
pub fn of_file(file: &Examination) -> String {
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

/// What all files come to.
pub fn of_all(report: &Report) -> String {
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
