//! What is shown at the lines of files.

use lint::Finding;
use policy::diagnostic::Severity;
use policy::gate::{self, Document};
use policy::review::{Change, Direction};
use serde::Serialize;

use super::Base;
use super::findings::Findings;
use super::place::line_of;
use super::settings::Settings;
use crate::comparison::words;

/// One annotation, as GitHub's workflow commands have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Annotation {
    /// How bad it is.
    pub level: Level,
    /// Its heading.
    pub title: String,
    /// What is to be said, in lines.
    pub message: String,
    /// The file, from the folder of the checkout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where in the file.
    #[serde(flatten)]
    pub place: Option<Place>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It lets the step fail.
    Error,
    /// It is probably not meant.
    Warning,
    /// It is to be known.
    Notice,
}

/// Lines and columns, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    line: usize,
    end_line: usize,
    /// Only within one line: the runner drops columns over several.
    #[serde(skip_serializing_if = "Option::is_none")]
    col: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

impl Place {
    fn line(line: usize) -> Self {
        Self { line, end_line: line, col: None, end_column: None }
    }
}

impl Annotation {
    /// Of an input that means nothing.
    pub(super) fn of_input(message: String) -> Self {
        Self { level: Level::Error, title: "Input".to_owned(), message, file: None, place: None }
    }

    fn of_finding(file: &str, finding: &Finding) -> Self {
        let (start, end) = (finding.span.start, finding.span.end);
        let is_in_line = start.line == end.line;
        let place = Place {
            line: start.line,
            end_line: end.line,
            col: is_in_line.then_some(start.column),
            end_column: is_in_line.then_some(end.column),
        };
        let name = lint::rule(finding.code).map_or("", |rule| rule.name);
        let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        Self {
            level: match finding.severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
            },
            title: format!("{} {name}", finding.code),
            message: format!("{}{help}", finding.message),
            file: Some(file.to_owned()),
            place: Some(place),
        }
    }

    fn of_change(file: &str, document: Option<&Document>, change: &Change, level: Level) -> Self {
        let mut message = words::what(change);
        for (word, detail) in words::details(change) {
            message.push_str(&format!("\n{word}: {detail}"));
        }
        let line = change.recipient.as_ref().and_then(|recipient| recipient.line);
        let line = line.or_else(|| line_of(document?, change));
        Self {
            level,
            title: format!("Grants more ({} risk)", words::risk(change.risk)),
            message,
            file: Some(file.to_owned()),
            place: line.map(Place::line),
        }
    }
}

/// Everything that is to be shown: errors first, since GitHub shows ten of each level only.
pub(super) fn all(findings: &Findings, base: &Base, settings: &Settings) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    for unread in &findings.report.unread {
        annotations.push(Annotation {
            level: Level::Error,
            title: "Not checked".to_owned(),
            message: unread.message.clone(),
            file: Some(unread.path.clone()).filter(|path| !path.is_empty()),
            place: None,
        });
    }
    for file in findings.files() {
        annotations.extend(file.findings.iter().map(|finding| Annotation::of_finding(&file.path, finding)));
    }
    annotations.extend(of_tests(findings));
    let level = if settings.fails_on_widening { Level::Error } else { Level::Notice };
    for comparison in &findings.comparisons {
        let widens = comparison.review.changes.iter().filter(|change| change.direction == Direction::Widens);
        let document = findings.owner_policies.get(&comparison.new).and_then(|text| gate::admit(text).ok());
        annotations.extend(
            widens.map(|change| Annotation::of_change(&comparison.new, document.as_ref(), change, level)),
        );
    }
    if let Base::Missing { why } = base {
        annotations.push(Annotation {
            level: if settings.fails_on_widening { Level::Error } else { Level::Warning },
            title: "Not compared".to_owned(),
            message: why.clone(),
            file: None,
            place: None,
        });
    }
    annotations
}

fn of_tests(findings: &Findings) -> Vec<Annotation> {
    let of = |file: &str, message: String, place| Annotation {
        level: Level::Error,
        title: "Policy test".to_owned(),
        message,
        file: Some(file.to_owned()),
        place,
    };
    let mut annotations = Vec::new();
    for suite in &findings.suites {
        for trial in &suite.trials {
            if let Some(problem) = &trial.problem {
                let message = format!("{}\n{}", trial.name, problem.join("\n"));
                annotations.push(of(&suite.path, message, Some(Place::line(trial.line))));
            }
        }
    }
    annotations.extend(findings.broken.iter().map(|(file, message)| of(file, message.clone(), None)));
    annotations
}
