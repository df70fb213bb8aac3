//! Where the two versions of a policy are read from.

use std::path::{Path, PathBuf};

use anyhow::bail;
use policy::decide::{OWNER_POLICY_PATHS, REPOSITORY_POLICY_PATHS};
use preview::comparison::Version;

use super::revision;
use crate::commands::disk::read_text;

/// Two versions of a policy.
pub(super) struct Pair {
    pub(super) old: Version,
    pub(super) new: Version,
}

impl Pair {
    /// The versions of these names.
    pub(super) fn named(old: &str, new: &str) -> anyhow::Result<Self> {
        Ok(Self { old: named(old)?, new: named(new)? })
    }

    /// The policies of the checkout and of a revision.
    pub(super) fn since(base: &str) -> anyhow::Result<Vec<Self>> {
        let top = PathBuf::from(revision::top()?);
        let mut pairs = Vec::new();
        for paths in [&REPOSITORY_POLICY_PATHS, &OWNER_POLICY_PATHS] {
            let mut old = None;
            let mut new = None;
            // The first that exists counts, as for the broker.
            for path in paths {
                if old.is_none() {
                    old = Some(at(base, path)?).filter(|version| version.text.is_some());
                }
                let file = top.join(path);
                if new.is_none() && file.exists() {
                    new = Some(version((*path).to_owned(), PathBuf::from(path), Some(read_text(&file)?)));
                }
            }
            let missing = |name: String| version(name, PathBuf::from(paths[0]), None);
            match (old, new) {
                (None, None) => {}
                (old, new) => pairs.push(Self {
                    old: old.unwrap_or_else(|| missing(format!("{base}:{}", paths[0]))),
                    new: new.unwrap_or_else(|| missing(paths[0].to_owned())),
                }),
            }
        }
        if pairs.is_empty() {
            bail!(
                "neither the checkout nor `{base}` has a policy: expected `{}` or `{}`",
                REPOSITORY_POLICY_PATHS[0],
                OWNER_POLICY_PATHS[0]
            );
        }
        Ok(pairs)
    }
}

fn version(name: String, path: PathBuf, text: Option<String>) -> Version {
    Version { name, path, text }
}

/// A file, or else a file at a revision.
fn named(name: &str) -> anyhow::Result<Version> {
    let path = Path::new(name);
    match name.split_once(':') {
        Some((revision, file)) if !path.exists() && !revision.is_empty() && !file.is_empty() => {
            at(revision, file)
        }
        _ => Ok(version(name.to_owned(), path.to_owned(), Some(read_text(path)?))),
    }
}

fn at(revision: &str, path: &str) -> anyhow::Result<Version> {
    let text = revision::read(revision, path)?;
    Ok(version(format!("{revision}:{path}"), PathBuf::from(path), text))
}
