//! The permissions of a GitHub App: their scopes and levels.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// What GitHub publishes: per host, per permission in `snake_case`, its levels.
const PUBLISHED: &str = include_str!("../../../github-types/data/github-app-permissions.json");

/// Names in real use that the published list may lack; all have `read` and `write`.
const IN_USE: [&str; 17] = [
    "actions-variables",
    "codespaces-lifecycle-admin",
    "codespaces-metadata",
    "codespaces-secrets",
    "custom-properties",
    "discussions",
    "merge-queues",
    "projects",
    "repository-advisories",
    "repository-projects",
    "secret-scanning-alerts",
    "team-discussions",
    "organization-actions-variables",
    "organization-codespaces",
    "organization-codespaces-secrets",
    "organization-codespaces-settings",
    "organization-dependabot-secrets",
];

const OF_AN_ACCOUNT: [&str; 7] =
    ["email-addresses", "followers", "git-ssh-keys", "gpg-keys", "interaction-limits", "profile", "starring"];

const OF_AN_ORGANIZATION: [&str; 3] = ["members", "custom-properties-for-organizations", "team-discussions"];

/// A level; a higher one includes the lower ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `read`
    Read,
    /// `write`
    Write,
    /// `admin`
    Admin,
}

impl Level {
    /// Reads `read`, `write` or `admin`, in lower case only.
    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    /// As policies and requests spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// What a permission is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One repository.
    Repository,
    /// The owner: an organization, an account or an enterprise.
    Owner,
}

/// Permission names in kebab-case, each with a level.
pub(super) type Levels = BTreeMap<String, Level>;

/// Every permission in kebab-case with its levels.
pub fn every_permission() -> &'static BTreeMap<String, BTreeSet<Level>> {
    static TABLE: OnceLock<BTreeMap<String, BTreeSet<Level>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let hosts: BTreeMap<String, BTreeMap<String, Vec<String>>> =
            serde_json::from_str(PUBLISHED).unwrap_or_default();
        let mut table: BTreeMap<String, BTreeSet<Level>> = BTreeMap::new();
        for (name, levels) in hosts.into_values().flatten() {
            let levels = levels.iter().filter_map(|level| Level::read(level));
            table.entry(name.replace('_', "-")).or_default().extend(levels);
        }
        for name in IN_USE {
            table.entry(name.to_owned()).or_insert_with(|| [Level::Read, Level::Write].into());
        }
        table
    })
}

/// The permission's scope, by its name in kebab-case.
pub(super) fn scope(name: &str) -> Scope {
    let of_owner = OF_AN_ACCOUNT.contains(&name)
        || OF_AN_ORGANIZATION.contains(&name)
        || name.starts_with("organization-")
        || name.starts_with("enterprise-");
    if of_owner { Scope::Owner } else { Scope::Repository }
}

/// Reads `name: level` as a policy or request has it, in kebab- or snake-case.
///
/// An error is the part that is wrong.
pub(super) fn read_entry<'a>(name: &'a str, level: &'a str) -> Result<(String, Level), &'a str> {
    let kebab = name.replace('_', "-");
    let levels = every_permission().get(&kebab).ok_or(name)?;
    match Level::read(level) {
        Some(level) if levels.contains(&level) => Ok((kebab, level)),
        _ => Err(level),
    }
}

/// Adds a permission, keeping the higher of two levels.
pub(super) fn add(levels: &mut Levels, name: String, level: Level) {
    let held = levels.entry(name).or_insert(level);
    *held = level.max(*held);
}

/// Whether `held` has the permission at this level or a higher one.
pub(super) fn covers(held: &Levels, name: &str, level: Level) -> bool {
    held.get(name).is_some_and(|held| *held >= level)
}

#[cfg(test)]
mod tests {
    use super::{Level, Scope, every_permission, read_entry, scope};

    #[test]
    fn reads_the_published_levels() {
        assert_eq!(read_entry("pull_requests", "write"), Ok(("pull-requests".to_owned(), Level::Write)));
        assert_eq!(read_entry("workflows", "read"), Err("read"));
        assert_eq!(read_entry("profile", "read"), Err("read"));
        assert_eq!(read_entry("organization_plan", "write"), Err("write"));
        assert_eq!(read_entry("contents", "admin"), Err("admin"));
        assert_eq!(read_entry("repository-projects", "admin").map(|(_, level)| level), Ok(Level::Admin));
        assert_eq!(read_entry("contetns", "read"), Err("contetns"));
    }

    #[test]
    fn tells_the_scopes_apart() {
        for name in
            ["members", "organization-plan", "team-discussions", "starring", "enterprise-administration"]
        {
            assert_eq!(scope(name), Scope::Owner, "{name}");
        }
        for name in
            ["contents", "custom-properties", "projects", "repository-custom-properties", "codespaces"]
        {
            assert_eq!(scope(name), Scope::Repository, "{name}");
        }
    }

    #[test]
    fn has_the_union_of_all_hosts_and_the_names_in_use() {
        let table = every_permission();
        assert!(table.contains_key("enterprise-custom-properties"));
        assert!(table.contains_key("organization-dependabot-secrets"));
        assert!(table.values().all(|levels| !levels.is_empty()));
    }
}
