//! The policies that are at hand: from files, or from where a checkout has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use github_types::RepositoryName;
use policy::decide::{OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};
use policy::parse::PolicyKind;
use preview::examination::Surroundings;

use crate::commands::disk::{check_command, examined, of_kind, read_text};
use crate::terminal::counted;

/// The flags that name them.
#[derive(clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Policies")]
pub(super) struct Sources {
    /// The policy of the owner
    #[arg(long, value_name = "FILE")]
    owner_policy: Option<PathBuf>,

    /// The policy of a target repository; may be given several times
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file)]
    repository_policy: Vec<(String, PathBuf)>,

    /// A checkout to take policies from: `.github/access-token.yaml`, and `access-token.yaml` of the owner's policy
    /// repository; may be given several times
    #[arg(long, value_name = "DIR")]
    checkout: Vec<PathBuf>,

    /// A repository that has no policy, or `.github-access-token` for the owner; may be given several times
    #[arg(long, value_name = "NAME")]
    without_policy: Vec<String>,
}

fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err("expected for example `website=.github/access-token.yaml`".to_owned()),
    }
}

/// What is known of a policy.
pub(super) enum Held {
    /// It lies in this file.
    File { path: String, text: String },
    /// It was said that there is none.
    Absent,
}

/// What is known of all; what is not in here, nobody said anything about.
#[derive(Default)]
pub(super) struct Policies {
    pub(super) owner: Option<Held>,
    pub(super) repositories: BTreeMap<RepositoryName, Held>,
    /// What is to be known of how they were found, each in a sentence.
    pub(super) notes: Vec<String>,
    /// Which have problems, each in a sentence.
    pub(super) remarks: Vec<String>,
}

impl Held {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::File { text, .. } => Some(text),
            Self::Absent => None,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::File { path, .. } => format!("`{path}`"),
            Self::Absent => "--without-policy".to_owned(),
        }
    }
}

impl Sources {
    /// Reads the policies for a request to `owner`.
    ///
    /// # Errors
    /// When a file cannot be read, or two are given for one repository.
    pub(super) fn read(&self, owner: &str) -> anyhow::Result<Policies> {
        let mut policies = Policies::default();
        if let Some(path) = &self.owner_policy {
            policies.add_owner(file(path)?, owner)?;
        }
        for (name, path) in &self.repository_policy {
            let name = of_owner(name, owner, "--repository-policy")?;
            policies.add_repository(name, file(path)?, owner)?;
        }
        for folder in &self.checkout {
            policies.add_checkout(folder, owner)?;
        }
        for name in &self.without_policy {
            let name = of_owner(name, owner, "--without-policy")?;
            if name.as_str().eq_ignore_ascii_case(OWNER_POLICY_REPOSITORY) {
                policies.add_owner(Held::Absent, owner)?;
            } else {
                policies.add_repository(name, Held::Absent, owner)?;
            }
        }
        Ok(policies)
    }
}

fn file(path: &Path) -> anyhow::Result<Held> {
    Ok(Held::File { path: path.display().to_string(), text: read_text(path)? })
}

/// A repository of the owner that is asked, `name` or `owner/name`.
fn of_owner(text: &str, owner: &str, flag: &str) -> anyhow::Result<RepositoryName> {
    let name = match text.split_once('/') {
        Some((named, name)) if named.eq_ignore_ascii_case(owner) => name,
        Some((named, _)) => bail!(
            "{flag}: `{text}` is a repository of `{named}`, but the request is to `{owner}`; \
             --owner or --target say whom it is to"
        ),
        None => text,
    };
    name.parse().with_context(|| format!("{flag}: `{text}`"))
}

impl Policies {
    fn add_owner(&mut self, held: Held, owner: &str) -> anyhow::Result<()> {
        if let Some(other) = &self.owner {
            bail!("two owner policies: {} and {}; leave one out", other.name(), held.name());
        }
        self.remark(&held, PolicyKind::Owner, &format!("{owner}/{OWNER_POLICY_REPOSITORY}"));
        self.owner = Some(held);
        Ok(())
    }

    fn add_repository(&mut self, name: RepositoryName, held: Held, owner: &str) -> anyhow::Result<()> {
        if let Some(other) = self.repositories.get(&name) {
            bail!("two policies of `{owner}/{name}`: {} and {}; leave one out", other.name(), held.name());
        }
        self.remark(&held, PolicyKind::Repository, &format!("{owner}/{name}"));
        self.repositories.insert(name, held);
        Ok(())
    }

    /// What a policy with problems deserves a word on; the decision itself passes over what is invalid in it.
    fn remark(&mut self, held: &Held, kind: PolicyKind, repository: &str) {
        let Held::File { path, text } = held else { return };
        let found_in = repository.parse().ok();
        let surroundings =
            Surroundings { kind: Some(kind), repository: found_in.as_ref(), ..Surroundings::default() };
        let problems = examined(Path::new(path), text.clone(), surroundings).findings.len();
        if problems > 0 {
            let problems = counted(problems, "problem");
            let command = check_command(path, kind, repository);
            self.remarks.push(format!("`{path}` has {problems}; `{command}` shows them"));
        }
    }

    /// Takes the policies of a checkout, from the places where the broker looks for them.
    fn add_checkout(&mut self, folder: &Path, owner: &str) -> anyhow::Result<()> {
        let of_repository = first(folder, &REPOSITORY_POLICY_PATHS)?;
        let of_owner = first(folder, &OWNER_POLICY_PATHS)?;
        if of_repository.is_none() && of_owner.is_none() {
            bail!(
                "--checkout: `{}` has no policy: expected `{}` or `{}` in it",
                folder.display(),
                REPOSITORY_POLICY_PATHS[0],
                OWNER_POLICY_PATHS[0]
            );
        }
        if let Some(path) = &of_repository {
            self.take(path, PolicyKind::Repository, owner)?;
        }
        if let Some(path) = &of_owner {
            let examination = of_kind(path, read_text(path)?, None);
            // In another repository a file of that name at the top is nobody's policy.
            if examination.kind == PolicyKind::Owner || of_repository.is_none() {
                self.take(path, PolicyKind::Owner, owner)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, path: &Path, kind: PolicyKind, owner: &str) -> anyhow::Result<()> {
        let (shown, text) = (path.display(), read_text(path)?);
        let examination = of_kind(path, text, Some(kind));
        let Some(origin) = examination.origin.repository() else {
            let flag = match kind {
                PolicyKind::Owner => format!("--owner-policy {shown}"),
                PolicyKind::Repository => format!("--repository-policy NAME={shown}"),
            };
            bail!(
                "`{shown}` has no usable `origin`, so nobody knows whose it is; `access-token check {shown}` shows \
                 what is wrong, and {flag} says whose it is"
            );
        };
        let found = origin.owner();
        if !found.as_str().eq_ignore_ascii_case(owner) {
            self.notes.push(format!("`{shown}` is of `{found}`, which is not asked, so it is passed over"));
            return Ok(());
        }
        match kind {
            PolicyKind::Owner => self.add_owner(file(path)?, owner),
            PolicyKind::Repository => {
                self.notes.push(format!("`{shown}` is the policy of `{origin}`, as its `origin` says"));
                self.add_repository(origin.name().clone(), file(path)?, owner)
            }
        }
    }
}

/// The first of the paths that exists. Only what is missing is passed over, as by the broker.
fn first(folder: &Path, paths: &[&str]) -> anyhow::Result<Option<PathBuf>> {
    for path in paths {
        let path = folder.join(path);
        if path.try_exists().with_context(|| format!("cannot read `{}`", path.display()))? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
