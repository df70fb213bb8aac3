//! The second stage: what the owner policy says.

use github_types::{Level, Permission, RepositoryList, RepositoryName, RepositorySelection, Scope};

use super::installation::{InstallationFacts, REPOSITORY_POLICY_PATHS};
use super::repositories::{Left, NeedsRepositoryPolicies};
use super::{Next, PolicyFile, Question, denied, granted_by, problems};
use crate::decision::{Decision, Grant, GrantedBy, Issue, Reason};
use crate::matcher::Match;
use crate::model::{AllowedSubjects, OwnerPolicy, Statement};

/// Waits for the owner policy.
#[derive(Debug)]
pub struct NeedsOwnerPolicy<'a> {
    pub(super) question: Question<'a>,
    pub(super) installation: &'a InstallationFacts,
}

impl<'a> NeedsOwnerPolicy<'a> {
    /// Judges by the owner policy.
    pub fn decide(self, file: PolicyFile<'_, OwnerPolicy>) -> Next<NeedsRepositoryPolicies<'a>> {
        let policy = match file {
            PolicyFile::Valid(policy) => policy,
            PolicyFile::Missing => return self.denied(Reason::OwnerPolicyMissing),
            PolicyFile::Invalid(diagnostics) => {
                return self.denied(Reason::OwnerPolicyInvalid { problems: problems(diagnostics) });
            }
        };
        if !self.may_ask(policy) {
            return self.denied(Reason::CallerNotAllowed);
        }
        let question = self.question;
        let statements = Matching::new(policy, &question);
        match &question.request.repositories {
            RepositorySelection::All => Next::Decided(all(&question, &statements)),
            RepositorySelection::Listed(list) => self.listed(policy, &statements, list),
        }
    }

    fn denied(&self, reason: Reason) -> Next<NeedsRepositoryPolicies<'a>> {
        Next::Decided(denied(vec![self.question.issue(None, reason)]))
    }

    fn may_ask(&self, policy: &OwnerPolicy) -> bool {
        let caller = self.question.caller;
        match &policy.allowed_subjects {
            AllowedSubjects::OwnRepositories => {
                caller.is_own_repository(policy.origin.owner(), self.installation.owner_id)
            }
            AllowedSubjects::Listed { set, .. } => {
                caller.subjects().iter().any(|subject| !set.matches_subject(subject).is_empty())
            }
        }
    }

    fn listed(
        self,
        policy: &OwnerPolicy,
        statements: &Matching<'_>,
        list: &RepositoryList,
    ) -> Next<NeedsRepositoryPolicies<'a>> {
        let question = self.question;
        let (of_repositories, of_owner): (Vec<_>, Vec<_>) = question
            .request
            .permissions
            .iter()
            .partition(|(permission, _)| permission.scope() == Scope::Repository);
        let (mut by, issues) = owner_wide(&question, statements, &of_owner);
        if !issues.is_empty() {
            return Next::Decided(denied(issues));
        }

        let mut left: Vec<Left> = Vec::new();
        for repository in list {
            let mut missing = Vec::new();
            for (permission, level) in &of_repositories {
                match statements.granting(*permission, *level, Some(repository)) {
                    Some(grant) => by.push(grant),
                    None => missing.push((*permission, *level)),
                }
            }
            if !missing.is_empty() {
                left.push(Left { repository: repository.clone(), permissions: missing });
            }
        }
        if left.is_empty() {
            return Next::Decided(Decision::Granted(Grant::all_of(question.request, by)));
        }
        let issues = self.not_allowed(policy, &left);
        if !issues.is_empty() {
            return Next::Decided(denied(issues));
        }
        let unreadable = question.unreadable(self.installation, &REPOSITORY_POLICY_PATHS);
        if unreadable.is_empty() {
            Next::Needs(NeedsRepositoryPolicies { question, left, by })
        } else {
            Next::Decided(denied(unreadable))
        }
    }

    /// What repository policies may not grant.
    fn not_allowed(&self, policy: &OwnerPolicy, left: &[Left]) -> Vec<Issue> {
        let allowed = &policy.allowed_repository_permissions;
        let entries = left.iter().flat_map(|left| left.permissions.iter().map(move |entry| (left, *entry)));
        entries
            .filter(|(_, (permission, level))| allowed.get(permission).is_none_or(|most| most < level))
            .map(|(left, (permission, level))| {
                let issue = self.question.issue(Some(&left.repository), Reason::NotAllowedByOwnerPolicy);
                issue.about(permission, level)
            })
            .collect()
    }
}

/// For every repository at once, only owner-wide statements count.
fn all(question: &Question<'_>, statements: &Matching<'_>) -> Decision {
    let asked: Vec<_> = question.request.permissions.iter().collect();
    let (by, issues) = owner_wide(question, statements, &asked);
    if issues.is_empty() { Decision::Granted(Grant::all_of(question.request, by)) } else { denied(issues) }
}

fn owner_wide(
    question: &Question<'_>,
    statements: &Matching<'_>,
    asked: &[(Permission, Level)],
) -> (Vec<GrantedBy>, Vec<Issue>) {
    let (mut by, mut issues) = (Vec::new(), Vec::new());
    for (permission, level) in asked {
        match statements.granting(*permission, *level, None) {
            Some(grant) => by.push(grant),
            None => {
                let issue = question.issue(None, Reason::NotGrantedByOwnerPolicy);
                issues.push(issue.about(*permission, *level));
            }
        }
    }
    (by, issues)
}

/// The statements of the owner policy that match the caller.
struct Matching<'p> {
    policy: &'p OwnerPolicy,
    matches: Vec<(&'p Statement, Match)>,
}

impl<'p> Matching<'p> {
    fn new(policy: &'p OwnerPolicy, question: &Question<'_>) -> Self {
        Self { policy, matches: policy.statements.matching(question.caller, question.now) }
    }

    /// The first statement that grants a permission on a repository, or, without one, on everything.
    fn granting(
        &self,
        permission: Permission,
        level: Level,
        repository: Option<&RepositoryName>,
    ) -> Option<GrantedBy> {
        let reaches = |statement: &Statement| match repository {
            Some(repository) => statement.covers(repository),
            // SECURITY: a statement for some repositories must not grant what reaches beyond them.
            None => statement.repositories.is_none(),
        };
        let (statement, matched) = self
            .matches
            .iter()
            .find(|(statement, _)| reaches(statement) && statement.level(permission) >= Some(level))?;
        let grant = granted_by(&self.policy.origin, statement, matched, permission, level);
        Some(GrantedBy { repository: repository.cloned(), ..grant })
    }
}
