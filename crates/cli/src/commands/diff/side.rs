//! Where the two versions of a policy are read from.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};
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
    /// The versions of these names; beside the name of a revision alone, the same file there.
    pub(super) fn named(old: &str, new: &str) -> anyhow::Result<Vec<Self>> {
        let (old, new) = (Name::of(old)?, Name::of(new)?);
        match (&old, &new) {
            (Name::Revision(old), Name::Revision(new)) => {
                Self::between(&State::Revision(old), &State::Revision(new))
            }
            (Name::Revision(revision), file) => {
                Ok(vec![Self { old: at(revision, &file.path()?)?, new: file.read()? }])
            }
            (file, Name::Revision(revision)) => {
                Ok(vec![Self { old: file.read()?, new: at(revision, &file.path()?)? }])
            }
            (old, new) => Ok(vec![Self { old: old.read()?, new: new.read()? }]),
        }
    }

    /// The policies of a revision and of the checkout.
    pub(super) fn since(base: &str) -> anyhow::Result<Vec<Self>> {
        Self::between(&State::Revision(base), &State::Checkout(PathBuf::from(revision::top()?)))
    }

    fn between(old: &State<'_>, new: &State<'_>) -> anyhow::Result<Vec<Self>> {
        let mut pairs = Vec::new();
        for paths in [&REPOSITORY_POLICY_PATHS, &OWNER_POLICY_PATHS] {
            match (old.first(paths)?, new.first(paths)?) {
                (None, None) => {}
                (was, is) => pairs.push(Self {
                    old: was.unwrap_or_else(|| old.missing(paths[0])),
                    new: is.unwrap_or_else(|| new.missing(paths[0])),
                }),
            }
        }
        if pairs.is_empty() {
            bail!(
                "neither {} nor {} has a policy: expected `{}` or `{}`",
                new.name(),
                old.name(),
                REPOSITORY_POLICY_PATHS[0],
                OWNER_POLICY_PATHS[0]
            );
        }
        Ok(pairs)
    }
}

/// Where policies lie at their places.
enum State<'a> {
    Revision(&'a str),
    /// The folder at its top.
    Checkout(PathBuf),
}

impl State<'_> {
    /// The first of the files that exists counts, as for the broker.
    fn first(&self, paths: &[&str; 2]) -> anyhow::Result<Option<Version>> {
        for path in paths {
            let version = match self {
                Self::Revision(revision) => version(
                    format!("{revision}:{path}"),
                    PathBuf::from(path),
                    revision::read(revision, path)?,
                ),
                Self::Checkout(top) => {
                    let file = top.join(path);
                    let text = if file.exists() { Some(read_text(&file)?) } else { None };
                    version((*path).to_owned(), PathBuf::from(path), text)
                }
            };
            if version.text.is_some() {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    fn missing(&self, path: &str) -> Version {
        let name = match self {
            Self::Revision(revision) => format!("{revision}:{path}"),
            Self::Checkout(_) => path.to_owned(),
        };
        version(name, PathBuf::from(path), None)
    }

    fn name(&self) -> String {
        match self {
            Self::Revision(revision) => format!("`{revision}`"),
            Self::Checkout(_) => "the checkout".to_owned(),
        }
    }
}

/// What a word on the command line names.
enum Name<'a> {
    File(&'a str),
    /// A file at a revision.
    At(&'a str, &'a str),
    Revision(&'a str),
}

impl<'a> Name<'a> {
    /// A path that exists comes before a revision of the same name.
    fn of(name: &'a str) -> anyhow::Result<Self> {
        match name.split_once(':') {
            _ if Path::new(name).exists() => Ok(Self::File(name)),
            Some((revision, file)) if !revision.is_empty() && !file.is_empty() => {
                Ok(Self::At(revision, file))
            }
            _ if revision::is_one(name) => Ok(Self::Revision(name)),
            _ => bail!(
                "`{name}` is no file and no git revision here: expected a file, `REVISION:PATH` or a revision"
            ),
        }
    }

    fn read(&self) -> anyhow::Result<Version> {
        match self {
            Self::File(name) => {
                Ok(version((*name).to_owned(), PathBuf::from(name), Some(read_text(Path::new(name))?)))
            }
            Self::At(revision, path) => at(revision, path),
            Self::Revision(name) => bail!("`{name}` is a revision, expected a file"),
        }
    }

    /// The path from the top of the checkout.
    fn path(&self) -> anyhow::Result<String> {
        match self {
            Self::File(name) => from_top(name),
            Self::At(_, path) => Ok((*path).to_owned()),
            Self::Revision(name) => bail!("`{name}` is a revision, expected a file"),
        }
    }
}

/// The path of a file from the top of the checkout, as git writes it. Of a link, where the link itself lies.
fn from_top(name: &str) -> anyhow::Result<String> {
    let reading = || format!("cannot read `{name}`");
    let path = Path::new(name);
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let folder = fs::canonicalize(folder).with_context(reading)?;
    let top = fs::canonicalize(revision::top()?).with_context(reading)?;
    let Ok(folder) = folder.strip_prefix(top) else {
        bail!("`{name}` is not in this checkout: write `REVISION:PATH` instead of the revision alone");
    };
    let path = folder.join(path.file_name().unwrap_or_default());
    let parts = path.components().map(Component::as_os_str).map(|part| part.to_string_lossy());
    Ok(parts.collect::<Vec<_>>().join("/"))
}

fn version(name: String, path: PathBuf, text: Option<String>) -> Version {
    Version { name, path, text }
}

/// A file at a revision.
fn at(revision: &str, path: &str) -> anyhow::Result<Version> {
    let text = revision::read(revision, path)?;
    if text.is_none() && !["./", "../"].iter().any(|start| path.starts_with(start)) {
        // Git's paths begin at the top of the checkout, wherever the command runs.
        let within = revision::folder()? + path;
        if within != path && revision::read(revision, &within)?.is_some() {
            bail!(
                "`{revision}` has no `{path}` at the top of the checkout: write `{revision}:./{path}` or \
                 `{revision}:{within}`"
            );
        }
    }
    Ok(version(format!("{revision}:{path}"), PathBuf::from(path), text))
}
