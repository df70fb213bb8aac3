//! The two versions of a policy: where they are read from and what they are.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use github_types::Repository;
use policy::decide::{OWNER_POLICY_PATHS, REPOSITORY_POLICY_PATHS};
use policy::parse::{Parsed, PolicyKind};

use super::revision;
use crate::commands::check::{Examination, Origin, read_text};
use crate::terminal::counted;

/// A version of a policy.
pub(super) struct Side {
    /// How it was named, or where it was found.
    pub(super) name: String,
    /// The path alone.
    path: PathBuf,
    /// None where the revision does not have the file.
    text: Option<String>,
    /// The repository that the policy is for.
    found_in: Option<Repository>,
}

/// Two versions of a policy.
pub(super) struct Pair {
    old: Side,
    new: Side,
}

impl Pair {
    /// The versions of these names.
    pub(super) fn named(old: &str, new: &str) -> anyhow::Result<Self> {
        Ok(Self { old: Side::named(old)?, new: Side::named(new)? })
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
                    old = Side::at(base, path)?.filter(|side| side.text.is_some());
                }
                let file = top.join(path);
                if new.is_none() && file.exists() {
                    new = Some(Side::of((*path).to_owned(), PathBuf::from(path), Some(read_text(&file)?)));
                }
            }
            let missing = |name: String| Side::of(name, PathBuf::from(paths[0]), None);
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

    /// The versions with the repository that they are for, and their kind.
    pub(super) fn examined(
        mut self,
        kind: Option<PolicyKind>,
        repository: Option<&str>,
    ) -> anyhow::Result<(Side, Side, PolicyKind)> {
        let examine = |side: &Side| {
            let text = side.text.clone();
            text.map(|text| Examination::new(&side.path, text, kind, repository)).transpose()
        };
        let (old, new) = (examine(&self.old)?, examine(&self.new)?);
        let kind = match (&old, &new) {
            (Some(old), Some(new)) if old.kind != new.kind => {
                bail!(
                    "the one is an owner policy and the other a repository policy; --kind says which is meant"
                )
            }
            (Some(one), _) | (None, Some(one)) => one.kind,
            (None, None) => bail!("neither `{}` nor `{}` exists", self.old.name, self.new.name),
        };
        let of = |examination: &Option<Examination>| {
            let examination = examination.as_ref()?;
            match &examination.origin {
                Origin::Given(name) | Origin::Read(name) => name.parse().ok(),
                Origin::Unknown => None,
            }
        };
        (self.old.found_in, self.new.found_in) = (of(&old), of(&new));
        Ok((self.old, self.new, kind))
    }
}

impl Side {
    fn of(name: String, path: PathBuf, text: Option<String>) -> Self {
        Self { name, path, text, found_in: None }
    }

    /// A file, or else a file at a revision.
    fn named(name: &str) -> anyhow::Result<Self> {
        let path = Path::new(name);
        match name.split_once(':') {
            Some((revision, file)) if !path.exists() && !revision.is_empty() && !file.is_empty() => {
                Self::at(revision, file)?.context("a file at a revision")
            }
            _ => Ok(Self::of(name.to_owned(), path.to_owned(), Some(read_text(path)?))),
        }
    }

    fn at(revision: &str, path: &str) -> anyhow::Result<Option<Self>> {
        let text = revision::read(revision, path)?;
        Ok(Some(Self::of(format!("{revision}:{path}"), PathBuf::from(path), text)))
    }

    /// What is to be known where the two are not of the same repository.
    pub(super) fn other_repository(&self, other: &Self) -> Option<String> {
        let (one, two) = (self.found_in.as_ref()?, other.found_in.as_ref()?);
        (one != two).then(|| {
            format!(
                "`{}` is of {one} and `{}` of {two}, so all that the first grants ends, and all of the second is new",
                self.name, other.name
            )
        })
    }

    /// What the version means; none if it grants nothing. What is to be known of that becomes a remark.
    pub(super) fn policy<P>(
        &self,
        parse: impl Fn(&str, &Repository) -> Parsed<P>,
        remarks: &mut Vec<String>,
    ) -> Option<P> {
        let name = &self.name;
        let Some(text) = &self.text else {
            remarks.push(format!("`{name}` does not exist, so it grants nothing"));
            return None;
        };
        let Some(found_in) = &self.found_in else {
            remarks.push(format!("`{name}` is invalid as a whole, so it grants nothing"));
            return None;
        };
        let parsed = parse(text, found_in);
        let problems = counted(parsed.diagnostics.len(), "problem");
        match (&parsed.policy, parsed.diagnostics.len()) {
            (None, _) => remarks.push(format!("`{name}` is invalid as a whole, so it grants nothing")),
            (Some(_), 1..) => remarks
                .push(format!("`{name}` has {problems}; `access-token check` shows what is not in force")),
            (Some(_), 0) => {}
        }
        parsed.policy
    }
}
