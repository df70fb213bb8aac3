//! Everything about the policies of a checkout, and about a change of them, at once: what the check action tells.

mod annotation;
mod page;
mod selection;
mod settings;

use std::error::Error;
use std::path::{Path, PathBuf};

use github_types::Repository;
use lint::report::{CheckedFile, Report, Unread};
use policy::decide::{OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};
use policy::diagnostic::Severity;
use policy::model::OwnerPolicy;
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use annotation::{Annotation, Level};
pub use settings::Inputs;

use crate::comparison::{Comparison, ComparisonError, Version, compare, words};
use crate::examination::{self, Examination, Surroundings};
use crate::files::Files;
use crate::plain::{counted, one_line};
use crate::suite::{self, Suite};
use crate::verdict;
use selection::Selection;
use settings::Settings;

/// A checkout, and what is known of where it comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Checkout {
    /// The inputs of the step.
    pub inputs: Inputs,
    /// The time, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    pub now: OffsetDateTime,
    /// The folder of the checkout; its name tells of an owner policy.
    pub folder: PathBuf,
    /// The repository that the checkout is of, where that is known.
    #[serde(default, deserialize_with = "repository")]
    pub repository: Option<Repository>,
    /// The files in it that may be policies or tests of such, each from the folder, with `/`.
    pub found: Vec<String>,
    /// What it is compared with.
    pub base: Base,
}

/// The state before a change.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", tag = "kind")]
pub enum Base {
    /// It is at hand.
    Known {
        /// What people call it, such as `main`.
        name: String,
        /// Its files that may be policies, as those of the checkout.
        found: Vec<String>,
    },
    /// There is one, and it cannot be had.
    Missing {
        /// Why not, and what to do about it, in a sentence without a stop.
        why: String,
    },
    /// What runs is no change, so nothing can be widened.
    None {
        /// Why, in a sentence without a stop.
        why: String,
    },
}

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

/// Everything that was looked at.
struct Findings {
    report: Report,
    /// A word on each file.
    verdicts: Vec<String>,
    suites: Vec<Suite>,
    /// Test files that could not be run, each with the reason.
    broken: Vec<(String, String)>,
    comparisons: Vec<Comparison>,
    /// Whether what there was before could be compared throughout.
    all_compared: bool,
    /// What is to be known, each in a sentence.
    notes: Vec<String>,
}

/// Checks the policies, runs their tests, and compares them with the base.
pub fn run(checkout: &Checkout, head: &impl Files, base: &impl Files) -> Outcome {
    let settings = match Settings::read(&checkout.inputs) {
        Ok(settings) => settings,
        Err(problems) => return wrong_inputs(problems),
    };
    let mut report = Report::default();
    let owner_policy = settings.owner_policy.as_deref().and_then(|path| {
        let read = owner_policy(path, head);
        read.map_err(|message| report.unread.push(Unread { path: shown(path), message })).ok()
    });
    let old = match &checkout.base {
        Base::Known { name, found } => Some((name, found.as_slice())),
        Base::Missing { .. } | Base::None { .. } => None,
    };
    let selection =
        Selection::new(&settings.paths, &checkout.found, old.map_or(&[], |(_, found)| found), head);
    let mut findings = Findings {
        report,
        verdicts: Vec::new(),
        suites: Vec::new(),
        broken: Vec::new(),
        comparisons: Vec::new(),
        all_compared: selection.unread.is_empty(),
        notes: selection.notes.clone(),
    };
    findings.report.unread.extend(selection.unread.iter().cloned());
    for path in &selection.policies {
        let (now, owner_policy) = (Some(checkout.now), owner_policy.as_ref());
        findings.check(path, head, Surroundings { now, owner_policy, ..checkout.around(path) });
    }
    for path in &selection.tests {
        findings.test(path, checkout.now, head);
    }
    if let Some((name, _)) = old {
        for (old, new) in &selection.pairs {
            let versions = versions(name, (old.as_deref(), new.as_deref()), head, base);
            let path = new.as_deref().or(old.as_deref()).unwrap_or(Path::new(""));
            findings.compare(versions, checkout.around(path), checkout.now);
        }
    }
    findings.outcome(&checkout.base, &settings)
}

impl Checkout {
    /// What is known beside the file at this path: where the broker looks, the policy must be that of the repository.
    fn around(&self, path: &Path) -> Surroundings<'_> {
        let is_place = |repository: &&Repository| {
            let is_owners = repository.name().as_str().eq_ignore_ascii_case(OWNER_POLICY_REPOSITORY);
            let is_one_of = |places: [&str; 2]| places.iter().any(|place| path == Path::new(place));
            is_one_of(REPOSITORY_POLICY_PATHS) || is_owners && is_one_of(OWNER_POLICY_PATHS)
        };
        Surroundings {
            folder: Some(&self.folder),
            repository: self.repository.as_ref().filter(is_place),
            ..Surroundings::default()
        }
    }
}

impl Findings {
    fn check(&mut self, path: &Path, files: &impl Files, surroundings: Surroundings<'_>) {
        match files.text(path) {
            Ok(text) => {
                let examination = Examination::new(path, text, surroundings);
                self.verdicts.push(verdict::of_file(&examination));
                self.report.files.push(examination.checked(shown(path)));
            }
            Err(error) => self.report.unread.push(Unread { path: shown(path), message: error.message }),
        }
    }

    fn test(&mut self, path: &Path, now: OffsetDateTime, files: &impl Files) {
        match suite::run(path, now, files) {
            Ok(suite) => self.suites.push(suite),
            Err(error) => self.broken.push((shown(path), chain(&error))),
        }
    }

    /// Compares the versions of one policy; where they are of two kinds, the one goes and the other comes.
    fn compare(
        &mut self,
        versions: Result<(Version, Version), Option<Unread>>,
        surroundings: Surroundings<'_>,
        now: OffsetDateTime,
    ) {
        let (old, new) = match versions {
            Ok((old, new)) if old.text == new.text => return,
            Ok(versions) => versions,
            Err(unread) => {
                self.report.unread.extend(unread);
                self.all_compared = false;
                return;
            }
        };
        match compare(old.clone(), new.clone(), surroundings, now) {
            Ok(comparison) => self.comparisons.push(comparison),
            Err(ComparisonError::Nothing { .. }) => {}
            Err(ComparisonError::Kinds) => {
                let gone = Version { text: None, ..new.clone() };
                let fresh = Version { text: None, ..old.clone() };
                let both = [compare(old, gone, surroundings, now), compare(fresh, new, surroundings, now)];
                self.comparisons.extend(both.into_iter().flatten());
            }
        }
    }

    fn failed_tests(&self) -> usize {
        self.suites.iter().map(Suite::failures).sum::<usize>() + self.broken.len()
    }

    fn outcome(self, base: &Base, settings: &Settings) -> Outcome {
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

    fn files(&self) -> &[CheckedFile] {
        &self.report.files
    }
}

/// Inputs that mean nothing leave nothing to do.
fn wrong_inputs(problems: Vec<String>) -> Outcome {
    let conclusion = counted(problems.len(), "input") + " cannot be used";
    let annotations: Vec<Annotation> = problems.into_iter().map(Annotation::of_input).collect();
    Outcome {
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

/// The two versions of a policy; what cannot be read is not compared, and never passed over: what is not yet told is the error.
fn versions(
    base_name: &str,
    (old, new): (Option<&Path>, Option<&Path>),
    head: &impl Files,
    base: &impl Files,
) -> Result<(Version, Version), Option<Unread>> {
    let any = old.or(new).unwrap_or(Path::new(""));
    let text = match old.map(|path| base.text(path)).transpose() {
        Ok(text) => text,
        Err(error) if error.is_missing => None,
        Err(error) => {
            let message = format!("at {base_name}: {}", error.message);
            return Err(Some(Unread { path: shown(any), message }));
        }
    };
    let path = old.unwrap_or(any).to_owned();
    let old = Version { name: format!("{base_name}:{}", shown(&path)), path, text };
    // That the new one cannot be read is told once already.
    let text = new.map(|path| head.text(path)).transpose().map_err(|_| None)?;
    let path = new.unwrap_or(any).to_owned();
    Ok((old, Version { name: shown(&path), path, text }))
}

fn owner_policy(path: &Path, files: &impl Files) -> Result<OwnerPolicy, String> {
    let text = files.text(path).map_err(|error| format!("owner-policy: {}", error.message))?;
    examination::owner_policy(&text).ok_or_else(|| {
        let path = path.display();
        format!("owner-policy: `{path}` is no valid owner policy; add it to `path` to see what is wrong")
    })
}

/// The path, with `/` between folders.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn repository<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Repository>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    name.map(|name| name.parse().map_err(D::Error::custom)).transpose()
}

/// An error with all its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
