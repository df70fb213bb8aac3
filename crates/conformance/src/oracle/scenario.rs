//! What is asked: one caller, one request, and the world it is asked in.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// "What if this caller asked for that, then, with these policies."
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// An RFC 3339 timestamp.
    pub now: String,
    /// The payload of the caller's OIDC token.
    pub claims: Map<String, Value>,
    /// The JSON body of `POST /access_tokens`.
    pub request: Value,
    /// Absent: the App is not installed.
    #[serde(default)]
    pub installation: Option<Installation>,
    /// The text of `access-token.yaml`; absent: there is no such file.
    #[serde(default)]
    pub owner_policy: Option<String>,
    /// The text of `.github/access-token.yaml` by repository name, any letter case.
    #[serde(default)]
    pub repository_policies: BTreeMap<String, Option<String>>,
}

/// The App's installation on the owner.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Installation {
    /// GitHub's id of the owner.
    pub owner_id: u64,
    /// Whether the owner suspended it.
    #[serde(default)]
    pub suspended: bool,
    /// Levels by permission name in GitHub's `snake_case`.
    #[serde(default)]
    pub permissions: BTreeMap<String, String>,
    /// The files that `single_file` opens.
    #[serde(default)]
    pub single_file_paths: Vec<String>,
}

impl Scenario {
    /// The text of a repository's policy, if it has one.
    pub(super) fn repository_policy(&self, name: &str) -> Option<&str> {
        let mut policies = self.repository_policies.iter();
        policies.find(|(held, _)| held.eq_ignore_ascii_case(name)).and_then(|(_, text)| text.as_deref())
    }
}
