//! Unit tests of policies: who should get what, and who should not.

mod claim_name;
mod file;
mod shape;
mod trial;

use std::path::{Path, PathBuf};

use policy::decide::OWNER_POLICY_PATHS;
use policy::parse::PolicyKind;
use time::OffsetDateTime;

pub use file::{CodeError, FileError, TestFile};
pub use trial::Trial;

use crate::examination::{Examination, Surroundings};
use crate::files::{Files, Unreadable};
use trial::Policies;

/// The names of test files, from the root of a checkout.
pub const PLACES: [&str; 2] = [".github/access-token.test.yaml", "access-token.test.yaml"];

/// What came of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// The path of the file, as it was given.
    pub path: String,
    /// In the order of the file.
    pub trials: Vec<Trial>,
    /// What was assumed, each in a sentence.
    pub assumed: Vec<String>,
}

impl Suite {
    /// How many tests failed.
    pub fn failures(&self) -> usize {
        self.trials.iter().filter(|trial| trial.problem.is_some()).count()
    }
}

/// Why the tests of a file could not be run.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// The file is wrong.
    #[error("cannot use `{}`", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// What is wrong.
        source: FileError,
    },
    /// Its policies cannot be had.
    #[error("`{}`", path.display())]
    Policies {
        /// Its path.
        path: PathBuf,
        /// Why not.
        source: PoliciesError,
    },
}

/// Why the policies of a test file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PoliciesError {
    /// One cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A key of `repository-policies` is no repository.
    #[error("`{name}`")]
    Name {
        /// The key.
        name: String,
        /// What is wrong with it.
        source: github_types::NameError,
    },
    /// None is named, and none lies beside the file.
    #[error("there is no `{}` beside it: name `repository-policies` or `owner-policy`", OWNER_POLICY_PATHS[0])]
    NoneBeside,
    /// Nobody knows whose the one beside it is.
    #[error("`{0}` has no usable `origin`; `access-token check {0}` shows what is wrong")]
    Nobodys(String),
}

/// Runs the tests of a file; `now` is the time of the requests unless the file says one.
///
/// # Errors
/// When it or one of its policies cannot be read.
pub fn run(path: &Path, now: OffsetDateTime, files: &impl Files) -> Result<Suite, SuiteError> {
    let of_file = |source| SuiteError::File { path: path.to_owned(), source };
    let of_policies = |source| SuiteError::Policies { path: path.to_owned(), source };
    let text = files.text(path).map_err(|error| of_file(error.into()))?;
    let file = file::read(&text).map_err(of_file)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let policies = policies(&file.content, folder, files).map_err(of_policies)?;
    let mut assumed = Vec::new();
    if policies.owner.is_none() {
        assumed.push("no owner policy is given, so one that allows everything is assumed".to_owned());
    }
    let now = file.now.unwrap_or(now);
    let tests = file.content.tests.iter().zip(file.lines);
    let trials = tests.map(|(test, line)| trial::run(test, line, &policies, now)).collect();
    Ok(Suite { path: path.display().to_string(), trials, assumed })
}

fn policies(file: &TestFile, folder: &Path, files: &impl Files) -> Result<Policies, PoliciesError> {
    let mut policies = Policies::default();
    if let Some(path) = &file.owner_policy {
        policies.owner = Some(files.text(&folder.join(path))?);
    }
    for (name, path) in file.repository_policies.iter().flatten() {
        let short = name.rsplit('/').next().unwrap_or(name).parse();
        let short = short.map_err(|source| PoliciesError::Name { name: name.clone(), source })?;
        policies.repositories.insert(short, files.text(&folder.join(path))?);
    }
    if file.owner_policy.is_none() && file.repository_policies.is_none() {
        beside(folder, files, &mut policies)?;
    }
    Ok(policies)
}

/// The policy that lies beside the test file.
fn beside(folder: &Path, files: &impl Files, policies: &mut Policies) -> Result<(), PoliciesError> {
    let (path, text) = first_of(folder, files)?;
    let examination = Examination::new(&path, text.clone(), Surroundings::default());
    match (examination.kind, examination.origin.repository()) {
        (PolicyKind::Owner, _) => policies.owner = Some(text),
        (PolicyKind::Repository, Some(repository)) => {
            policies.repositories.insert(repository.name().clone(), text);
        }
        (PolicyKind::Repository, None) => return Err(PoliciesError::Nobodys(path.display().to_string())),
    }
    Ok(())
}

/// The first of the names that exists counts, as for the broker.
fn first_of(folder: &Path, files: &impl Files) -> Result<(PathBuf, String), PoliciesError> {
    for name in OWNER_POLICY_PATHS {
        let path = folder.join(name);
        match files.text(&path) {
            Ok(text) => return Ok((path, text)),
            Err(error) if error.is_missing => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(PoliciesError::NoneBeside)
}
