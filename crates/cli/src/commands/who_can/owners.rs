//! What the policies of owners leave of what statements grant.

use std::path::Path;

use github_types::{Level, OwnerName};
use policy::model::{OwnerPolicy, Statement};
use policy::parse::PolicyKind;
use policy::review::{Asking, asking};

use super::answer::Question;
use super::folder::Policies;

/// What is known of the policy of an owner.
#[derive(Clone, Copy)]
pub(super) enum OwnersWord<'a> {
    /// It is not among the files.
    Unread,
    /// It is invalid as a whole, so that everything is denied.
    Invalid(&'a Path),
    /// It says this.
    Read(&'a OwnerPolicy),
}

impl<'a> OwnersWord<'a> {
    /// What is known of the policy of this owner.
    pub(super) fn of(owner: &OwnerName, policies: &'a Policies) -> Self {
        if let Some((_, policy)) = policies.owners.iter().find(|(_, policy)| policy.origin.owner() == owner) {
            return Self::Read(policy);
        }
        let mut invalid = policies.invalid.iter().filter(|file| file.kind == PolicyKind::Owner);
        // One that does not say whose it is may be anybody's, unless all others are of one owner.
        let is_only = || policies.repositories.iter().all(|(_, policy)| policy.origin.owner() == owner);
        let is_its = |named: &Option<OwnerName>| named.as_ref().map_or_else(is_only, |named| named == owner);
        let file = invalid.find(|file| is_its(&file.owner));
        file.map_or(Self::Unread, |file| Self::Invalid(&file.path))
    }

    /// The subjects of a statement whose callers may ask.
    pub(super) fn askers(self, statement: &Statement) -> Askers {
        let mut askers = Askers::default();
        for subject in &statement.subjects {
            let meant = subject.meant().to_owned();
            let asking = match self {
                Self::Unread => Asking::Everybody,
                Self::Invalid(_) => Asking::Nobody,
                Self::Read(policy) => asking(policy, subject),
            };
            match asking {
                Asking::Nobody => askers.refused.push(meant),
                Asking::Everybody => askers.subjects.push(meant),
                Asking::Some(patterns) => {
                    askers.subjects.push(meant);
                    askers.only.extend(patterns);
                }
            }
        }
        askers.only.sort();
        askers.only.dedup();
        askers
    }

    /// The most that a repository policy may grant of what is asked; an outer none where nobody knows.
    pub(super) fn most(self, question: &Question<'_>) -> Option<Option<Level>> {
        match self {
            Self::Read(policy) => {
                Some(policy.allowed_repository_permissions.get(&question.permission).copied())
            }
            Self::Unread | Self::Invalid(_) => None,
        }
    }
}

/// Who of those whom a statement speaks of may ask.
#[derive(Default)]
pub(super) struct Askers {
    /// The subjects of which some callers may ask.
    pub(super) subjects: Vec<String>,
    /// Those of which no caller may.
    pub(super) refused: Vec<String>,
    /// Where not all callers of all subjects may ask: the entries of `allowed-subjects` that let some.
    pub(super) only: Vec<String>,
}
