//! Deciding, in stages: each says what it needs next and holds no I/O of its own.
//!
//! The broker, the command line and the tests drive the same stages:
//!
//! 1. [`Question::begin`] judges the installation, and needs the owner policy;
//! 2. [`NeedsOwnerPolicy::decide`] judges by it, and may need repository policies;
//! 3. [`NeedsRepositoryPolicies::decide`] judges by those.
//!
//! A later stage can be reached only through the earlier ones. Every stage that denies lists everything that it
//! finds, and nothing of later stages.

mod installation;
mod owner;
mod repositories;

use time::OffsetDateTime;

pub use installation::{
    InstallationFacts, OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS,
};
pub use owner::NeedsOwnerPolicy;
pub use repositories::NeedsRepositoryPolicies;

use crate::caller::Caller;
use crate::decision::{Decision, Denial, GrantedBy, Issue, Reason};
use crate::denial::one_line;
use crate::diagnostic::Diagnostic;
use crate::matcher::Match;
use crate::model::Statement;
use crate::parse::Parsed;
use crate::request::TokenRequest;
use github_types::{Level, Permission, Repository, RepositoryName};

/// Who asks for what, and when.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// For what.
    pub request: &'a TokenRequest,
    /// The time by which statements expire.
    pub now: OffsetDateTime,
}

/// What a stage leads to.
#[derive(Debug)]
pub enum Next<N> {
    /// Nothing more is needed.
    Decided(Decision),
    /// Go on with this.
    Needs(N),
}

/// A policy file as a stage takes it.
#[derive(Debug)]
pub enum PolicyFile<'a, P> {
    /// There is none.
    Missing,
    /// It is invalid as a whole, for these reasons.
    Invalid(&'a [Diagnostic]),
    /// It is in force.
    Valid(&'a P),
}

impl<'a, P> From<Option<&'a Parsed<P>>> for PolicyFile<'a, P> {
    fn from(file: Option<&'a Parsed<P>>) -> Self {
        match file {
            None => Self::Missing,
            Some(Parsed { policy: Some(policy), .. }) => Self::Valid(policy),
            Some(Parsed { policy: None, diagnostics }) => Self::Invalid(diagnostics),
        }
    }
}

impl Question<'_> {
    fn issue(&self, repository: Option<&RepositoryName>, reason: Reason) -> Issue {
        Issue { owner: self.request.owner.clone(), repository: repository.cloned(), permission: None, reason }
    }
}

impl Issue {
    fn about(self, permission: Permission, level: Level) -> Self {
        Self { permission: Some((permission, level)), ..self }
    }
}

fn denied(issues: Vec<Issue>) -> Decision {
    Decision::Denied(Denial { issues })
}

/// The record that `statement` grants a permission.
fn granted_by(
    policy: &Repository,
    statement: &Statement,
    matched: &Match,
    permission: Permission,
    level: Level,
) -> GrantedBy {
    GrantedBy {
        permission,
        level,
        repository: None,
        policy: policy.clone(),
        statement: statement.number,
        description: statement.description.clone(),
        subject: matched.subject.clone(),
        pattern: matched.pattern.clone(),
    }
}

/// The first problems of an invalid file, each on one line with its place.
///
/// SECURITY: the file's author must not be able to write lines of their own into the messages of callers.
fn problems(diagnostics: &[Diagnostic]) -> Vec<String> {
    const MOST: usize = 20;
    let line = |diagnostic: &Diagnostic| {
        let start = diagnostic.span.start;
        let message = one_line(&diagnostic.message);
        format!("{}:{}: {message} ({})", start.line, start.column, diagnostic.code)
    };
    diagnostics.iter().take(MOST).map(line).collect()
}
