//! Who asked, as logs and audit events tell it.

use std::collections::BTreeMap;

use github_types::Claims;
use serde::Serialize;

use crate::log::field::cut;

/// The claims that say which job asked. The names in audit events are those of the claims.
#[derive(Debug, Serialize)]
pub(crate) struct Identity {
    pub(crate) repository: String,
    pub(crate) sub: String,
    #[serde(flatten)]
    optional: BTreeMap<&'static str, String>,
}

/// What else is kept of the claims, where a token has them. None of them is secret; `jti` tells one OIDC token from
/// another.
const OPTIONAL: [&str; 14] = [
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "actor",
    "actor_id",
    "event_name",
    "ref",
    "workflow_ref",
    "job_workflow_ref",
    "environment",
    "run_id",
    "run_attempt",
    "sha",
    "jti",
];

impl Identity {
    pub(crate) fn of(claims: &Claims) -> Self {
        let optional = OPTIONAL.iter().filter_map(|name| Some((*name, cut(claims.optional(name)?))));
        Self {
            repository: claims.repository().to_string(),
            sub: cut(claims.sub()),
            optional: optional.collect(),
        }
    }

    /// The text of one of the optional claims.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.optional.get(name).map(String::as_str)
    }
}
