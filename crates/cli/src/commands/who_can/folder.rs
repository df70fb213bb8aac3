//! All policies in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use policy::model::{OwnerPolicy, RepositoryPolicy};
use policy::parse::{PolicyKind, parse_owner_policy, parse_repository_policy};

use crate::commands::check::{Examination, Origin, read_text};

/// How deep folders are looked into.
const DEEPEST: usize = 16;
/// How many files and folders are looked at.
const MOST_ENTRIES: usize = 200_000;
/// The names that policies have.
const NAMES: [&str; 2] = ["access-token.yaml", "access-token.yml"];

/// The policies of a folder.
#[derive(Default)]
pub(super) struct Policies {
    pub(super) owners: Vec<(PathBuf, OwnerPolicy)>,
    pub(super) repositories: Vec<(PathBuf, RepositoryPolicy)>,
    /// Files that are no valid policy, so that they grant nothing.
    pub(super) invalid: Vec<PathBuf>,
}

/// Reads every policy of a folder.
///
/// # Errors
/// When it cannot be read, or there is none.
pub(super) fn read(folder: &Path) -> anyhow::Result<Policies> {
    let mut files = Vec::new();
    find(folder, &mut files)?;
    let shown = folder.display();
    if files.is_empty() {
        bail!("`{shown}` has no policies: expected files named `{}`", NAMES[0]);
    }
    let mut policies = Policies::default();
    for file in files {
        let text = read_text(&file)?;
        let examination = Examination::new(&file, text.clone(), None, None)?;
        let found_in = match &examination.origin {
            Origin::Given(name) | Origin::Read(name) => name.parse().ok(),
            Origin::Unknown => None,
        };
        let Some(found_in) = found_in else {
            policies.invalid.push(file);
            continue;
        };
        match examination.kind {
            PolicyKind::Owner => match parse_owner_policy(&text, &found_in).policy {
                Some(policy) => policies.owners.push((file, policy)),
                None => policies.invalid.push(file),
            },
            PolicyKind::Repository => match parse_repository_policy(&text, &found_in).policy {
                Some(policy) => policies.repositories.push((file, policy)),
                None => policies.invalid.push(file),
            },
        }
    }
    Ok(policies)
}

/// The files with a policy's name, in the order of their paths. Links to folders are not followed.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut open = vec![(folder.to_owned(), 0)];
    let mut seen = 0;
    while let Some((folder, depth)) = open.pop() {
        let shown = folder.display();
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read `{shown}`"))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read `{shown}`"))?;
            seen += 1;
            if seen > MOST_ENTRIES {
                bail!("--policies: more than {MOST_ENTRIES} files and folders; name a smaller folder");
            }
            let kind = entry.file_type().with_context(|| format!("cannot read `{shown}`"))?;
            let name = entry.file_name();
            if kind.is_dir() && depth < DEEPEST && name != ".git" && name != "node_modules" {
                open.push((entry.path(), depth + 1));
            } else if !kind.is_dir() && NAMES.iter().any(|wanted| name == *wanted) {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    // Of two names beside each other only the first counts.
    let all = files.clone();
    files.retain(|file| {
        let other = file.with_file_name(NAMES[0]);
        *file == other || !all.contains(&other)
    });
    Ok(())
}
