//! The whole situation that is decided in, and what was assumed to make it whole.

use policy::decide::OWNER_POLICY_REPOSITORY;
use policy::decision::Reason;
use policy::scenario::{Scenario, Verdict};
use serde_json::Value;
use time::OffsetDateTime;

use super::Arguments;
use super::policies::{Held, Policies};

/// A scenario, and what is to be known about it.
pub(super) struct Situation {
    pub(super) scenario: Scenario,
    pub(super) policies: Policies,
    /// What nobody said.
    pub(super) assumed: Vec<String>,
}

impl Situation {
    /// Puts files and flags together.
    ///
    /// # Errors
    /// When a file cannot be read or a flag makes no sense.
    pub(super) fn new(arguments: &Arguments) -> anyhow::Result<Self> {
        let now = arguments.now.unwrap_or_else(OffsetDateTime::now_utc);
        let caller = arguments.caller.claims(now)?;
        let (claims, mut assumed) = (caller.claims, caller.assumed);
        let callers_owner = claims.get("repository_owner").and_then(Value::as_str).unwrap_or_default();
        let owner = arguments.request.owner().unwrap_or(callers_owner).to_owned();
        let permissions = arguments.request.permissions();
        let installation = arguments.installation.of(permissions, &claims, &owner, &mut assumed)?;
        let policies = arguments.policies.read(&owner)?;
        assumed.extend(policies.notes.iter().cloned());
        let text = |held: &Held| held.text().map(str::to_owned);
        let scenario = Scenario {
            now,
            claims,
            request: arguments.request.body()?,
            installation,
            owner_policy: policies.owner.as_ref().and_then(text),
            repository_policies: policies
                .repositories
                .iter()
                .map(|(name, held)| (name.clone(), text(held)))
                .collect(),
        };
        Ok(Self { scenario, policies, assumed })
    }

    /// The policies without which the verdict is none: all that stands in the way is that they are missing, and nobody
    /// said that they do not exist.
    pub(super) fn needs(&self, verdict: &Verdict) -> Vec<String> {
        let Verdict::Denied { denied, .. } = verdict else { return Vec::new() };
        let needed = denied.iter().map(|issue| match (&issue.reason, &issue.repository) {
            (Reason::OwnerPolicyMissing, _) if self.policies.owner.is_none() => {
                Some(format!("{}/{OWNER_POLICY_REPOSITORY}", issue.owner))
            }
            (Reason::RepositoryPolicyMissing, Some(name))
                if !self.policies.repositories.contains_key(name) =>
            {
                Some(issue.target())
            }
            _ => None,
        });
        // One real reason is enough: then the others change nothing.
        needed.collect::<Option<Vec<String>>>().unwrap_or_default()
    }
}
