//! The last stage: what the repository policies say.

use std::collections::BTreeMap;

use github_types::{Level, Permission, RepositoryName};

use super::{PolicyFile, Question, denied, granted_by, problems};
use crate::decision::{Decision, Grant, GrantedBy, Issue, Reason};
use crate::model::RepositoryPolicy;

/// Waits for the policies of the repositories for which the owner policy left something open.
#[derive(Debug)]
pub struct NeedsRepositoryPolicies<'a> {
    pub(super) question: Question<'a>,
    pub(super) left: Vec<Left>,
    pub(super) by: Vec<GrantedBy>,
}

/// What is left open for one repository; at least one permission.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) repository: RepositoryName,
    pub(super) permissions: Vec<(Permission, Level)>,
}

impl NeedsRepositoryPolicies<'_> {
    /// The repositories whose policies are needed, in the order of the request.
    pub fn repositories(&self) -> impl Iterator<Item = &RepositoryName> {
        self.left.iter().map(|left| &left.repository)
    }

    /// Judges by the repository policies; one that is not among `files` counts as missing.
    pub fn decide(self, files: &BTreeMap<RepositoryName, PolicyFile<'_, RepositoryPolicy>>) -> Decision {
        let mut by = self.by;
        let mut issues = Vec::new();
        for left in &self.left {
            let refuse = |reason| self.question.issue(Some(&left.repository), reason);
            match files.get(&left.repository).unwrap_or(&PolicyFile::Missing) {
                PolicyFile::Missing => issues.push(refuse(Reason::RepositoryPolicyMissing)),
                PolicyFile::Invalid(diagnostics) => {
                    let problems = problems(diagnostics);
                    issues.push(refuse(Reason::RepositoryPolicyInvalid { problems }));
                }
                PolicyFile::Valid(policy) => left.judge(policy, &self.question, &mut by, &mut issues),
            }
        }
        if issues.is_empty() {
            Decision::Granted(Grant::all_of(self.question.request, by))
        } else {
            denied(issues)
        }
    }
}

impl Left {
    fn judge(
        &self,
        policy: &RepositoryPolicy,
        question: &Question<'_>,
        by: &mut Vec<GrantedBy>,
        issues: &mut Vec<Issue>,
    ) {
        let matches = policy.statements.matching(question.caller, question.now);
        for (permission, level) in self.permissions.iter().copied() {
            let granting = matches.iter().find(|(statement, _)| statement.level(permission) >= Some(level));
            match granting {
                Some((statement, matched)) => {
                    let grant = granted_by(&policy.origin, statement, matched, permission, level);
                    by.push(GrantedBy { repository: Some(self.repository.clone()), ..grant });
                }
                None => {
                    let issue = question.issue(Some(&self.repository), Reason::NotGrantedByRepositoryPolicy);
                    issues.push(issue.about(permission, level));
                }
            }
        }
    }
}
