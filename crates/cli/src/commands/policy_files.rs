//! The policy files of a folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use ignore::WalkBuilder;
use policy::decide::{OWNER_POLICY_PATHS, REPOSITORY_POLICY_PATHS};

/// How deep folders are looked into.
const DEEPEST: usize = 16;
/// How many files and folders are looked at.
const MOST_ENTRIES: usize = 200_000;
/// How many policies a folder may have.
const MOST_POLICIES: usize = 20_000;
/// Folders that hold what others wrote.
const SKIPPED: [&str; 2] = [".git", "node_modules"];

/// What is in a folder, each in the order of the paths.
#[derive(Debug, Default)]
pub(super) struct PolicyFiles {
    pub(super) files: Vec<PathBuf>,
    /// What bears a policy's name and cannot be one, and folders that cannot be read; each with the reason.
    pub(super) unusable: Vec<(PathBuf, String)>,
    /// `.yml` files beside a `.yaml` file, which counts alone.
    pub(super) overruled: Vec<PathBuf>,
}

/// Finds the files with a policy's name and place: `access-token.yaml` or `.yml`, in a folder or its `.github`.
///
/// SECURITY: folders that `.gitignore` names are skipped, since they are not of the repository. Files are not: git
/// keeps a file in spite of it, the broker reads it, and a change must not hide its own policy that way. So each
/// folder is asked for the names of policies, instead of waiting to be shown them.
///
/// # Errors
/// When the folder cannot be read, or a limit is reached.
pub(super) fn find(folder: &Path) -> anyhow::Result<PolicyFiles> {
    let shown = folder.display();
    let root = fs::canonicalize(folder).with_context(|| format!("cannot read `{shown}`"))?;
    let mut found = PolicyFiles::default();
    let mut seen = BTreeSet::new();
    for (number, entry) in walk(folder).enumerate() {
        if number >= MOST_ENTRIES {
            bail!("`{shown}` has more than {MOST_ENTRIES} files and folders: name a smaller folder");
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let (path, reason) = failure(folder, &error);
                found.unusable.push((path, reason));
                continue;
            }
        };
        if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
            continue;
        }
        for names in [OWNER_POLICY_PATHS, REPOSITORY_POLICY_PATHS] {
            found.ask(&root, entry.path(), names, &mut seen);
        }
        if found.files.len() > MOST_POLICIES {
            bail!("`{shown}` has more than {MOST_POLICIES} policies: name a smaller folder");
        }
    }
    found.files.sort();
    found.unusable.sort();
    found.overruled.sort();
    Ok(found)
}

fn walk(folder: &Path) -> ignore::Walk {
    WalkBuilder::new(folder)
        .standard_filters(false)
        .git_ignore(true)
        .require_git(false)
        .max_depth(Some(DEEPEST))
        .follow_links(false)
        .filter_entry(|entry| !SKIPPED.iter().any(|name| entry.file_name() == *name))
        .build()
}

fn failure(folder: &Path, error: &ignore::Error) -> (PathBuf, String) {
    match error {
        ignore::Error::WithPath { path, err } => (path.clone(), err.to_string()),
        ignore::Error::WithDepth { err, .. } => failure(folder, err),
        other => (folder.to_owned(), other.to_string()),
    }
}

impl PolicyFiles {
    /// Asks a folder for the names under which a policy may lie there; the first that is there counts.
    fn ask(&mut self, root: &Path, folder: &Path, names: [&str; 2], seen: &mut BTreeSet<PathBuf>) {
        // `.` before every path tells nobody anything.
        let folder = folder.strip_prefix(".").unwrap_or(folder);
        let mut is_first = true;
        for path in names.map(|name| folder.join(name)) {
            if path.symlink_metadata().is_err() {
                continue;
            }
            let counts = std::mem::replace(&mut is_first, false);
            if !seen.insert(path.clone()) {
                continue;
            }
            match usable(root, &path) {
                Err(reason) => self.unusable.push((path, reason)),
                Ok(()) if counts => self.files.push(path),
                Ok(()) => self.overruled.push(path),
            }
        }
    }
}

/// SECURITY: in a change by a stranger a policy may be a link to whatever this machine holds, and what it says is
/// printed. GitHub does not follow a link out of the repository, either.
fn usable(root: &Path, path: &Path) -> Result<(), String> {
    let target = fs::canonicalize(path).map_err(|error| error.to_string())?;
    if !target.starts_with(root) {
        return Err("it is a link out of the folder, which is not followed; name the file itself".to_owned());
    }
    if !target.is_file() {
        return Err("it is no file, expected a policy".to_owned());
    }
    Ok(())
}
