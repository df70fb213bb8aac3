//! The workflow job that asks.

use github_types::{Claims, OwnerName, Repository};

use crate::subject::{effective_subjects, has_immutable_sub};

/// A caller: its claims and the subjects that they make.
///
/// Whether anybody vouches for the claims is not this type's business: what it decides may be a "what if".
#[derive(Clone, Debug)]
pub struct Caller {
    claims: Claims,
    subjects: Vec<String>,
}

impl Caller {
    /// The caller with these claims.
    pub fn new(claims: Claims) -> Self {
        let subjects = effective_subjects(&claims);
        Self { claims, subjects }
    }

    /// What the token says.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The effective subjects; the first is `sub`.
    pub fn subjects(&self) -> &[String] {
        &self.subjects
    }

    /// The repository whose workflow asks.
    pub fn repository(&self) -> &Repository {
        self.claims.repository()
    }

    /// Whether the caller belongs to that account, and so may learn why it is refused.
    pub fn is_of(&self, owner: &OwnerName) -> bool {
        self.repository().owner() == owner
    }

    /// Whether this is a repository of `owner` by the default of `allowed-subjects`: `repo:OWNER/*:**` for a caller
    /// whose `sub` is in the plain form, `repo:OWNER@OWNER_ID/*:**` for one in the immutable form.
    pub(crate) fn is_own_repository(&self, owner: &OwnerName, owner_id: u64) -> bool {
        let account = if has_immutable_sub(&self.claims) {
            format!("{owner}@{owner_id}/")
        } else {
            format!("{owner}/")
        };
        self.subjects.iter().any(|subject| is_of_account(subject, &account))
    }
}

/// What the pattern `repo:ACCOUNT*:**` matches.
fn is_of_account(subject: &str, account: &str) -> bool {
    let Some((repository, _)) = subject.strip_prefix("repo:").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    repository.get(..account.len()).is_some_and(|start| start.eq_ignore_ascii_case(account))
        && !subject.contains("refs/pull/")
        && !subject.chars().any(|character| character.is_ascii_control())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pattern::{Pattern, PatternKind, PatternSet};

    #[test]
    fn belongs_to_the_owner_of_its_repository_whatever_the_letter_case() {
        let claims = json!({
            "sub": "repo:hubot/a", "repository": "Octo-Org/app", "repository_owner": "Octo-Org",
        });
        let caller = Caller::new(Claims::new(claims.as_object().unwrap()).unwrap());
        assert!(caller.is_of(&"octo-org".parse().unwrap()));
        assert!(!caller.is_of(&"hubot".parse().unwrap()));
    }

    #[test]
    fn the_default_is_the_pattern_that_it_stands_for() {
        let pattern = Pattern::new("repo:octo-org/*:**", PatternKind::Subject).unwrap();
        let set = PatternSet::of_subjects([&pattern]).unwrap();
        for subject in [
            "repo:octo-org/app:ref:x",
            "repo:Octo-Org/app:",
            "repo:octo-org/app",
            "repo:octo-org/:x",
            "repo:octo-org2/app:x",
            "repo:octo-org@1/app@2:x",
            "REPO:octo-org/app:x",
            "repo:octo-org/app:ref:refs/pull/1/merge",
            "repo:octo-org/app:\u{1}",
            "actor:octo-org/app:x",
            "",
        ] {
            assert_eq!(
                is_of_account(subject, "octo-org/"),
                !set.matches_subject(subject).is_empty(),
                "{subject}"
            );
        }
    }
}
