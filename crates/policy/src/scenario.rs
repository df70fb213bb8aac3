//! "What if": a whole situation in one value, and what would be decided in it.
//!
//! The command line, the wasm core and the tests ask in this form. Nothing can be minted from its answer.

use std::collections::BTreeMap;

use github_types::{Claims, OwnerName, PermissionSet, Repository, RepositoryName, RepositorySelection};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::caller::Caller;
use crate::decide::{InstallationFacts, Next, OWNER_POLICY_REPOSITORY, PolicyFile, Question};
use crate::decision::{Decision, GrantedBy, Issue};
use crate::model::{Grants, RepositoryPolicy};
use crate::parse::{Parsed, parse_owner_policy, parse_repository_policy};
use crate::request::TokenRequest;

/// Everything that a decision depends on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The time, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    pub now: OffsetDateTime,
    /// The payload of the caller's token.
    pub claims: Map<String, Value>,
    /// The body of the request.
    pub request: Value,
    /// The App's installation for the owner that is asked; absent when there is none.
    #[serde(default)]
    pub installation: Option<ScenarioInstallation>,
    /// The text of the owner policy; absent when there is none.
    #[serde(default)]
    pub owner_policy: Option<String>,
    /// The texts of the repository policies, by repository; those that do not exist are absent.
    #[serde(default)]
    pub repository_policies: BTreeMap<RepositoryName, Option<String>>,
}

/// An installation as GitHub describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioInstallation {
    /// The owner's id.
    #[serde(default)]
    pub owner_id: u64,
    /// Whether it is suspended.
    #[serde(default)]
    pub suspended: bool,
    /// What it may do, in GitHub's names; names that are not in the catalogue are ignored.
    #[serde(default)]
    pub permissions: BTreeMap<String, String>,
    /// The paths that its single-file permission covers.
    #[serde(default)]
    pub single_file_paths: Vec<String>,
}

/// What would be decided.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Verdict {
    /// A token would be minted.
    Granted {
        /// Always `true`.
        granted: bool,
        /// For this owner.
        owner: OwnerName,
        /// For these repositories.
        repositories: RepositorySelection,
        /// With these permissions.
        permissions: PermissionSet,
        /// By these statements.
        by: Vec<GrantedBy>,
        /// Who the caller counts as.
        effective_subjects: Vec<String>,
    },
    /// The request would be refused.
    Denied {
        /// For these reasons, all of them.
        denied: Vec<Issue>,
        /// Who the caller counts as.
        effective_subjects: Vec<String>,
    },
    /// The request is malformed.
    BadRequest {
        /// Every problem of it.
        bad_request: Vec<String>,
    },
    /// The claims do not say who asks.
    Unauthenticated {
        /// What is wrong with them.
        unauthenticated: String,
    },
}

/// Decides in a situation, through the same stages as the broker.
pub fn simulate(scenario: &Scenario) -> Verdict {
    let caller = match Claims::new(&scenario.claims) {
        Ok(claims) => Caller::new(claims),
        Err(error) => return Verdict::Unauthenticated { unauthenticated: error.to_string() },
    };
    let request = match TokenRequest::read(&scenario.request, caller.repository()) {
        Ok(request) => request,
        Err(error) => return Verdict::BadRequest { bad_request: error.problems },
    };
    let question = Question { caller: &caller, request: &request, now: scenario.now };
    let effective_subjects = caller.subjects().to_vec();
    match decide(question, scenario) {
        Decision::Denied(denial) => Verdict::Denied { denied: denial.issues, effective_subjects },
        Decision::Granted(grant) => Verdict::Granted {
            granted: true,
            owner: grant.owner().clone(),
            repositories: grant.repositories().clone(),
            permissions: grant.permissions().clone(),
            by: grant.by().to_vec(),
            effective_subjects,
        },
    }
}

fn decide(question: Question<'_>, scenario: &Scenario) -> Decision {
    let owner = &question.request.owner;
    let Some(installation) = scenario.installation.as_ref().map(facts) else {
        return question.without_installation();
    };
    let stage = match question.begin(&installation) {
        Next::Decided(decision) => return decision,
        Next::Needs(stage) => stage,
    };
    let policy = scenario.owner_policy.as_deref().and_then(|text| {
        let name = OWNER_POLICY_REPOSITORY.parse().ok()?;
        Some(parse_owner_policy(text, &Repository::new(owner.clone(), name)))
    });
    let stage = match stage.decide(policy.as_ref().into()) {
        Next::Decided(decision) => return decision,
        Next::Needs(stage) => stage,
    };
    let policies: BTreeMap<RepositoryName, Parsed<RepositoryPolicy>> = stage
        .repositories()
        .filter_map(|name| {
            let text = scenario.repository_policies.get(name)?.as_deref()?;
            let found_in = Repository::new(owner.clone(), name.clone());
            Some((name.clone(), parse_repository_policy(text, &found_in)))
        })
        .collect();
    let files =
        policies.iter().map(|(name, parsed)| (name.clone(), PolicyFile::from(Some(parsed)))).collect();
    stage.decide(&files)
}

fn facts(installation: &ScenarioInstallation) -> InstallationFacts {
    let permissions = installation.permissions.iter();
    let known = permissions.filter_map(|(name, level)| Some((name.parse().ok()?, level.parse().ok()?)));
    InstallationFacts {
        owner_id: installation.owner_id,
        suspended: installation.suspended,
        permissions: known.collect::<Grants>(),
        single_file_paths: installation.single_file_paths.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn verdict(change: impl FnOnce(&mut Value)) -> Value {
        let mut scenario = json!({
            "now": "2026-11-01T12:00:00Z",
            "claims": {
                "sub": "repo:octo-org/app:ref:refs/heads/main", "repository": "octo-org/app",
                "repository_owner": "octo-org", "ref": "refs/heads/main", "event_name": "push",
            },
            "request": {"repositories": ["website"], "permissions": {"contents": "write"}},
            "installation": {"owner_id": 9919, "permissions": {"contents": "write", "members": "read"}},
            "owner_policy": "origin: octo-org/.github-access-token\nallowed-repository-permissions: {contents: write}\n",
            "repository_policies": {
                "website": "origin: octo-org/website\nstatements:\n  - subjects: ['repo:octo-org/app:ref:refs/heads/main']\n    permissions: {contents: write}\n",
            },
        });
        change(&mut scenario);
        serde_json::to_value(simulate(&serde_json::from_value(scenario).unwrap())).unwrap()
    }

    fn codes(verdict: &Value) -> Vec<&str> {
        verdict["denied"].as_array().unwrap().iter().map(|issue| issue["code"].as_str().unwrap()).collect()
    }

    #[test]
    fn grants_what_both_policies_allow() {
        let verdict = verdict(|_| {});
        assert_eq!(verdict["granted"], true);
        assert_eq!(verdict["by"][0]["statement"], 1);
        assert_eq!(verdict["by"][0]["policy"], "octo-org/website");
        assert_eq!(verdict["by"][0]["repository"], "website");
    }

    #[test]
    fn says_what_an_owner_policy_grants_of_one_repository_and_of_all() {
        let verdict = |repositories: Value| {
            verdict(|scenario| {
                scenario["owner_policy"] = json!(
                    "origin: octo-org/.github-access-token\nstatements:\n  - subjects: ['repo:octo-org/app:**']\n    permissions: {contents: write}\n"
                );
                scenario["request"]["repositories"] = repositories;
            })
        };
        let one = verdict(json!(["website"]));
        assert_eq!(one["by"][0]["policy"], "octo-org/.github-access-token");
        assert_eq!(one["by"][0]["repository"], "website");
        assert_eq!(verdict(json!("ALL"))["by"][0].get("repository"), None);
    }

    #[test]
    fn says_which_stage_denies() {
        assert_eq!(codes(&verdict(|s| s["installation"] = json!(null))), ["no-installation"]);
        assert_eq!(codes(&verdict(|s| s["owner_policy"] = json!(null))), ["owner-policy-missing"]);
        assert_eq!(codes(&verdict(|s| s["owner_policy"] = json!("a: 1"))), ["owner-policy-invalid"]);
        assert_eq!(codes(&verdict(|s| s["repository_policies"] = json!({}))), ["repository-policy-missing"]);
        assert_eq!(
            codes(&verdict(|s| s["request"]["permissions"] = json!({"members": "read"}))),
            ["not-granted-by-owner-policy"]
        );
        assert_eq!(
            codes(&verdict(|s| s["request"]["permissions"] = json!({"secrets": "read"}))),
            ["installation-lacks-permission"]
        );
        assert_eq!(
            codes(&verdict(|s| s["installation"]["permissions"] = json!({"single_file": "read"}))),
            ["policy-unreadable", "policy-unreadable"]
        );
    }
}
