//! Which files of a checkout are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lint::report::Unread;
use policy::decide::{OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};

use crate::files::Files;
use crate::suite;

/// Folders that hold what others wrote.
const SKIPPED: [&str; 2] = [".git", "node_modules"];

/// The path of a policy before a change and after it; none where there is no such file.
type Pair = (Option<PathBuf>, Option<PathBuf>);

/// What is looked at, each in the order of the paths.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) policies: Vec<PathBuf>,
    pub(super) tests: Vec<PathBuf>,
    /// Each policy before and after.
    pub(super) pairs: Vec<Pair>,
    pub(super) unread: Vec<Unread>,
    /// What is to be known, each in a sentence.
    pub(super) notes: Vec<String>,
}

impl Selection {
    /// Looks for files and folders among those that were found in the checkout, and in the base.
    pub(super) fn new(paths: &[PathBuf], found: &[String], in_base: &[String], files: &impl Files) -> Self {
        let (found, in_base) = (usable(found), usable(in_base));
        let mut selection = Self::default();
        let mut policies = BTreeSet::new();
        let mut tests = BTreeSet::new();
        for path in paths {
            if is_named(path) && files.text(path).is_ok() {
                if is_test(path) {
                    tests.insert(path.clone())
                } else {
                    policies.insert(path.clone())
                };
                continue;
            }
            let below = |all: &[PathBuf]| {
                all.iter().filter(|file| file.starts_with(path)).cloned().collect::<Vec<PathBuf>>()
            };
            let (here, before) = (below(&found), below(&in_base));
            if !here.iter().chain(&before).any(|file| is_policy(file)) {
                selection
                    .unread
                    .push(Unread { path: path.display().to_string(), message: none_in(path, files) });
            }
            policies.extend(here.iter().filter(|file| is_policy(file)).cloned());
            tests.extend(here.into_iter().filter(|file| is_test(file)));
        }
        for path in &policies {
            let counts = path.with_extension("yaml");
            if is_policy(path) && *path != counts && policies.contains(&counts) {
                selection.notes.push(format!(
                    "`{}` is not checked: it does not count beside `{}`, so remove one of the two",
                    path.display(),
                    counts.file_name().unwrap_or_default().display()
                ));
            } else {
                selection.policies.push(path.clone());
            }
        }
        selection.tests = tests.into_iter().collect();
        selection.pair(paths, &in_base);
        selection
    }

    /// Of two names of one policy the first that exists counts, before and after.
    fn pair(&mut self, paths: &[PathBuf], in_base: &[PathBuf]) {
        let mut pairs: BTreeMap<PathBuf, Pair> = BTreeMap::new();
        for path in &self.policies {
            pairs.entry(place(path)).or_default().1 = Some(path.clone());
        }
        let meant = in_base.iter().filter(|file| paths.iter().any(|path| file.starts_with(path)));
        // `.yaml` comes before `.yml`.
        for path in meant.filter(|file| is_policy(file)) {
            pairs.entry(place(path)).or_default().0.get_or_insert_with(|| path.clone());
        }
        // A file of another name was named, so it is the same file in the base.
        for (_, (old, new)) in pairs.iter_mut().filter(|(_, (_, new))| new.is_some()) {
            if new.as_deref().is_some_and(|path| !is_policy(path)) {
                old.clone_from(new);
            }
        }
        self.pairs = pairs.into_values().collect();
    }
}

/// Where a policy lies, whichever of its names it has.
fn place(path: &Path) -> PathBuf {
    if is_policy(path) { path.with_extension("") } else { path.to_owned() }
}

fn usable(found: &[String]) -> Vec<PathBuf> {
    let is_ours = |path: &PathBuf| !path.iter().any(|folder| SKIPPED.iter().any(|name| folder == *name));
    let mut paths: Vec<PathBuf> = found.iter().map(PathBuf::from).filter(is_ours).collect();
    paths.sort();
    paths
}

fn is_named(path: &Path) -> bool {
    !path.as_os_str().is_empty()
}

fn is_policy(path: &Path) -> bool {
    path.file_name().is_some_and(|name| OWNER_POLICY_PATHS.iter().any(|policy| name == *policy))
}

fn is_test(path: &Path) -> bool {
    path.file_name().is_some_and(|name| suite::PLACES.iter().any(|place| name == *place))
}

fn none_in(path: &Path, files: &impl Files) -> String {
    let shown = if is_named(path) { format!("`{}`", path.display()) } else { "the checkout".to_owned() };
    let is_missing = is_named(path) && files.text(path).is_err_and(|error| error.is_missing);
    if is_missing {
        return format!(
            "input `path`: {shown} does not exist in the checkout; is `actions/checkout` a step before?"
        );
    }
    format!(
        "{shown} has no policies: expected `{}` in a repository, or `{}` in `{OWNER_POLICY_REPOSITORY}`; a policy of \
         another name is checked when `path` names it, and `actions/checkout` must come before this step",
        REPOSITORY_POLICY_PATHS[0], OWNER_POLICY_PATHS[0],
    )
}
