//! All policies in a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use github_types::OwnerName;
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
    pub(super) invalid: Vec<Invalid>,
}

/// A file that is no valid policy.
pub(super) struct Invalid {
    pub(super) path: PathBuf,
    pub(super) kind: PolicyKind,
    /// Whose it is, as far as it says so.
    pub(super) owner: Option<OwnerName>,
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
        let found_in = examination.origin.repository();
        let is_valid = match (examination.kind, found_in) {
            (_, None) => false,
            (PolicyKind::Owner, Some(found_in)) => {
                let policy = parse_owner_policy(&text, found_in).policy;
                policy.map(|policy| policies.owners.push((file.clone(), policy))).is_some()
            }
            (PolicyKind::Repository, Some(found_in)) => {
                let policy = parse_repository_policy(&text, found_in).policy;
                policy.map(|policy| policies.repositories.push((file.clone(), policy))).is_some()
            }
        };
        if !is_valid {
            let owner = found_in.map(|repository| repository.owner().clone());
            policies.invalid.push(Invalid { path: file, kind: examination.kind, owner });
        }
    }
    Ok(policies)
}
