//! Who can have a permission, by which statements.

use std::collections::BTreeMap;
use std::path::Path;

use github_types::{Level, Permission, Repository, Scope};
use policy::model::{AllowedSubjects, OwnerPolicy, Statement, Terms};
use time::OffsetDateTime;

use super::folder::Policies;

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) permission: Permission,
    /// At least this one; any if it is not said.
    pub(super) level: Option<Level>,
    pub(super) repository: Option<&'a Repository>,
    pub(super) now: OffsetDateTime,
}

/// Every statement that grants it.
#[derive(serde::Serialize)]
pub(super) struct Answer {
    pub(super) grants: Vec<Grant>,
    /// Who may ask at all, for each owner whose policy was read.
    pub(super) may_ask: BTreeMap<String, Vec<String>>,
    /// What is to be known, each in a sentence.
    pub(super) remarks: Vec<String>,
}

/// A statement that grants it.
#[derive(serde::Serialize)]
pub(super) struct Grant {
    pub(super) permission: Permission,
    /// The level that the statement grants.
    pub(super) level: Level,
    /// The target: a repository, or an owner for what reaches all of its repositories or itself.
    pub(super) target: String,
    pub(super) subjects: Vec<String>,
    #[serde(flatten)]
    pub(super) terms: Terms,
    pub(super) path: String,
    pub(super) statement: usize,
    pub(super) line: usize,
    /// Whether the owner policy lets it be granted, as far as that was read.
    pub(super) in_force: bool,
}

/// Looks through all policies.
pub(super) fn of(question: &Question<'_>, policies: &Policies) -> Answer {
    let mut answer = Answer { grants: Vec::new(), may_ask: BTreeMap::new(), remarks: Vec::new() };
    for path in &policies.invalid {
        answer.remarks.push(format!(
            "`{0}` is no valid policy, so it grants nothing; `access-token check {0}` shows why",
            path.display()
        ));
    }
    let owner = question.repository.map(Repository::owner);
    for (path, policy) in &policies.owners {
        if owner.is_some_and(|owner| owner != policy.origin.owner()) {
            continue;
        }
        answer.may_ask.insert(policy.origin.owner().to_string(), may_ask(policy));
        for statement in &policy.statements.list {
            let is_too_narrow =
                question.permission.scope() != Scope::Repository && statement.repositories.is_some();
            let covers = question.repository.is_none_or(|repository| statement.covers(repository.name()));
            if covers && !is_too_narrow {
                answer.add(question, statement, policy.origin.owner().to_string(), path, None);
            }
        }
    }
    for (path, policy) in &policies.repositories {
        if question.repository.is_some_and(|repository| *repository != policy.origin) {
            continue;
        }
        let owners = policies.owners.iter().map(|(_, owner)| owner);
        let owner = { owners }.find(|owner| owner.origin.owner() == policy.origin.owner());
        let before = answer.grants.len();
        for statement in &policy.statements.list {
            answer.add(question, statement, policy.origin.to_string(), path, owner);
        }
        if owner.is_none() && answer.grants.len() > before {
            let remark = format!(
                "the owner policy of {} was not read; it may refuse some of this",
                policy.origin.owner()
            );
            if !answer.remarks.contains(&remark) {
                answer.remarks.push(remark);
            }
        }
    }
    answer
}

impl Answer {
    /// Adds the statement, if it grants what is asked. `owner` bounds what a repository policy may grant.
    fn add(
        &mut self,
        question: &Question<'_>,
        statement: &Statement,
        target: String,
        path: &Path,
        owner: Option<&OwnerPolicy>,
    ) {
        let Some(level) = statement.level(question.permission) else { return };
        let is_expired = statement.expires.as_ref().is_some_and(|expiry| expiry.is_past(question.now));
        if question.level.is_some_and(|asked| level < asked) || is_expired || statement.subjects.is_empty() {
            return;
        }
        let asked = question.level.or(question.permission.levels().first().copied());
        let allowed =
            owner.map(|owner| owner.allowed_repository_permissions.get(&question.permission).copied());
        self.grants.push(Grant {
            permission: question.permission,
            level,
            target,
            subjects: statement.subjects.iter().map(|subject| subject.text.clone()).collect(),
            terms: statement.terms(),
            path: path.display().to_string(),
            statement: statement.number,
            line: statement.span.start.line,
            in_force: allowed.is_none_or(|allowed| allowed >= asked),
        });
    }
}

fn may_ask(policy: &OwnerPolicy) -> Vec<String> {
    match &policy.allowed_subjects {
        AllowedSubjects::OwnRepositories => vec![format!("repo:{}/*:**", policy.origin.owner())],
        AllowedSubjects::Listed { patterns, .. } => {
            patterns.iter().map(|pattern| pattern.text().to_owned()).collect()
        }
    }
}
