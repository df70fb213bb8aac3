//! What all comes to: whether the step passes, and what it says.

use policy::diagnostic::Severity;
use serde::Serialize;

use super::annotation::{self, Annotation};
use super::findings::Findings;
use super::settings::Settings;
use super::{Base, page};
use crate::comparison::words;
use crate::plain::{counted, one_line};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Whether the step passes.
    pub passed: bool,
    /// What is shown at the lines of the files.
    pub annotations: Vec<Annotation>,
    /// What the log says.
    pub lines: Vec<String>,
    /// The last word, in one line.
    pub conclusion: String,
    /// The page, in GitHub's Markdown.
    pub summary: String,
    /// How many errors there are: findings, what could not be read, and failed tests.
    pub errors: usize,
    /// How many warnings there are.
    pub warnings: usize,
    /// Whether the change grants anything that was not granted.
    pub widened: Widened,
}

/// Whether a change grants anything that was not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Widened {
    /// It does, or may.
    True,
    /// It does not.
    False,
    /// There was nothing to compare with, or not everything could be compared.
    Unknown,
}

impl Outcome {
    /// Of inputs that mean nothing, which leave nothing to do.
    pub(super) fn of_inputs(problems: Vec<String>) -> Self {
        let conclusion = counted(problems.len(), "input") + " cannot be used";
        let annotations: Vec<Annotation> = problems.into_iter().map(Annotation::of_input).collect();
        Self {
            passed: false,
            errors: annotations.len(),
            annotations,
            lines: Vec::new(),
            summary: String::new(),
            conclusion,
            warnings: 0,
            widened: Widened::Unknown,
        }
    }
}

impl Findings {
    pub(super) fn outcome(self, base: &Base, settings: &Settings) -> Outcome {
        let widened = match base {
            Base::Known { .. } if self.comparisons.iter().any(|comparison| comparison.widened) => {
                Widened::True
            }
            Base::Known { .. } if !self.all_compared => Widened::Unknown,
            Base::Known { .. } | Base::None { .. } => Widened::False,
            Base::Missing { .. } => Widened::Unknown,
        };
        let findings = self.report.count(Severity::Error) + self.report.unread.len();
        let (errors, warnings) = (findings + self.failed_tests(), self.report.count(Severity::Warning));
        let passed = errors == 0
            && (warnings == 0 || !settings.fails_on_warning)
            && (widened == Widened::False || !settings.fails_on_widening);
        let conclusion = self.conclusion(findings, base, widened);
        Outcome {
            passed,
            annotations: annotation::all(&self, base, settings),
            lines: self.lines(base),
            summary: page::of(&self, base, passed, &conclusion),
            conclusion,
            errors,
            warnings,
            widened,
        }
    }

    /// What all comes to.
    fn conclusion(&self, errors: usize, base: &Base, widened: Widened) -> String {
        let warnings = self.report.count(Severity::Warning);
        let mut parts = Vec::new();
        if errors > 0 {
            parts.push(counted(errors, "error"));
        }
        if warnings > 0 {
            parts.push(counted(warnings, "warning"));
        }
        if self.failed_tests() > 0 {
            parts.push(format!("{} failed", counted(self.failed_tests(), "test")));
        }
        if parts.is_empty() {
            parts.push("no problems".to_owned());
        }
        let changes: Vec<_> =
            self.comparisons.iter().flat_map(|comparison| &comparison.review.changes).collect();
        parts.push(match (base, widened) {
            (_, Widened::Unknown) => "not known whether anything is widened".to_owned(),
            (Base::None { .. }, _) => "nothing to compare with".to_owned(),
            (Base::Known { .. } | Base::Missing { .. }, _) => words::sum(&changes),
        });
        parts.join("; ")
    }

    fn lines(&self, base: &Base) -> Vec<String> {
        let mut lines = self.verdicts.clone();
        lines.extend(self.report.unread.iter().map(|unread| one_line(&unread.message)));
        for suite in &self.suites {
            let (all, failed) = (suite.trials.len(), suite.failures());
            let came = if failed == 0 { "all as expected".to_owned() } else { format!("{failed} failed") };
            lines.push(format!("{}: {}: {came}", one_line(&suite.path), counted(all, "test")));
            lines.extend(suite.assumed.iter().map(|assumed| format!("note: {assumed}")));
        }
        lines.extend(self.broken.iter().map(|(_, message)| one_line(message)));
        for comparison in &self.comparisons {
            let changes: Vec<_> = comparison.review.changes.iter().collect();
            let (old, new) = (one_line(&comparison.old), one_line(&comparison.new));
            lines.push(format!("{old} → {new}: {}", words::sum(&changes)));
            lines.extend(comparison.remarks.iter().map(|remark| format!("note: {}", one_line(remark))));
        }
        lines.extend(self.notes.iter().map(|note| format!("note: {}", one_line(note))));
        match base {
            Base::Missing { why } | Base::None { why } => lines.push(format!("note: {}", one_line(why))),
            Base::Known { .. } => {}
        }
        lines
    }
}
