//! One test, carried out.

use std::collections::{BTreeMap, BTreeSet};

use github_types::{Permission, RepositoryName, Scope, catalogue};
use policy::decide::{OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};
use policy::decision::{Issue, Reason};
use policy::scenario::{Scenario, ScenarioInstallation, Verdict, simulate};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::file::{Expectation, Test};
use crate::claims::completed;

/// The texts of the policies.
#[derive(Default)]
pub(super) struct Policies {
    /// None if one that allows everything is assumed.
    pub(super) owner: Option<String>,
    pub(super) repositories: BTreeMap<RepositoryName, String>,
}

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// What it shows.
    pub name: String,
    /// The line at which it begins.
    pub line: usize,
    /// What is wrong, in lines; none if it is as expected.
    pub problem: Option<Vec<String>>,
}

/// Decides and compares.
pub(super) fn run(test: &Test, line: usize, policies: &Policies, now: OffsetDateTime) -> Trial {
    let claims = completed(&test.claims);
    if let Some(problem) = short_ref(&claims) {
        return Trial { name: test.name.clone(), line, problem: Some(vec![problem]) };
    }
    let owner = asked_owner(&test.request, &claims);
    let scenario = Scenario {
        now,
        installation: Some(installation(&claims)),
        owner_policy: Some(policies.owner.clone().unwrap_or_else(|| open_policy(&owner))),
        repository_policies: policies
            .repositories
            .iter()
            .map(|(name, text)| (name.clone(), Some(text.clone())))
            .collect(),
        request: test.request.clone(),
        claims,
    };
    let verdict = simulate(&scenario);
    Trial { name: test.name.clone(), line, problem: problem(&test.expect, &verdict) }
}

/// A ref that no token has. What is expected of it would hold by accident.
fn short_ref(claims: &Map<String, Value>) -> Option<String> {
    let found = claims.get("ref")?.as_str().filter(|found| !found.starts_with("refs/"))?;
    Some(format!("claims: `ref` must be a full ref such as `refs/heads/main`, found `{found}`"))
}

fn problem(expected: &Expectation, verdict: &Verdict) -> Option<Vec<String>> {
    match (expected, verdict) {
        (_, Verdict::BadRequest { bad_request }) => {
            Some(vec![format!("no broker takes this request: {}", bad_request.join("; "))])
        }
        (_, Verdict::Unauthenticated { unauthenticated }) => {
            Some(vec![format!("the claims do not say who asks: {unauthenticated}")])
        }
        (Expectation::Granted, Verdict::Granted { .. }) => None,
        // That a policy denies something is not shown by one that denies everything.
        (Expectation::Denied, Verdict::Denied { denied, .. }) => {
            denied.iter().all(|issue| !problems(issue).is_empty()).then(|| {
                let codes: BTreeSet<&str> = denied.iter().map(|issue| issue.reason.code()).collect();
                let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
                let mut lines = vec![
                    "expected denied by a valid policy, found one that is invalid as a whole".to_owned(),
                ];
                lines.extend(denied.iter().flat_map(issue));
                lines.push(format!("if that is what the test shows, write `expect: {{denied: [{codes}]}}`"));
                lines
            })
        }
        (Expectation::Granted, Verdict::Denied { denied, effective_subjects }) => {
            let mut lines = vec!["expected granted, found denied".to_owned()];
            lines.extend(denied.iter().flat_map(issue));
            lines.push(format!("the caller counts as {}", effective_subjects.join(", ")));
            Some(lines)
        }
        (_, Verdict::Granted { by, .. }) => {
            let mut lines = vec!["expected denied, found granted".to_owned()];
            lines.extend(by.iter().map(|by| {
                let on = by.repository.as_ref().map_or_else(String::new, |name| format!(" on {name}"));
                format!("{}: {}{on} by statement {} of {}", by.permission, by.level, by.statement, by.policy)
            }));
            Some(lines)
        }
        (Expectation::DeniedFor { denied: expected }, Verdict::Denied { denied, .. }) => {
            let mut wanted = expected.clone();
            wanted.sort();
            wanted.dedup();
            let mut found: Vec<String> = denied.iter().map(|issue| issue.reason.code().to_owned()).collect();
            found.sort();
            found.dedup();
            (wanted != found).then(|| {
                let mut lines =
                    vec![format!("expected denied for {}, found {}", wanted.join(", "), found.join(", "))];
                lines.extend(denied.iter().flat_map(issue));
                lines
            })
        }
    }
}

/// What stands in the way, in lines.
fn issue(issue: &Issue) -> Vec<String> {
    let what =
        issue.permission.map_or_else(String::new, |(permission, level)| format!("{permission}: {level} - "));
    let mut lines = vec![format!("{}: {what}{} ({})", issue.target(), issue.reason, issue.reason.code())];
    lines.extend_from_slice(problems(issue));
    lines
}

/// What is wrong with a policy that is invalid as a whole.
fn problems(issue: &Issue) -> &[String] {
    match &issue.reason {
        Reason::OwnerPolicyInvalid { problems } | Reason::RepositoryPolicyInvalid { problems } => problems,
        _ => &[],
    }
}

fn asked_owner(request: &Value, claims: &Map<String, Value>) -> String {
    let of_target = || {
        let targets = request.get("repositories")?.as_array()?;
        targets.iter().find_map(|target| Some(target.as_str()?.split_once('/')?.0))
    };
    let callers = || claims.get("repository_owner").and_then(Value::as_str);
    let owner = request.get("owner").and_then(Value::as_str).or_else(of_target).or_else(callers);
    owner.unwrap_or_default().to_owned()
}

/// An owner policy that stands in nobody's way.
fn open_policy(owner: &str) -> String {
    let permissions: BTreeMap<String, String> = catalogue()
        .filter(|permission| permission.scope() == Scope::Repository)
        .filter_map(|permission| Some((permission.to_string(), permission.levels().last()?.to_string())))
        .collect();
    json!({
        "origin": format!("{owner}/{OWNER_POLICY_REPOSITORY}"),
        "allowed-subjects": ["repo:**"],
        "allowed-repository-permissions": permissions,
    })
    .to_string()
}

/// An installation that stands in nobody's way.
fn installation(claims: &Map<String, Value>) -> ScenarioInstallation {
    let highest =
        |permission: Permission| Some((permission.api_name(), permission.levels().last()?.to_string()));
    let owner_id = claims.get("repository_owner_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    ScenarioInstallation {
        owner_id: owner_id.unwrap_or_default(),
        suspended: false,
        permissions: catalogue().filter_map(highest).collect(),
        single_file_paths: OWNER_POLICY_PATHS
            .into_iter()
            .chain(REPOSITORY_POLICY_PATHS)
            .map(str::to_owned)
            .collect(),
    }
}
