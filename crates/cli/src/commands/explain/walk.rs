//! The policies statement by statement: which match the caller, and what keeps the others from it.
//!
//! What is asked is the core's own matching; the decision itself does not come from here.

use std::collections::BTreeMap;

use github_types::{Level, Permission, RepositoryName, RepositorySelection};
use policy::caller::Caller;
use policy::gate::{self, NodeKind};
use policy::matcher::Matcher;
use policy::model::{AllowedSubjects, Statement};
use policy::parse::{Parsed, PolicyKind, parse_owner_policy, parse_repository_policy};
use policy::pattern::Pattern;
use policy::request::TokenRequest;
use serde::Serialize;
use time::OffsetDateTime;

use super::difference::{Difference, nearest};

/// Who asks for what, and when.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) caller: &'a Caller,
    pub(super) request: &'a TokenRequest,
    pub(super) now: OffsetDateTime,
}

/// A policy file, gone through.
#[derive(Serialize)]
pub(super) struct Walk {
    /// The repository that it is of.
    pub(super) policy: String,
    pub(super) path: String,
    pub(super) kind: PolicyKind,
    /// Whether the file as a whole is valid.
    pub(super) valid: bool,
    /// What is asked and what the policy lets repository policies grant of it; of an owner policy only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) allowed_repository_permissions: Option<BTreeMap<Permission, Option<Level>>>,
    /// Of an owner policy whose `allowed-subjects` do not match: how each differs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) allowed_subjects: Vec<Difference>,
    pub(super) statements: Vec<Step>,
}

/// A statement.
#[derive(Serialize)]
pub(super) struct Step {
    /// Its number, counted from 1.
    pub(super) statement: usize,
    pub(super) line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    pub(super) result: StepResult,
    /// The subject and the pattern by which it matches, or would.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<By>,
    /// How each of its subjects differs, if none matches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) differences: Vec<Difference>,
    /// What else keeps it from counting, or narrows it; each in a sentence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) reasons: Vec<String>,
    /// What it lists of what is asked, at the level that is asked.
    pub(super) lists: Vec<String>,
}

/// What came of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StepResult {
    /// It matches the caller.
    Matches,
    /// None of its subjects does.
    OtherSubjects,
    /// A subject does, but it is expired, or a claim is not as it wants.
    Unmet,
    /// It is invalid.
    Void,
}

/// A match.
#[derive(Serialize)]
pub(super) struct By {
    pub(super) subject: String,
    pub(super) pattern: String,
}

/// Goes through an owner policy.
pub(super) fn owner(
    question: Question<'_>,
    path: &str,
    text: &str,
    found_in: &github_types::Repository,
) -> Walk {
    let Parsed { policy, diagnostics } = parse_owner_policy(text, found_in);
    let statements = policy.as_ref().map(|policy| policy.statements.list.as_slice());
    let statements = steps(question, text, statements, &diagnostics);
    // What is asked of all repositories, only the owner policy itself can grant.
    let is_all = question.request.repositories == RepositorySelection::All;
    let allowed = policy.as_ref().filter(|_| !is_all).map(|policy| {
        let asked = question.request.permissions.iter().map(|(permission, _)| permission);
        let asked = asked.filter(|permission| permission.scope() == github_types::Scope::Repository);
        asked.map(|name| (name, policy.allowed_repository_permissions.get(&name).copied())).collect()
    });
    let allowed_subjects = match policy.as_ref().map(|policy| &policy.allowed_subjects) {
        Some(AllowedSubjects::Listed { patterns, set }) => {
            let subjects = question.caller.subjects();
            if subjects.iter().any(|subject| !set.matches_subject(subject).is_empty()) {
                Vec::new()
            } else {
                let one = |pattern: &Pattern| nearest(std::slice::from_ref(pattern), subjects);
                patterns.iter().filter_map(one).collect()
            }
        }
        _ => Vec::new(),
    };
    Walk {
        policy: found_in.to_string(),
        path: path.to_owned(),
        kind: PolicyKind::Owner,
        valid: policy.is_some(),
        allowed_repository_permissions: allowed,
        allowed_subjects,
        statements,
    }
}

/// Goes through a repository policy.
pub(super) fn repository(
    question: Question<'_>,
    path: &str,
    text: &str,
    found_in: &github_types::Repository,
) -> Walk {
    let Parsed { policy, diagnostics } = parse_repository_policy(text, found_in);
    let statements = policy.as_ref().map(|policy| policy.statements.list.as_slice());
    Walk {
        policy: found_in.to_string(),
        path: path.to_owned(),
        kind: PolicyKind::Repository,
        valid: policy.is_some(),
        allowed_repository_permissions: None,
        allowed_subjects: Vec::new(),
        statements: steps(question, text, statements, &diagnostics),
    }
}

/// Every statement that is written, those that are void included; none of a file that is invalid as a whole.
fn steps(
    question: Question<'_>,
    text: &str,
    statements: Option<&[Statement]>,
    diagnostics: &[policy::diagnostic::Diagnostic],
) -> Vec<Step> {
    let (Some(statements), Ok(document)) = (statements, gate::admit(text)) else { return Vec::new() };
    let NodeKind::Mapping(pairs) = &document.node.kind else { return Vec::new() };
    let written = pairs.iter().find(|(key, _, _)| key == "statements").map(|(_, _, node)| &node.kind);
    let Some(NodeKind::Sequence(nodes)) = written else { return Vec::new() };
    let mut steps = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        let inside = |diagnostic: &&policy::diagnostic::Diagnostic| {
            diagnostic.span.start >= node.span.start && diagnostic.span.start < node.span.end
        };
        let problems = diagnostics.iter().filter(inside).map(|diagnostic| {
            format!("line {}: {} ({})", diagnostic.span.start.line, diagnostic.message, diagnostic.code)
        });
        let problems: Vec<String> = problems.collect();
        steps.push(match statements.iter().find(|statement| statement.number == at + 1) {
            Some(statement) => step(question, statement, problems),
            None => Step {
                statement: at + 1,
                line: node.span.start.line,
                description: None,
                result: StepResult::Void,
                by: None,
                differences: Vec::new(),
                reasons: problems,
                lists: Vec::new(),
            },
        });
    }
    steps
}

fn step(question: Question<'_>, statement: &Statement, problems: Vec<String>) -> Step {
    let by = matching(question, statement);
    // Without its conditions: would its subjects match?
    let bare = Statement { claims: BTreeMap::new(), expires: None, ..statement.clone() };
    let is_match = by.is_some();
    let by = by.or_else(|| matching(question, &bare));
    let result = match (&by, is_match) {
        (_, true) => StepResult::Matches,
        (Some(_), false) => StepResult::Unmet,
        (None, false) => StepResult::OtherSubjects,
    };
    let mut reasons = problems;
    if result != StepResult::OtherSubjects {
        reasons.extend(unmet(question, statement));
    }
    let differences = match result {
        StepResult::OtherSubjects => statement
            .subjects
            .iter()
            .filter_map(|subject| {
                let difference = nearest(&subject.patterns, question.caller.subjects())?;
                Some(with_short_form(difference, &subject.text))
            })
            .collect(),
        _ => Vec::new(),
    };
    let asked = question.request.permissions.iter();
    let lists = asked.filter(|(permission, level)| statement.level(*permission) >= Some(*level));
    Step {
        statement: statement.number,
        line: statement.span.start.line,
        description: statement.description.clone(),
        result,
        by,
        differences,
        reasons,
        lists: lists.map(|(permission, level)| format!("{permission}: {level}")).collect(),
    }
}

/// Reminds of what a subject counts as that does not name its repository.
fn with_short_form(mut difference: Difference, written: &str) -> Difference {
    if !written.starts_with("repo:") && difference.pattern.starts_with("repo:") {
        let words = format!(
            "; written as `{written}`, which counts as one of this repository, since it does not begin with `repo:`"
        );
        difference.message.push_str(&words);
    }
    difference
}

fn matching(question: Question<'_>, statement: &Statement) -> Option<By> {
    let list = std::slice::from_ref(statement);
    let matcher = Matcher::new(list).ok()?;
    let (subjects, claims) = (question.caller.subjects(), question.caller.claims());
    let found = matcher.matches(list, subjects, claims, question.now).into_iter().next()?;
    Some(By { subject: found.subject, pattern: found.pattern })
}

/// Which conditions beside the subjects are not met.
fn unmet(question: Question<'_>, statement: &Statement) -> Vec<String> {
    let mut reasons = Vec::new();
    if let Some(expiry) = statement.expires.as_ref().filter(|expiry| expiry.is_past(question.now)) {
        reasons.push(format!("it expired: `expires: {expiry}`"));
    }
    for (name, patterns) in &statement.claims {
        let claims = BTreeMap::from([(name.clone(), patterns.clone())]);
        let alone = Statement { claims, expires: None, ..statement.clone() };
        if matching(question, &alone).is_none() {
            let expected: Vec<String> =
                patterns.iter().map(|pattern| format!("`{}`", pattern.text())).collect();
            let found = question.caller.claims().get(name);
            let found = found.map_or_else(|| "none".to_owned(), |value| format!("`{value}`"));
            reasons.push(format!("claim {name}: expected {}, found {found}", expected.join(" or ")));
        }
    }
    if let Some(globs) = &statement.repositories {
        let globs: Vec<String> = globs.iter().map(|glob| format!("`{glob}`")).collect();
        let missed = missed(question, statement);
        if !missed.is_empty() {
            reasons.push(format!("it covers only {}, and not {}", globs.join(", "), missed.join(", ")));
        }
    }
    reasons
}

/// The targets of the request that a statement with `repositories` does not cover.
fn missed(question: Question<'_>, statement: &Statement) -> Vec<String> {
    match &question.request.repositories {
        RepositorySelection::All => vec!["all repositories".to_owned()],
        RepositorySelection::Listed(list) => {
            let missed = list.iter().filter(|name| !statement.covers(name));
            missed.map(|name: &RepositoryName| format!("`{name}`")).collect()
        }
    }
}
