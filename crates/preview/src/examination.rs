//! One policy file: which kind it is, which repository it is for, and what is wrong with it.

use std::path::Path;

use github_types::Repository;
use lint::report::CheckedFile;
use lint::{Checked, Finding};
use policy::decide::{OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};
use policy::diagnostic::Severity;
use policy::gate::{self, Document};
use policy::model::OwnerPolicy;
use policy::parse::{PolicyKind, parse_owner_policy};
use time::OffsetDateTime;

/// The keys that only owner policies have.
const OWNER_KEYS: [&str; 2] = ["allowed-subjects", "allowed-repository-permissions"];

/// A policy file, looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examination {
    /// The path as it was given.
    pub path: String,
    /// The text.
    pub text: String,
    /// Which kind of policy it is.
    pub kind: PolicyKind,
    /// The repository that it is for.
    pub origin: Origin,
    /// Whether the file as a whole is valid; if it is not, it grants nothing.
    pub is_in_force: bool,
    /// How many statements the file has.
    pub statements: usize,
    /// How many of them can match somebody; none of a file that is not in force.
    pub statements_in_force: usize,
    /// In the order of the text.
    pub findings: Vec<Finding>,
}

/// What is known beside the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// The folder that a relative path begins at: the names of folders tell of the kind, too.
    pub folder: Option<&'a Path>,
    /// Which kind of policy it is; by default path and contents tell.
    pub kind: Option<PolicyKind>,
    /// The repository that it is for; by default its `origin` tells.
    pub repository: Option<&'a Repository>,
    /// The time, for what expires.
    pub now: Option<OffsetDateTime>,
    /// What repository policies may grant at all.
    pub owner_policy: Option<&'a OwnerPolicy>,
}

/// How it is known which repository a file is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was said.
    Given(Repository),
    /// The file says so itself.
    Read(Repository),
    /// Nobody knows.
    Unknown,
}

impl Origin {
    /// The repository, where it is known.
    pub fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Given(repository) | Self::Read(repository) => Some(repository),
            Self::Unknown => None,
        }
    }
}

impl Examination {
    /// Looks at the text of a file.
    pub fn new(path: &Path, text: String, surroundings: Surroundings<'_>) -> Self {
        let document = lint::readable(&text);
        let written = document.as_ref().and_then(written_origin);
        let kind = surroundings.kind;
        let kind = kind.unwrap_or_else(|| kind_of(path, document.as_ref(), written.as_ref(), surroundings));
        let origin = match (surroundings.repository, written) {
            (Some(repository), _) => Origin::Given(repository.clone()),
            // The policy of an owner is looked for in one repository only, whatever the file says.
            (None, Some(written)) if kind == PolicyKind::Owner => Origin::Read(owner_repository(&written)),
            (None, Some(written)) => Origin::Read(written),
            (None, None) => Origin::Unknown,
        };
        let nobody = nobodys(kind);
        let Checked { statements_in_force, findings } = lint::check(&lint::Subject {
            text: &text,
            kind,
            found_in: origin.repository().unwrap_or(&nobody),
            now: surroundings.now,
            owner_policy: surroundings.owner_policy,
        });
        Self {
            path: path.display().to_string(),
            text,
            kind,
            origin,
            is_in_force: statements_in_force.is_some(),
            statements: document.as_ref().map_or(0, written_statements),
            statements_in_force: statements_in_force.unwrap_or_default(),
            findings,
        }
    }

    /// What is told of it, under this path.
    pub fn checked(self, path: String) -> CheckedFile {
        let repository = self.origin.repository().map(ToString::to_string);
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
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }
}

/// The owner policy that a text is; its `origin` is taken as right.
pub fn owner_policy(text: &str) -> Option<OwnerPolicy> {
    let document = gate::admit(text).ok()?;
    let owner = document.value.get("origin")?.as_str()?.split('/').next()?;
    let found_in = format!("{owner}/{OWNER_POLICY_REPOSITORY}").parse().ok()?;
    parse_owner_policy(text, &found_in).policy
}

fn written_statements(document: &Document) -> usize {
    document.value.get("statements").and_then(|value| value.as_sequence()).map_or(0, Vec::len)
}

/// Path, then contents, then the names of the folder and the repository.
fn kind_of(
    path: &Path,
    document: Option<&Document>,
    written: Option<&Repository>,
    Surroundings { folder, repository, .. }: Surroundings<'_>,
) -> PolicyKind {
    let whole = folder.map_or_else(|| path.to_owned(), |folder| folder.join(path));
    if REPOSITORY_POLICY_PATHS.iter().any(|end| whole.ends_with(end)) {
        return PolicyKind::Repository;
    }
    let value = document.map(|document| &document.value);
    let has_owner_keys =
        value.is_some_and(|value| OWNER_KEYS.into_iter().any(|key| value.get(key).is_some()));
    let parent = whole.parent().and_then(Path::file_name);
    let is_owners =
        |repository: &Repository| repository.name().as_str().eq_ignore_ascii_case(OWNER_POLICY_REPOSITORY);
    if has_owner_keys
        || parent.is_some_and(|name| name == OWNER_POLICY_REPOSITORY)
        || written.is_some_and(is_owners)
        || repository.is_some_and(is_owners)
    {
        PolicyKind::Owner
    } else {
        PolicyKind::Repository
    }
}

/// The repository of the file's `origin`, if that is one.
fn written_origin(document: &Document) -> Option<Repository> {
    document.value.get("origin")?.as_str()?.parse().ok()
}

/// Where the policy of the same owner lies.
fn owner_repository(of: &Repository) -> Repository {
    Repository::new(of.owner().clone(), nobodys(PolicyKind::Owner).name().clone())
}

/// What a file is held against of which nobody knows whose it is: an `origin` that is right would be known.
#[expect(clippy::expect_used, reason = "both are names, as a test shows")]
fn nobodys(kind: PolicyKind) -> Repository {
    let name = match kind {
        PolicyKind::Owner => format!("OWNER/{OWNER_POLICY_REPOSITORY}"),
        PolicyKind::Repository => "OWNER/REPOSITORY".to_owned(),
    };
    name.parse().expect("a repository")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: &str = "origin: octo-org/.github-access-token\n";
    const REPOSITORY: &str = "origin: octo-org/website\n";

    fn examine(path: &str, text: &str) -> Examination {
        Examination::new(Path::new(path), text.to_owned(), Surroundings::default())
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
        let website = Origin::Read("octo-org/website".parse().unwrap());
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
        assert_eq!(examination.origin, Origin::Read("octo-org/.github-access-token".parse().unwrap()));
        assert_eq!(examination.count(Severity::Error), 1);
    }

    #[test]
    fn what_is_nobodys_is_held_against_a_name_of_its_kind() {
        assert_eq!(nobodys(PolicyKind::Owner).to_string(), "OWNER/.github-access-token");
        assert_eq!(nobodys(PolicyKind::Repository).to_string(), "OWNER/REPOSITORY");
    }
}
