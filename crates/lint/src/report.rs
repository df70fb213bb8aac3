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

/// Whether a character can steer a terminal or a log, turn the direction of the text around, or cannot be seen: `main`
/// with one of these behind it would pass for `main`.
///
/// SECURITY: policies and file names are written by strangers.
pub fn is_steering(character: char) -> bool {
    character.is_control() || is_ignorable(character)
}

/// Unicode's property `Default_Ignorable_Code_Point`, and the separators of lines and the turns of direction.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
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
