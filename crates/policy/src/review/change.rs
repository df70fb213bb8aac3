//! One thing that a change grants or revokes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use github_types::{Level, Permission, Repository};

use super::risk::Risk;
use crate::model::Terms;

/// One thing that is granted or revoked.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// Granted, or revoked.
    pub direction: Direction,
    /// Whether it is known; if not, it could not be told within the limits, and may be so.
    pub certain: bool,
    /// How much harm it can do.
    pub risk: Risk,
    /// What is granted or revoked.
    pub what: What,
    /// The repository that holds the policy.
    pub policy: Repository,
    /// To whom; absent for what repository policies may grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Recipient>,
}

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// It grants what was not granted.
    Widens,
    /// It revokes what was granted.
    Narrows,
}

/// What is granted or revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum What {
    /// To ask at all.
    Ask,
    /// That repository policies grant this.
    Allow {
        /// The permission.
        permission: Permission,
        /// The level that one side has.
        level: Level,
        /// What the other side has of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        other: Option<Level>,
    },
    /// A permission.
    Permission {
        /// The permission.
        permission: Permission,
        /// The level that one side grants.
        level: Level,
        /// The highest level that the other side grants all of these recipients.
        #[serde(skip_serializing_if = "Option::is_none")]
        other: Option<Level>,
    },
}

/// Who gets or loses it, by the side that grants it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Recipient {
    /// The subject; what a short form or `${origin}` stands for is written out.
    pub pattern: String,
    /// The statement's number, counted from 1; absent for `allowed-subjects`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// The line at which the statement begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// What narrows it further.
    #[serde(flatten)]
    pub terms: Terms,
    /// One of those for whom it changes; absent when that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// One situation in which the two sides differ, as short as possible.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Example {
    /// A subject of the caller.
    pub subject: String,
    /// Claims of the caller; those that are not named are absent.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
    /// The target repository; absent when it is the same for all, or for all at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Only once these statements of the other side have expired, the last of them with this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Change {
    /// The order in which changes are told.
    pub(super) fn rank(&self) -> impl Ord + use<> {
        let recipient = self.recipient.as_ref();
        let place = recipient.map(|recipient| (recipient.statement, recipient.pattern.clone()));
        (self.direction, Reverse(self.risk), self.what, place)
    }
}
