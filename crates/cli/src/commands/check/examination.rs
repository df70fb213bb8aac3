//! One policy file: which kind it is, which repository it is for, and what is wrong with it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use lint::report::CheckedFile;
use lint::{Checked, Finding};
use policy::decide::{OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};
use policy::diagnostic::Severity;
use policy::gate::{Document, MAX_BYTES};
use policy::model::OwnerPolicy;
use policy::parse::{PolicyKind, parse_repository_policy};
use time::OffsetDateTime;

/// The keys that only owner policies have.
const OWNER_KEYS: [&str; 2] = ["allowed-subjects", "allowed-repository-permissions"];

/// A policy file, looked at.
pub(in crate::commands) struct Examination {
    /// The path as it was given.
    pub(super) path: String,
    pub(super) text: String,
    pub(in crate::commands) kind: PolicyKind,
    pub(in crate::commands) origin: Origin,
    /// Whether the file as a whole is valid; if it is not, it grants nothing.
    pub(super) is_in_force: bool,
    /// How many statements the file has, and how many of them can match somebody; none of a file that is not in force.
    pub(super) statements: usize,
    pub(super) statements_in_force: usize,
    /// In the order of the text.
    pub(in crate::commands) findings: Vec<Finding>,
}

/// What is known beside the file.
#[derive(Clone, Copy, Default)]
pub(super) struct Surroundings<'a> {
    /// Which kind of policy it is; by default path and contents tell.
    pub(super) kind: Option<PolicyKind>,
    /// The repository that it is for; by default its `origin` tells.
    pub(super) repository: Option<&'a str>,
    /// The time, for what expires.
    pub(super) now: Option<OffsetDateTime>,
    /// What repository policies may grant at all.
    pub(super) owner_policy: Option<&'a OwnerPolicy>,
}

/// How it is known which repository a file is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands) enum Origin {
    /// It was said: `owner/name`.
    Given(String),
    /// The file says so itself: `owner/name`.
    Read(String),
    /// Nobody knows.
    Unknown,
}

impl Examination {
    /// Looks at the text of a file of which no more is known than this.
    ///
    /// # Errors
    /// When `repository` is not `owner/name`.
    pub(in crate::commands) fn new(
        path: &Path,
        text: String,
        kind: Option<PolicyKind>,
        repository: Option<&str>,
    ) -> anyhow::Result<Self> {
        Self::within(path, text, Surroundings { kind, repository, ..Surroundings::default() })
    }

    /// Looks at the text of a file.
    ///
    /// # Errors
    /// When `repository` is not `owner/name`.
    pub(super) fn within(path: &Path, text: String, surroundings: Surroundings<'_>) -> anyhow::Result<Self> {
        let Surroundings { kind, repository, .. } = surroundings;
        let document = lint::readable(&text);
        let kind = kind.unwrap_or_else(|| kind_of(path, document.as_ref(), repository));
        let origin = match repository {
            Some(repository) => Origin::Given(repository.to_owned()),
            None => document.as_ref().and_then(written_origin).map_or(Origin::Unknown, |(owner, name)| {
                // The policy of an owner is looked for in one repository only, whatever the file says.
                let name = if kind == PolicyKind::Owner { OWNER_POLICY_REPOSITORY } else { &name };
                Origin::Read(format!("{owner}/{name}"))
            }),
        };
        let checked = match &origin {
            Origin::Given(repository) | Origin::Read(repository) => {
                checked(&text, kind, repository, surroundings)?
            }
            Origin::Unknown if kind == PolicyKind::Owner => {
                checked(&text, kind, &format!("OWNER/{OWNER_POLICY_REPOSITORY}"), surroundings)?
            }
            Origin::Unknown => checked(&text, kind, "OWNER/REPOSITORY", surroundings)?,
        };
        let Checked { statements_in_force, findings } = checked;
        let path = path.display().to_string();
        Ok(Self {
            path,
            text,
            kind,
            origin,
            is_in_force: statements_in_force.is_some(),
            statements: document.as_ref().map_or(0, written_statements),
            statements_in_force: statements_in_force.unwrap_or_default(),
            findings,
        })
    }

    /// What is told of it, under this path.
    pub(super) fn checked(self, path: String) -> CheckedFile {
        let repository = match self.origin {
            Origin::Given(repository) | Origin::Read(repository) => Some(repository),
            Origin::Unknown => None,
        };
        CheckedFile {
            path,
            kind: self.kind,
            repository,
            valid: self.is_in_force,
            statements: self.statements,
            statements_in_force: self.statements_in_force,
            findings: self.findings,
        }
    }

    /// How many findings there are of this severity.
    pub(in crate::commands) fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// Reads a policy file. Of one that is too large only the beginning, which is enough to say that it is.
///
/// # Errors
/// When it cannot be read or is no text.
pub(in crate::commands) fn read_text(path: &Path) -> anyhow::Result<String> {
    let name = path.display();
    let reading = || format!("cannot read `{name}`");
    let file = File::open(path).with_context(reading)?;
    if file.metadata().with_context(reading)?.is_dir() {
        bail!("cannot read `{name}`: it is a directory, expected a policy file");
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).with_context(reading)?;
    if bytes.len() > MAX_BYTES {
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    let Ok(text) = String::from_utf8(bytes) else { bail!("cannot read `{name}`: it is not UTF-8 text") };
    Ok(text)
}

fn checked(
    text: &str,
    kind: PolicyKind,
    repository: &str,
    surroundings: Surroundings<'_>,
) -> anyhow::Result<Checked> {
    let found_in =
        repository.parse().with_context(|| format!("--repository: `{repository}` is no repository"))?;
    let Surroundings { now, owner_policy, .. } = surroundings;
    Ok(lint::check(&lint::Subject { text, kind, found_in: &found_in, now, owner_policy }))
}

fn written_statements(document: &Document) -> usize {
    document.value.get("statements").and_then(|value| value.as_sequence()).map_or(0, Vec::len)
}

/// Path, then contents, then the names of the folder and the repository.
fn kind_of(path: &Path, document: Option<&Document>, repository: Option<&str>) -> PolicyKind {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if REPOSITORY_POLICY_PATHS.iter().any(|end| absolute.ends_with(end)) {
        return PolicyKind::Repository;
    }
    let value = document.map(|document| &document.value);
    let has_owner_keys =
        value.is_some_and(|value| OWNER_KEYS.into_iter().any(|key| value.get(key).is_some()));
    let folder = absolute.parent().and_then(Path::file_name);
    let written = document.and_then(written_origin).map(|(_, name)| name);
    let given = repository.and_then(|repository| repository.split_once('/')).map(|(_, name)| name.to_owned());
    let is_owners = |name: &String| name.eq_ignore_ascii_case(OWNER_POLICY_REPOSITORY);
    if has_owner_keys
        || folder.is_some_and(|folder| folder == OWNER_POLICY_REPOSITORY)
        || written.as_ref().is_some_and(is_owners)
        || given.as_ref().is_some_and(is_owners)
    {
        PolicyKind::Owner
    } else {
        PolicyKind::Repository
    }
}

/// Owner and name, if the file's `origin` is such.
fn written_origin(document: &Document) -> Option<(String, String)> {
    let origin = document.value.get("origin")?.as_str()?;
    // The reader of policies knows what a repository's name is: with a wrong one it would not get this far.
    origin.parse().ok().map(|origin| parse_repository_policy("", &origin))?;
    origin.split_once('/').map(|(owner, name)| (owner.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &str = "origin: octo-org/.github-access-token\n";
    const REPOSITORY: &str = "origin: octo-org/website\n";

    fn examine(path: &str, text: &str) -> Examination {
        Examination::new(Path::new(path), text.to_owned(), None, None).unwrap()
    }

    #[test]
    fn path_and_contents_tell_the_kind() {
        let kind = |path: &str, text: &str| examine(path, text).kind;
        assert_eq!(kind("x/.github/access-token.yaml", OWNER), PolicyKind::Repository);
        assert_eq!(kind("x/.github/access-token.yml", "allowed-subjects: []"), PolicyKind::Repository);
        assert_eq!(kind("policy.yaml", "allowed-subjects: []"), PolicyKind::Owner);
        assert_eq!(kind("policy.yaml", "allowed-repository-permissions: {}"), PolicyKind::Owner);
        assert_eq!(kind(".github-access-token/access-token.yaml", REPOSITORY), PolicyKind::Owner);
        assert_eq!(kind("policy.yaml", OWNER), PolicyKind::Owner);
        assert_eq!(kind("policy.yaml", REPOSITORY), PolicyKind::Repository);
        assert_eq!(kind("policy.yaml", "not: [yaml"), PolicyKind::Repository);
    }

    #[test]
    fn without_a_repository_the_origin_is_taken_as_right() {
        let website = Origin::Read("octo-org/website".to_owned());
        assert_eq!(examine("policy.yaml", REPOSITORY).origin, website);
        for text in ["statements: []", "origin: website", "origin: [a]", "", "a: [b"] {
            let examination = examine("policy.yaml", text);
            assert_eq!(examination.origin, Origin::Unknown, "{text}");
            assert!(!examination.is_in_force, "{text}");
        }
    }

    #[test]
    fn an_owner_policy_of_another_repository_is_wrong() {
        let examination = examine(".github-access-token/access-token.yaml", REPOSITORY);
        assert_eq!(examination.origin, Origin::Read("octo-org/.github-access-token".to_owned()));
        assert_eq!(examination.count(Severity::Error), 1);
    }

    #[test]
    fn a_repository_that_is_none_is_refused() {
        let error = Examination::new(Path::new("x"), String::new(), None, Some("website")).err().unwrap();
        assert_eq!(format!("{error:#}"), "--repository: `website` is no repository: expected `owner/name`");
    }
}
