//! All policies in a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use policy::decide::OWNER_POLICY_PATHS;
use policy::model::{OwnerPolicy, RepositoryPolicy};
use policy::parse::{PolicyKind, parse_owner_policy, parse_repository_policy};

use crate::commands::disk::{of_kind, read_text};
use crate::commands::policy_files::{self, PolicyFiles};

/// The policies of a folder.
#[derive(Default)]
pub(super) struct Policies {
    pub(super) owners: Vec<(PathBuf, OwnerPolicy)>,
    pub(super) repositories: Vec<(PathBuf, RepositoryPolicy)>,
    /// Files that are no valid policy, so that they grant nothing.
    pub(super) invalid: Vec<PathBuf>,
}

/// Reads every policy of a folder, or the one file.
///
/// # Errors
/// When it cannot be read, or there is none.
pub(super) fn read(folder: &Path) -> anyhow::Result<Policies> {
    let PolicyFiles { files, unusable, .. } = if folder.is_file() {
        PolicyFiles { files: vec![folder.to_owned()], ..PolicyFiles::default() }
    } else {
        policy_files::find(folder).context("--policies")?
    };
    if let Some((path, reason)) = unusable.first() {
        bail!("cannot read `{}`: {reason}", path.display());
    }
    if files.is_empty() {
        bail!("`{}` has no policies: expected files named `{}`", folder.display(), OWNER_POLICY_PATHS[0]);
    }
    let mut policies = Policies::default();
    for file in files {
        let text = read_text(&file)?;
        let examination = of_kind(&file, text.clone(), None);
        let Some(found_in) = examination.origin.repository() else {
            policies.invalid.push(file);
            continue;
        };
        match examination.kind {
            PolicyKind::Owner => match parse_owner_policy(&text, found_in).policy {
                Some(policy) => policies.owners.push((file, policy)),
                None => policies.invalid.push(file),
            },
            PolicyKind::Repository => match parse_repository_policy(&text, found_in).policy {
                Some(policy) => policies.repositories.push((file, policy)),
                None => policies.invalid.push(file),
            },
        }
    }
    Ok(policies)
}
