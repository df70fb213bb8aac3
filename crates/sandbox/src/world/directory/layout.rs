//! What the files of a world's directory mean.
//!
//! `app.json`, `OWNER/owner.json`, `OWNER/installation.json`, `OWNER/REPO/repository.json` and `OWNER/REPO/files/…`; anything else
//! is left alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::{App, File, Installation, Name, OwnerKind, Repository, World};
use crate::error::WorldError;

/// Puts a world together from files and folders, both by their path within the directory.
pub(super) fn build<F>(
    files: &BTreeMap<PathBuf, F>,
    folders: &[PathBuf],
    content: impl Fn(&F) -> &File,
) -> Result<World, WorldError> {
    let mut world = World::default();
    for folder in folders {
        match parts(folder)?.as_slice() {
            [owner] if !owner.starts_with('.') => {
                world.owners.entry(Name::from(*owner)).or_default();
            }
            [owner, repository] if !owner.starts_with('.') => {
                repository_of(&mut world, owner, repository);
            }
            _ => {}
        }
    }
    for (path, file) in files {
        let file = content(file);
        match parts(path)?.as_slice() {
            ["app.json"] => world.app = settings::<App>(path, file)?,
            [owner, ..] if owner.starts_with('.') => {}
            [owner, "owner.json"] => {
                let OwnerSettings { kind, id } = settings(path, file)?;
                let owner = world.owners.entry(Name::from(*owner)).or_default();
                (owner.kind, owner.id) = (kind, id);
            }
            [owner, "installation.json"] => {
                let installation: Installation = settings(path, file)?;
                world.owners.entry(Name::from(*owner)).or_default().installation = Some(installation);
            }
            [owner, repository, "repository.json"] => {
                let RepositorySettings { id, private, default_branch } = settings(path, file)?;
                let repository = repository_of(&mut world, owner, repository);
                (repository.id, repository.private) = (id, private);
                repository.default_branch = default_branch;
            }
            [owner, repository, "files", rest @ ..] if !rest.is_empty() => {
                repository_of(&mut world, owner, repository).files.insert(rest.join("/"), file.clone());
            }
            _ => {}
        }
    }
    Ok(world)
}

fn repository_of<'w>(world: &'w mut World, owner: &str, repository: &str) -> &'w mut Repository {
    let owner = world.owners.entry(Name::from(owner)).or_default();
    owner.repositories.entry(Name::from(repository)).or_default()
}

fn parts(path: &Path) -> Result<Vec<&str>, WorldError> {
    let text = path.to_str().ok_or_else(|| WorldError::Name(path.to_string_lossy().into_owned()))?;
    Ok(text.split(std::path::MAIN_SEPARATOR).collect())
}

fn settings<T: DeserializeOwned>(path: &Path, file: &File) -> Result<T, WorldError> {
    serde_json::from_slice(&file.bytes)
        .map_err(|error| WorldError::Settings { path: path.to_owned(), reason: error.to_string() })
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OwnerSettings {
    #[serde(rename = "type")]
    kind: OwnerKind,
    id: Option<u64>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RepositorySettings {
    id: Option<u64>,
    private: bool,
    default_branch: String,
}

impl Default for RepositorySettings {
    fn default() -> Self {
        let Repository { id, private, default_branch, .. } = Repository::default();
        Self { id, private, default_branch }
    }
}
