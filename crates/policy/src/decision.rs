//! What was decided, and why.

use std::fmt;

use github_types::{
    Level, OwnerName, Permission, PermissionSet, Repository, RepositoryName, RepositorySelection,
};
use serde::Serialize;
use serde::ser::SerializeMap;

use crate::request::TokenRequest;

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The policies grant all of it.
    Granted(Grant),
    /// They do not.
    Denied(Denial),
}

/// Exactly what may be minted: all that was asked for, and nothing else.
///
/// INVARIANT: only deciding makes one, and only when every permission on every repository is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    owner: OwnerName,
    repositories: RepositorySelection,
    permissions: PermissionSet,
    by: Vec<GrantedBy>,
}

/// A permission, and the statement that grants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GrantedBy {
    /// The permission.
    pub permission: Permission,
    /// The level that was asked for.
    pub level: Level,
    /// The target repository; absent when the grant is for all of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<RepositoryName>,
    /// The repository that holds the policy.
    pub policy: Repository,
    /// The statement's number in it, counted from 1.
    pub statement: usize,
    /// The author's words on the statement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The caller's subject that matches.
    pub subject: String,
    /// The statement's subject that matches it.
    pub pattern: String,
}

/// Why a request is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// At least one.
    pub issues: Vec<Issue>,
}

/// One thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The owner that was asked.
    pub owner: OwnerName,
    /// The target repository, where it concerns one.
    pub repository: Option<RepositoryName>,
    /// What was asked for, where it concerns one permission.
    pub permission: Option<(Permission, Level)>,
    /// What is the matter.
    pub reason: Reason,
}

/// The kinds of things that stand in the way; their codes are stable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The App is not installed for the owner.
    NoInstallation,
    /// The installation is suspended.
    InstallationSuspended,
    /// The installation cannot read a policy file.
    PolicyUnreadable {
        /// The file's path in its repository.
        path: &'static str,
    },
    /// The installation does not have the permission at this level.
    InstallationLacksPermission,
    /// There is no owner policy.
    OwnerPolicyMissing,
    /// The owner policy is invalid as a whole.
    OwnerPolicyInvalid {
        /// What is wrong with it, each on a line.
        problems: Vec<String>,
    },
    /// The caller is not among those who may ask.
    CallerNotAllowed,
    /// Only the owner policy can grant this, and does not.
    NotGrantedByOwnerPolicy,
    /// Repository policies may not grant this.
    NotAllowedByOwnerPolicy,
    /// There is no repository policy.
    RepositoryPolicyMissing,
    /// The repository policy is invalid as a whole.
    RepositoryPolicyInvalid {
        /// What is wrong with it, each on a line.
        problems: Vec<String>,
    },
    /// The repository policy does not grant this.
    NotGrantedByRepositoryPolicy,
    /// GitHub does not mint such a token, although the policies would grant it.
    RefusedByGitHub {
        /// GitHub's words.
        reason: String,
    },
    /// All that a stranger may know.
    NotAuthorized,
}

impl Grant {
    /// Everything that `request` asks for.
    pub(crate) fn all_of(request: &TokenRequest, by: Vec<GrantedBy>) -> Self {
        Self {
            owner: request.owner.clone(),
            repositories: request.repositories.clone(),
            permissions: request.permissions.clone(),
            by,
        }
    }

    /// The account that grants.
    pub fn owner(&self) -> &OwnerName {
        &self.owner
    }

    /// The repositories that the token shall reach.
    pub fn repositories(&self) -> &RepositorySelection {
        &self.repositories
    }

    /// What the token shall be able to do.
    pub fn permissions(&self) -> &PermissionSet {
        &self.permissions
    }

    /// Which statement grants what.
    pub fn by(&self) -> &[GrantedBy] {
        &self.by
    }
}

impl Reason {
    /// Every code, in the order of the checks.
    pub const CODES: [&str; 14] = [
        "no-installation",
        "installation-suspended",
        "policy-unreadable",
        "installation-lacks-permission",
        "owner-policy-missing",
        "owner-policy-invalid",
        "caller-not-allowed",
        "not-granted-by-owner-policy",
        "not-allowed-by-owner-policy",
        "repository-policy-missing",
        "repository-policy-invalid",
        "not-granted-by-repository-policy",
        "refused-by-github",
        "not-authorized",
    ];

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoInstallation => "no-installation",
            Self::InstallationSuspended => "installation-suspended",
            Self::PolicyUnreadable { .. } => "policy-unreadable",
            Self::InstallationLacksPermission => "installation-lacks-permission",
            Self::OwnerPolicyMissing => "owner-policy-missing",
            Self::OwnerPolicyInvalid { .. } => "owner-policy-invalid",
            Self::CallerNotAllowed => "caller-not-allowed",
            Self::NotGrantedByOwnerPolicy => "not-granted-by-owner-policy",
            Self::NotAllowedByOwnerPolicy => "not-allowed-by-owner-policy",
            Self::RepositoryPolicyMissing => "repository-policy-missing",
            Self::RepositoryPolicyInvalid { .. } => "repository-policy-invalid",
            Self::NotGrantedByRepositoryPolicy => "not-granted-by-repository-policy",
            Self::RefusedByGitHub { .. } => "refused-by-github",
            Self::NotAuthorized => "not-authorized",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoInstallation => f.write_str("The GitHub App is not installed"),
            Self::InstallationSuspended => f.write_str("The installation of the GitHub App is suspended"),
            Self::PolicyUnreadable { path } => {
                write!(f, "The GitHub App cannot read `{path}`: add the path to its single-file permission")
            }
            Self::InstallationLacksPermission => {
                f.write_str("The installation of the GitHub App does not have this permission")
            }
            Self::OwnerPolicyMissing => f.write_str("The owner has no access policy"),
            Self::OwnerPolicyInvalid { .. } => f.write_str("The access policy of the owner is invalid"),
            Self::CallerNotAllowed => {
                f.write_str("Not among the allowed subjects of the owner's access policy")
            }
            Self::NotGrantedByOwnerPolicy => {
                f.write_str("Not authorized by the owner's access policy, which alone can grant this")
            }
            Self::NotAllowedByOwnerPolicy => {
                f.write_str("Not among the allowed repository permissions of the owner's access policy")
            }
            Self::RepositoryPolicyMissing => {
                f.write_str("The GitHub App sees no access policy in this repository")
            }
            Self::RepositoryPolicyInvalid { .. } => f.write_str("The access policy is invalid"),
            Self::RefusedByGitHub { reason } => write!(f, "GitHub does not mint this token: {reason}"),
            Self::NotGrantedByRepositoryPolicy | Self::NotAuthorized => f.write_str("Not authorized"),
        }
    }
}

impl Denial {
    /// GitHub's refusal to mint what the policies grant, such as for a repository that the App was not given.
    pub fn by_github(request: &TokenRequest, reason: String) -> Self {
        let reason = Reason::RefusedByGitHub { reason };
        let issue = Issue { owner: request.owner.clone(), repository: None, permission: None, reason };
        Self { issues: vec![issue] }
    }
}

impl Issue {
    /// The owner, or `owner/repository`.
    pub fn target(&self) -> String {
        match &self.repository {
            Some(repository) => format!("{}/{repository}", self.owner),
            None => self.owner.to_string(),
        }
    }
}

/// A flat object: `owner`, `repository`, `permission`, `level`, `code`, `path`, `message`; absent what does not apply.
impl Serialize for Issue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("owner", &self.owner)?;
        if let Some(repository) = &self.repository {
            map.serialize_entry("repository", repository)?;
        }
        if let Some((permission, level)) = &self.permission {
            map.serialize_entry("permission", permission)?;
            map.serialize_entry("level", level)?;
        }
        map.serialize_entry("code", self.reason.code())?;
        if let Reason::PolicyUnreadable { path } = &self.reason {
            map.serialize_entry("path", path)?;
        }
        map.serialize_entry("message", &self.reason.to_string())?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_has_all_of_them() {
        let source = include_str!("decision.rs");
        let arms = source.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split_once("=> \""));
        let codes: Vec<&str> = arms.filter_map(|(_, code)| code.strip_suffix("\",")).collect();
        assert_eq!(codes, Reason::CODES);
        let problems = vec![];
        assert!(Reason::CODES.contains(&Reason::OwnerPolicyInvalid { problems }.code()));
    }
}
