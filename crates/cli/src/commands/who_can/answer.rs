//! Who can have a permission, by which statements.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use github_types::{Level, OwnerName, Permission, Repository, Scope};
use policy::model::{AllowedSubjects, OwnerPolicy, Statement, Terms};
use policy::parse::PolicyKind;
use time::OffsetDateTime;

use super::folder::Policies;
use super::owners::OwnersWord;
use crate::terminal::counted;

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) permission: Permission,
    /// At least this one; any if it is not said.
    pub(super) level: Option<Level>,
    pub(super) repository: Option<&'a Repository>,
    pub(super) now: OffsetDateTime,
}

/// Every statement that grants it.
#[derive(Default, serde::Serialize)]
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
    /// The level that can be had by it; where none can, the one that it says.
    pub(super) level: Level,
    /// The level that it says, if that is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stated: Option<Level>,
    /// The target: a repository, or an owner for what reaches all of its repositories or itself.
    pub(super) target: String,
    /// Those that may ask, or some of whose callers may.
    pub(super) subjects: Vec<String>,
    /// Only callers that one of these matches, too, where that is not all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) only: Vec<String>,
    /// The statement's subjects whose callers may not ask.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) refused: Vec<String>,
    #[serde(flatten)]
    pub(super) terms: Terms,
    pub(super) path: String,
    pub(super) statement: usize,
    pub(super) line: usize,
    /// Whether the owner policy lets it be granted, as far as that was read.
    pub(super) in_force: bool,
    /// The most that the owner policy lets repository policies grant of it, if that is less; none is nothing.
    #[serde(skip)]
    pub(super) most: Option<Level>,
}

/// Looks through all policies.
pub(super) fn of(question: &Question<'_>, policies: &Policies) -> Answer {
    let mut search = Search { question, policies, answer: Answer::default(), left_out: BTreeMap::new() };
    let owner = question.repository.map(Repository::owner);
    for (path, policy) in &policies.owners {
        if owner.is_none_or(|owner| owner == policy.origin.owner()) {
            search.owner(path, policy);
        }
    }
    for (path, policy) in &policies.repositories {
        if question.repository.is_none_or(|repository| *repository == policy.origin) {
            for statement in &policy.statements.list {
                search.add(statement, &policy.origin, path, true);
            }
        }
    }
    search.remarks();
    search.answer
}

struct Search<'a> {
    question: &'a Question<'a>,
    policies: &'a Policies,
    answer: Answer,
    /// How many statements were left out, for each owner whose policy lets none of their callers ask.
    left_out: BTreeMap<OwnerName, usize>,
}

impl Search<'_> {
    fn owner(&mut self, path: &Path, policy: &OwnerPolicy) {
        let question = self.question;
        self.answer.may_ask.insert(policy.origin.owner().to_string(), may_ask(policy));
        for statement in &policy.statements.list {
            let is_too_narrow =
                question.permission.scope() != Scope::Repository && statement.repositories.is_some();
            let covers = question.repository.is_none_or(|repository| statement.covers(repository.name()));
            if covers && !is_too_narrow {
                self.add(statement, &policy.origin, path, false);
            }
        }
    }

    /// Adds the statement, if it grants what is asked to somebody who may ask.
    fn add(&mut self, statement: &Statement, origin: &Repository, path: &Path, is_of_repository: bool) {
        let question = self.question;
        let Some(level) = statement.level(question.permission) else { return };
        let is_expired = statement.expires.as_ref().is_some_and(|expiry| expiry.is_past(question.now));
        if question.level.is_some_and(|asked| level < asked) || is_expired || statement.subjects.is_empty() {
            return;
        }
        let word = OwnersWord::of(origin.owner(), self.policies);
        let askers = word.askers(statement);
        if askers.subjects.is_empty() {
            *self.left_out.entry(origin.owner().clone()).or_default() += 1;
            return;
        }
        let most = if is_of_repository { word.most(question) } else { None }.unwrap_or(Some(level));
        let asked = question.level.or(question.permission.levels().first().copied());
        let in_force = most >= asked;
        let had = most.filter(|most| in_force && *most < level);
        self.answer.grants.push(Grant {
            permission: question.permission,
            level: had.unwrap_or(level),
            stated: had.map(|_| level),
            target: if is_of_repository { origin.to_string() } else { origin.owner().to_string() },
            subjects: askers.subjects,
            only: askers.only,
            refused: askers.refused,
            terms: statement.terms(),
            path: path.display().to_string(),
            statement: statement.number,
            line: statement.span.start.line,
            in_force,
            most,
        });
    }

    /// What is to be known of the files, and of what was left out.
    fn remarks(&mut self) {
        let mut told = BTreeSet::new();
        for (owner, count) in &self.left_out {
            let are = if *count == 1 { "is" } else { "are" };
            let left_out = format!("{} {are} left out", counted(*count, "statement"));
            self.answer.remarks.push(match OwnersWord::of(owner, self.policies) {
                OwnersWord::Invalid(path) => {
                    told.insert(path);
                    let shown = path.display();
                    format!(
                        "the owner policy of {owner} is invalid as a whole, so it denies everything and {left_out}; \
                         `access-token check {shown}` shows why"
                    )
                }
                OwnersWord::Read(policy) if may_ask(policy).is_empty() => {
                    format!("the owner policy of {owner} lets nobody ask (`allowed-subjects` is empty), so {left_out}")
                }
                OwnersWord::Read(_) | OwnersWord::Unread => {
                    format!("{left_out}, because `allowed-subjects` of {owner} let none of their callers ask")
                }
            });
        }
        let left = self.policies.invalid.iter().filter(|file| !told.contains(file.path.as_path()));
        self.answer.remarks.extend(left.map(|file| {
            let shown = file.path.display();
            let grants = match file.kind {
                PolicyKind::Owner => "so everything of its owner is denied",
                PolicyKind::Repository => "so it grants nothing",
            };
            format!("`{shown}` is no valid policy, {grants}; `access-token check {shown}` shows why")
        }));
        let is_unread =
            |owner: &OwnerName| matches!(OwnersWord::of(owner, self.policies), OwnersWord::Unread);
        let of_repositories = self.policies.repositories.iter().map(|(_, policy)| &policy.origin);
        let targets: BTreeSet<&str> = self.answer.grants.iter().map(|grant| grant.target.as_str()).collect();
        let unread: BTreeSet<&OwnerName> = of_repositories
            .filter(|origin| targets.contains(origin.to_string().as_str()))
            .map(Repository::owner)
            .filter(|owner| is_unread(owner))
            .collect();
        self.answer.remarks.extend(
            unread
                .iter()
                .map(|owner| format!("the owner policy of {owner} was not read; it may refuse some of this")),
        );
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
