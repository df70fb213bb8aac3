//! What policies mean, once read.

use std::collections::BTreeMap;

use github_types::{Level, Permission, Repository, RepositoryName};
use time::OffsetDateTime;

use crate::caller::Caller;
use crate::expiry::Expiry;
use crate::matcher::{Match, Matcher};
use crate::pattern::{Pattern, PatternSet};
use crate::repository_glob::RepositoryGlob;
use crate::source::Span;

mod meant;
mod terms;

pub use terms::Terms;

/// What a statement or an owner policy grants: each permission with its level.
pub type Grants = BTreeMap<Permission, Level>;

/// The policy of one target repository.
#[derive(Debug)]
pub struct RepositoryPolicy {
    /// The repository that the policy speaks for.
    pub origin: Repository,
    /// What is granted to whom.
    pub statements: Statements,
}

/// The policy of an owner, from its repository `.github-access-token`.
#[derive(Debug)]
pub struct OwnerPolicy {
    /// The repository that the policy was written for.
    pub origin: Repository,
    /// Who may ask at all.
    pub allowed_subjects: AllowedSubjects,
    /// What repository policies may grant.
    pub allowed_repository_permissions: Grants,
    /// What is granted to whom.
    pub statements: Statements,
}

/// Who may ask at all.
#[derive(Debug)]
pub enum AllowedSubjects {
    /// Every repository of this owner.
    OwnRepositories,
    /// Whoever one of these matches; nobody when there is none.
    Listed {
        /// The patterns as written, those that can match.
        patterns: Vec<Pattern>,
        /// The same, compiled.
        set: PatternSet,
    },
}

/// The statements of a policy, with everything that is needed to find those that match.
#[derive(Debug)]
pub struct Statements {
    /// In the order of the file, invalid ones left out.
    pub list: Vec<Statement>,
    pub(crate) matcher: Matcher,
}

/// One grant: these subjects get these permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its number in the file, counted from 1, invalid ones included.
    pub number: usize,
    /// Where it stands.
    pub span: Span,
    /// The author's words on it.
    pub description: Option<String>,
    /// Whom it speaks of, as written; those that can match.
    pub subjects: Vec<StatementSubject>,
    /// What it grants; `metadata: read` comes with it.
    pub permissions: Grants,
    /// Claims that must be present, each with patterns of which one must match.
    pub claims: BTreeMap<String, Vec<Pattern>>,
    /// Which target repositories it covers; all when absent.
    pub repositories: Option<Vec<RepositoryGlob>>,
    /// When it ends.
    pub expires: Option<Expiry>,
}

/// A subject of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementSubject {
    /// As written.
    pub text: String,
    /// The patterns it stands for: itself, and what its legacy short form means.
    pub patterns: Vec<Pattern>,
}

impl RepositoryPolicy {
    /// What its patterns cost to compile, in the units of [`crate::pattern::MAX_COST`].
    pub fn cost(&self) -> usize {
        self.statements.matcher.cost()
    }
}

impl OwnerPolicy {
    /// What its patterns cost to compile, in the units of [`crate::pattern::MAX_COST`], which each of the two lists
    /// may cost.
    pub fn cost(&self) -> usize {
        let allowed = match &self.allowed_subjects {
            AllowedSubjects::OwnRepositories => 0,
            AllowedSubjects::Listed { set, .. } => set.cost(),
        };
        allowed + self.statements.matcher.cost()
    }
}

impl Statement {
    /// The level that the statement grants of a permission; every statement also grants `metadata: read`.
    pub fn level(&self, permission: Permission) -> Option<Level> {
        let implied = (permission == Permission::METADATA).then_some(Level::Read);
        self.permissions.get(&permission).copied().max(implied)
    }

    /// Whether the statement covers a target repository.
    pub fn covers(&self, repository: &RepositoryName) -> bool {
        self.repositories.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.covers(repository)))
    }
}

impl Statements {
    /// The statements that match a caller at `now`, in the order of the file.
    pub(crate) fn matching(&self, caller: &Caller, now: OffsetDateTime) -> Vec<(&Statement, Match)> {
        let matches = self.matcher.matches(&self.list, caller.subjects(), caller.claims(), now).into_iter();
        matches.filter_map(|matched| Some((self.list.get(matched.statement)?, matched))).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::{parse_owner_policy, parse_repository_policy};

    #[test]
    fn a_policy_costs_what_its_patterns_cost_together() {
        // `a:b*` costs 24 units, and 56 with the repository before it; the value `x*` of a claim 22.
        let statements = "statements:\n- {subjects: ['a:b*'], permissions: {}, claims: {actor: 'x*'}}\n";
        let origin = |name: &str| format!("origin: octo-org/{name}\n{statements}");
        let website = "octo-org/website".parse().unwrap();
        let alone = parse_repository_policy(&origin("website"), &website).policy.unwrap().cost();
        assert_eq!(alone, 24 + 24 + "repo:octo-org/website:".len() + 22);
        let holder = "octo-org/.github-access-token".parse().unwrap();
        let cost = |text: &str| parse_owner_policy(text, &holder).policy.unwrap().cost();
        let owner = origin(".github-access-token");
        let statements = alone + ".github-access-token".len() - "website".len();
        assert_eq!(cost(&owner), statements);
        assert_eq!(cost(&format!("{owner}allowed-subjects: ['a:b*', 'a:c**']\n")), statements + 24 + 54);
    }
}
