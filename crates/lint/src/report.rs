//! What came of checking files, and its forms for programs.
//!
//! Each form is one function from a [`Report`] to text. What people read on a terminal is made by the command line,
//! which knows the terminal.

mod github;
mod json;
mod sarif;
mod tight;

pub use github::github;
pub use json::json;
pub use sarif::sarif;

pub(crate) use tight::{plain_lines, tight};

use policy::diagnostic::Severity;
use policy::parse::PolicyKind;

use crate::finding::Finding;

/// Everything that was looked at in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The files that were checked, in the order in which they are told.
    pub files: Vec<CheckedFile>,
    /// What was to be checked and could not be read.
    pub unread: Vec<Unread>,
}

/// A file that was checked.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CheckedFile {
    /// Its path, with `/` between folders.
    pub path: String,
    /// Which kind of policy it is.
    pub kind: PolicyKind,
    /// The repository that it is for, `owner/name`, where that is known.
    pub repository: Option<String>,
    /// Whether the file as a whole is valid; if it is not, it grants nothing.
    pub valid: bool,
    /// How many statements it has.
    pub statements: usize,
    /// How many of them can match somebody.
    pub statements_in_force: usize,
    /// In the order of the text.
    pub findings: Vec<Finding>,
}

/// A file or folder that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unread {
    /// Its path, with `/` between folders.
    pub path: String,
    /// Why, and what to do next.
    pub message: String,
}

impl Report {
    /// How many findings there are of this severity, in all files.
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.files.iter().flat_map(|file| &file.findings);
        findings.filter(|finding| finding.severity == severity).count()
    }
}

/// Whether a character can steer a terminal or a log, or turn the direction of the text around.
///
/// SECURITY: policies and file names are written by strangers.
pub fn is_steering(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
pub(crate) mod examples {
    use policy::source::{Position, Span};

    use super::*;

    /// A report with one finding of each severity, one of them over several lines, and a file that was not read.
    pub(crate) fn report() -> Report {
        let place = |line, column| Position { line, column };
        let error = Finding {
            severity: Severity::Error,
            code: "AT004",
            message: "unknown key `subject`".to_owned(),
            help: Some("did you mean `subjects`?".to_owned()),
            span: Span { start: place(4, 5), end: place(4, 12) },
        };
        let warning = Finding {
            severity: Severity::Warning,
            code: "AT024",
            message: "50 % off\nand more".to_owned(),
            help: None,
            span: Span { start: place(7, 5), end: place(9, 20) },
        };
        Report {
            files: vec![CheckedFile {
                path: "teams/a, b:c/access token.yaml".to_owned(),
                kind: PolicyKind::Repository,
                repository: Some("octo-org/website".to_owned()),
                valid: true,
                statements: 2,
                statements_in_force: 1,
                findings: vec![error, warning],
            }],
            unread: vec![Unread {
                path: "/gone.yaml".to_owned(),
                message: "cannot read it: it is not there".to_owned(),
            }],
        }
    }
}
