//! The whole situation that is decided in, and what was assumed to make it whole.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use policy::decide::{OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};
use policy::parse::PolicyKind;
use policy::scenario::{Scenario, ScenarioInstallation};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Arguments;
use crate::commands::check::{Examination, read_text};
use crate::terminal::counted;

/// A scenario, and what is to be known about it.
pub(super) struct Situation {
    pub(super) scenario: Scenario,
    /// What nobody said.
    pub(super) assumed: Vec<String>,
    /// What is wrong with the policies, though they may be in force.
    pub(super) remarks: Vec<String>,
}

/// Reads a time, RFC 3339.
pub(in crate::commands) fn time(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "expected a time such as `2026-11-01T12:00:00Z`".to_owned())
}

impl Situation {
    /// Puts files and flags together.
    ///
    /// # Errors
    /// When a file cannot be read or a flag makes no sense.
    pub(super) fn new(arguments: &Arguments) -> anyhow::Result<Self> {
        let caller = arguments.caller.claims()?;
        let (claims, mut assumed) = (caller.claims, caller.assumed);
        let callers_owner = claims.get("repository_owner").and_then(Value::as_str).unwrap_or_default();
        let owner = arguments.request.owner().unwrap_or(callers_owner).to_owned();
        let installation = installation(arguments, &claims, &owner);
        assumed.push(format!(
            "the GitHub App is installed for `{owner}`, has every permission that is asked for, and can read the policies"
        ));

        let mut remarks = Vec::new();
        let mut read = |file: &Path, kind, repository: &str| {
            let text = read_text(file)?;
            remarks.extend(remark(file, &text, kind, &format!("{owner}/{repository}")));
            anyhow::Ok(text)
        };
        let owner_policy = match &arguments.owner_policy {
            Some(file) => Some(read(file, PolicyKind::Owner, OWNER_POLICY_REPOSITORY)?),
            None => {
                assumed.push(format!("`{owner}` has no owner policy; --owner-policy gives one"));
                None
            }
        };
        let mut repository_policies = BTreeMap::new();
        for (name, file) in &arguments.repository_policy {
            let text = read(file, PolicyKind::Repository, name)?;
            let name = name.parse().with_context(|| format!("--repository-policy: `{name}`"))?;
            if repository_policies.insert(name, Some(text)).is_some() {
                bail!("--repository-policy: two files for one repository");
            }
        }
        let scenario = Scenario {
            now: arguments.now.unwrap_or_else(OffsetDateTime::now_utc),
            claims,
            request: arguments.request.body()?,
            installation: Some(installation),
            owner_policy,
            repository_policies,
        };
        Ok(Self { scenario, assumed, remarks })
    }
}

/// An installation that stands in nobody's way.
fn installation(arguments: &Arguments, claims: &Map<String, Value>, owner: &str) -> ScenarioInstallation {
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_own = claim("repository_owner").eq_ignore_ascii_case(owner);
    let mut permissions = BTreeMap::from([("single-file".to_owned(), "read".to_owned())]);
    permissions.extend(arguments.request.permissions());
    ScenarioInstallation {
        owner_id: claim("repository_owner_id").parse().ok().filter(|_| is_own).unwrap_or_default(),
        suspended: false,
        permissions,
        single_file_paths: OWNER_POLICY_PATHS
            .into_iter()
            .chain(REPOSITORY_POLICY_PATHS)
            .map(str::to_owned)
            .collect(),
    }
}

/// What a policy that has problems deserves a word on; the decision itself passes over what is invalid in it.
fn remark(file: &Path, text: &str, kind: PolicyKind, repository: &str) -> Option<String> {
    let examination = Examination::new(file, text.to_owned(), Some(kind), Some(repository)).ok()?;
    let problems = examination.findings.len();
    let file = file.display();
    (problems > 0).then(|| {
        let problems = counted(problems, "problem");
        format!("`{file}` has {problems}; `access-token check {file}` shows them")
    })
}
