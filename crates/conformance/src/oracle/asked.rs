//! What a scenario asks for, once its request is read; and what a stranger is told when it is refused.

use std::collections::BTreeMap;

use super::caller::Caller;
use super::request::{Request, Target};
use super::scenario::Scenario;
use super::verdict::Issue;

/// A request that could be decided.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The owner, as the request spelled it.
    pub owner: String,
    /// The repositories' names; empty: all of the owner's.
    pub repositories: Vec<String>,
    /// Levels by permission in kebab-case.
    pub permissions: BTreeMap<String, &'static str>,
    /// Whether the caller is of another owner.
    pub by_stranger: bool,
}

impl Asked {
    /// Reads the scenario; nothing where the claims or the request are refused before anything is decided.
    pub fn read(scenario: &Scenario) -> Option<Self> {
        let caller = Caller::read(&scenario.claims).ok()?;
        let request = Request::read(&scenario.request, &caller).ok()?;
        Some(Self {
            by_stranger: !caller.owner.eq_ignore_ascii_case(&request.owner),
            owner: request.owner,
            repositories: match request.target {
                Target::All => Vec::new(),
                Target::Repositories(names) => names,
            },
            permissions: request.permissions.into_iter().map(|(name, level)| (name, level.name())).collect(),
        })
    }

    /// What a stranger is told, whatever the reason is: each permission on each target, as it asked for them.
    pub fn told_to_strangers(&self) -> Vec<Issue> {
        let targets: Vec<Option<String>> = if self.repositories.is_empty() {
            vec![None]
        } else {
            self.repositories.iter().cloned().map(Some).collect()
        };
        let mut issues = Vec::new();
        for repository in targets {
            for (permission, level) in &self.permissions {
                issues.push(Issue {
                    owner: self.owner.clone(),
                    repository: repository.clone(),
                    permission: Some(permission.clone()),
                    level: Some(level),
                    path: None,
                    code: "not-authorized",
                });
            }
        }
        issues
    }
}
