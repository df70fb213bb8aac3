//! The first stage: what the App may do for the owner.

use github_types::{Level, Permission};

use super::owner::NeedsOwnerPolicy;
use super::{Next, Question, denied};
use crate::decision::{Decision, Issue, Reason};
use crate::model::Grants;

/// The repository that holds an owner's policy.
pub const OWNER_POLICY_REPOSITORY: &str = ".github-access-token";
/// Where an owner's policy may stand, in the order of trying.
pub const OWNER_POLICY_PATHS: [&str; 2] = ["access-token.yaml", "access-token.yml"];
/// Where a repository's policy may stand, in the order of trying.
pub const REPOSITORY_POLICY_PATHS: [&str; 2] = [".github/access-token.yaml", ".github/access-token.yml"];

/// What is known of the App's installation for an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallationFacts {
    /// The owner's id at GitHub.
    pub owner_id: u64,
    /// Whether the owner has suspended it.
    pub suspended: bool,
    /// What it may do.
    pub permissions: Grants,
    /// The paths that its single-file permission covers.
    pub single_file_paths: Vec<String>,
}

impl InstallationFacts {
    /// Whether it has the permission at this level or a higher one.
    pub fn has(&self, permission: Permission, level: Level) -> bool {
        self.permissions.get(&permission).is_some_and(|held| *held >= level)
    }

    /// Whether its single-file permission covers all of these paths.
    pub fn covers(&self, paths: &[&str]) -> bool {
        paths.iter().all(|path| self.covers_path(path))
    }

    fn covers_path(&self, path: &str) -> bool {
        self.has(Permission::SINGLE_FILE, Level::Read)
            && self.single_file_paths.iter().any(|covered| covered == path)
    }

    /// Those of these paths that it can read in no way.
    pub(super) fn unreadable(&self, paths: &[&'static str]) -> Vec<&'static str> {
        if self.has(Permission::CONTENTS, Level::Read) {
            return Vec::new();
        }
        paths.iter().copied().filter(|path| !self.covers_path(path)).collect()
    }
}

impl<'a> Question<'a> {
    /// What is decided when the App is not installed for the owner.
    pub fn without_installation(self) -> Decision {
        denied(vec![self.issue(None, Reason::NoInstallation)])
    }

    /// Judges the App's installation for the owner.
    pub fn begin(self, installation: &'a InstallationFacts) -> Next<NeedsOwnerPolicy<'a>> {
        if installation.suspended {
            return Next::Decided(denied(vec![self.issue(None, Reason::InstallationSuspended)]));
        }
        let unreadable = self.unreadable(installation, &OWNER_POLICY_PATHS);
        if !unreadable.is_empty() {
            return Next::Decided(denied(unreadable));
        }
        let lacking: Vec<Issue> = self
            .request
            .permissions
            .iter()
            .filter(|(permission, level)| !installation.has(*permission, *level))
            .map(|(permission, level)| {
                self.issue(None, Reason::InstallationLacksPermission).about(permission, level)
            })
            .collect();
        if lacking.is_empty() {
            Next::Needs(NeedsOwnerPolicy { question: self, installation })
        } else {
            Next::Decided(denied(lacking))
        }
    }

    pub(super) fn unreadable(&self, installation: &InstallationFacts, paths: &[&'static str]) -> Vec<Issue> {
        let paths = installation.unreadable(paths).into_iter();
        paths.map(|path| self.issue(None, Reason::PolicyUnreadable { path })).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_the_paths_that_it_lists_if_it_may_read_single_files() {
        let facts = |permission: Permission| InstallationFacts {
            owner_id: 1,
            suspended: false,
            permissions: [(permission, Level::Read)].into(),
            single_file_paths: OWNER_POLICY_PATHS.map(str::to_owned).into(),
        };
        let installation = facts(Permission::SINGLE_FILE);
        assert!(installation.covers(&OWNER_POLICY_PATHS) && installation.covers(&["access-token.yml"]));
        assert!(!installation.covers(&["access-token.yaml", ".github/access-token.yaml"]));
        assert!(!facts(Permission::CONTENTS).covers(&OWNER_POLICY_PATHS));
    }
}
