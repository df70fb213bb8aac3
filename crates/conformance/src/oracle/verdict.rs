//! What is answered.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// The answer to a scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Verdict {
    /// A token would be minted with exactly this.
    Granted {
        /// Always true.
        granted: bool,
        /// The owner, as the request spelled it.
        owner: String,
        /// `"ALL"`, or the repositories' names in the order of the request.
        repositories: Value,
        /// Levels by permission in kebab-case.
        permissions: BTreeMap<String, &'static str>,
        /// The caller's effective subjects.
        effective_subjects: Vec<String>,
    },
    /// 403.
    Denied {
        /// Why; at least one.
        denied: Vec<Issue>,
        /// The caller's effective subjects.
        effective_subjects: Vec<String>,
    },
    /// 400.
    BadRequest {
        /// Every problem of the request.
        bad_request: Vec<String>,
    },
    /// 401.
    Unauthenticated {
        /// What makes the claims unusable.
        unauthenticated: String,
    },
}

/// One reason of a denial.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Issue {
    /// The owner it concerns.
    pub owner: String,
    /// The repository it concerns; absent: the owner as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The permission that is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// The level at which it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<&'static str>,
    /// The file that cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The stable code.
    pub code: &'static str,
}
