//! Which files of a checkout are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lint::report::Unread;
use policy::decide::{OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};

use crate::files::Files;
use crate::suite;

/// Folders that hold what others wrote.
const SKIPPED: [&str; 2] = [".git", "node_modules"];

/// The most policies and files of tests that one step looks at.
const MOST_FILES: usize = 10_000;

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
            let meant = |all: &[PathBuf]| {
                all.iter().filter(|file| means(path, file)).cloned().collect::<Vec<PathBuf>>()
            };
            let (here, before) = (meant(&found), meant(&in_base));
            if is_named(path) && files.text(path).is_ok() {
                // Whatever its name, and whether git keeps it or not.
                if is_test(path) { &mut tests } else { &mut policies }.insert(path.clone());
            } else if !here.iter().chain(&before).any(|file| is_policy(file)) {
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
        selection.bounded()
    }

    /// Of two names of one policy the first that exists counts, before and after.
    fn pair(&mut self, paths: &[PathBuf], in_base: &[PathBuf]) {
        let mut pairs: BTreeMap<PathBuf, Pair> = BTreeMap::new();
        for path in &self.policies {
            pairs.entry(place(path)).or_default().1 = Some(path.clone());
        }
        let meant = in_base.iter().filter(|file| paths.iter().any(|path| means(path, file)));
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

    /// The selection, unless it would take too long.
    fn bounded(self) -> Self {
        let files = self.pairs.len() + self.tests.len();
        if files <= MOST_FILES {
            return self;
        }
        let message = format!(
            "expected at most {MOST_FILES} policies and files of tests, found {files}: name folders of them in \
             input `path`, and take a step for each part"
        );
        Self { unread: vec![Unread { path: String::new(), message }], ..Self::default() }
    }
}

/// Whether a path means a file: as its own, as a folder that it is in, or as the other name of the same policy.
///
/// SECURITY: the broker takes either name, so a change could put its policy under the one that nobody named.
fn means(path: &Path, file: &Path) -> bool {
    file.starts_with(path) || is_policy(path) && is_policy(file) && place(path) == place(file)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Unreadable;

    /// Every file has this text, unless it is gone.
    struct Everywhere;

    impl Files for Everywhere {
        fn text(&self, path: &Path) -> Result<String, Unreadable> {
            let is_missing = path.starts_with("gone");
            if is_missing {
                Err(Unreadable { is_missing, message: String::new() })
            } else {
                Ok(String::new())
            }
        }
    }

    fn select(path: &str, found: &[&str], in_base: &[&str]) -> Selection {
        let [found, in_base] =
            [found, in_base].map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        Selection::new(&[PathBuf::from(path)], &found, &in_base, &Everywhere)
    }

    fn pairs(selection: &Selection) -> Vec<(Option<&str>, Option<&str>)> {
        selection
            .pairs
            .iter()
            .map(|(old, new)| (old.as_deref().and_then(Path::to_str), new.as_deref().and_then(Path::to_str)))
            .collect()
    }

    #[test]
    fn a_name_of_a_policy_means_its_other_name_as_well() {
        let [yaml, yml] = ["x/access-token.yaml", "x/access-token.yml"];
        let renamed = select(yaml, &[yml], &[yaml]);
        assert_eq!(pairs(&renamed), [(Some(yaml), Some(yaml))]);
        let gone = ["gone/access-token.yaml", "gone/access-token.yml"];
        let renamed = select(gone[0], &[gone[1]], &[gone[0]]);
        assert_eq!(pairs(&renamed), [(Some(gone[0]), Some(gone[1]))]);
        let overruled = select(yml, &[yaml, yml, "x/access-token.test.yaml"], &[yml]);
        assert_eq!(pairs(&overruled), [(Some(yml), Some(yaml))]);
        assert_eq!((overruled.notes.len(), overruled.tests.len()), (1, 0));
    }

    #[test]
    fn too_many_files_are_told_as_that_alone() {
        let many: Vec<String> =
            (0..=MOST_FILES).map(|number| format!("{number}/access-token.yaml")).collect();
        let most = many.get(1..).unwrap();
        assert_eq!(Selection::new(&[PathBuf::new()], most, most, &Everywhere).pairs.len(), MOST_FILES);
        let selection = Selection::new(&[PathBuf::new()], &many, &[], &Everywhere);
        assert_eq!((selection.pairs.len(), selection.policies.len()), (0, 0));
        let [unread] = selection.unread.as_slice() else { panic!("{selection:?}") };
        assert!(unread.message.contains("found 10001"), "{}", unread.message);
    }
}
