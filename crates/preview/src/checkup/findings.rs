//! Everything that was looked at, and how it was.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use lint::report::{CheckedFile, Report, Unread};
use policy::model::OwnerPolicy;
use policy::parse::PolicyKind;
use time::OffsetDateTime;

use crate::comparison::{Comparison, ComparisonError, Version, compare};
use crate::examination::{self, Examination, Surroundings};
use crate::files::Files;
use crate::suite::{self, Suite};
use crate::verdict;

/// Everything that was looked at.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) report: Report,
    /// A word on each file.
    pub(super) verdicts: Vec<String>,
    pub(super) suites: Vec<Suite>,
    /// Test files that could not be run, each with the reason.
    pub(super) broken: Vec<(String, String)>,
    pub(super) comparisons: Vec<Comparison>,
    /// The new versions of the owner policies among them, by their names.
    pub(super) owner_policies: BTreeMap<String, String>,
    /// Whether what there was before could be compared throughout.
    pub(super) all_compared: bool,
    /// What is to be known, each in a sentence.
    pub(super) notes: Vec<String>,
}

impl Findings {
    pub(super) fn check(&mut self, path: &Path, files: &impl Files, surroundings: Surroundings<'_>) {
        match files.text(path) {
            Ok(text) => {
                let examination = Examination::new(path, text, surroundings);
                self.verdicts.push(verdict::of_file(&examination));
                self.report.files.push(examination.checked(shown(path)));
            }
            Err(error) => self.report.unread.push(Unread { path: shown(path), message: error.message }),
        }
    }

    pub(super) fn test(&mut self, path: &Path, now: OffsetDateTime, files: &impl Files) {
        match suite::run(path, now, files) {
            Ok(suite) => self.suites.push(suite),
            Err(error) => self.broken.push((shown(path), chain(&error))),
        }
    }

    /// Compares the versions of one policy; where they are of two kinds, the one goes and the other comes.
    pub(super) fn compare(
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
        let (name, text) = (new.name.clone(), new.text.clone());
        let compared = match compare(old.clone(), new.clone(), surroundings, now) {
            Ok(comparison) => vec![comparison],
            Err(ComparisonError::Nothing { .. }) => Vec::new(),
            Err(ComparisonError::Kinds) => {
                let gone = Version { text: None, ..new.clone() };
                let fresh = Version { text: None, ..old.clone() };
                let both = [compare(old, gone, surroundings, now), compare(fresh, new, surroundings, now)];
                both.into_iter().flatten().collect()
            }
        };
        if compared.iter().any(|comparison| comparison.kind == PolicyKind::Owner) {
            self.owner_policies.extend(text.map(|text| (name, text)));
        }
        self.comparisons.extend(compared);
    }

    pub(super) fn failed_tests(&self) -> usize {
        self.suites.iter().map(Suite::failures).sum::<usize>() + self.broken.len()
    }

    pub(super) fn files(&self) -> &[CheckedFile] {
        &self.report.files
    }
}

/// The two versions of a policy; what cannot be read is not compared, and never passed over: what is not yet told is the error.
pub(super) fn versions(
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

pub(super) fn owner_policy(path: &Path, files: &impl Files) -> Result<OwnerPolicy, String> {
    let text = files.text(path).map_err(|error| format!("owner-policy: {}", error.message))?;
    examination::owner_policy(&text).ok_or_else(|| {
        let path = path.display();
        format!("owner-policy: `{path}` is no valid owner policy; add it to `path` to see what is wrong")
    })
}

/// The path, with `/` between folders.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
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
