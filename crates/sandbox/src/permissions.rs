//! Which permissions an installation token can have, and at which levels.
//!
//! Source: the schema `app-permissions` of GitHub's published `OpenAPI` description; a test compares the table with it.

use serde::{Deserialize, Serialize};

/// How much a permission allows; a higher level includes the lower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Look.
    Read,
    /// Look and change.
    Write,
    /// Look, change and administer; only a few permissions have it.
    Admin,
}

impl Level {
    /// The word GitHub uses for the level.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// The levels a permission can be given, or `None` if GitHub does not know it.
pub(crate) fn levels_of(permission: &str) -> Option<&'static [Level]> {
    CATALOGUE.iter().find(|(name, _)| *name == permission).map(|(_, levels)| *levels)
}

const READ: &[Level] = &[Level::Read];
const WRITE: &[Level] = &[Level::Write];
const READ_WRITE: &[Level] = &[Level::Read, Level::Write];
const READ_WRITE_ADMIN: &[Level] = &[Level::Read, Level::Write, Level::Admin];

/// All permissions, in the order of GitHub's description.
const CATALOGUE: &[(&str, &[Level])] = &[
    ("actions", READ_WRITE),
    ("administration", READ_WRITE),
    ("artifact_metadata", READ_WRITE),
    ("attestations", READ_WRITE),
    ("checks", READ_WRITE),
    ("code_quality", READ_WRITE),
    ("codespaces", READ_WRITE),
    ("contents", READ_WRITE),
    ("dependabot_secrets", READ_WRITE),
    ("deployments", READ_WRITE),
    ("discussions", READ_WRITE),
    ("environments", READ_WRITE),
    ("issues", READ_WRITE),
    ("merge_queues", READ_WRITE),
    ("metadata", READ_WRITE),
    ("packages", READ_WRITE),
    ("pages", READ_WRITE),
    ("pull_requests", READ_WRITE),
    ("repository_custom_properties", READ_WRITE),
    ("repository_hooks", READ_WRITE),
    ("repository_projects", READ_WRITE_ADMIN),
    ("secret_scanning_alerts", READ_WRITE),
    ("secrets", READ_WRITE),
    ("security_events", READ_WRITE),
    ("single_file", READ_WRITE),
    ("statuses", READ_WRITE),
    ("vulnerability_alerts", READ_WRITE),
    ("workflows", WRITE),
    ("custom_properties_for_organizations", READ_WRITE),
    ("members", READ_WRITE),
    ("organization_administration", READ_WRITE),
    ("organization_custom_roles", READ_WRITE),
    ("organization_custom_org_roles", READ_WRITE),
    ("organization_custom_properties", READ_WRITE_ADMIN),
    ("organization_copilot_seat_management", READ_WRITE),
    ("organization_copilot_agent_settings", READ_WRITE),
    ("organization_announcement_banners", READ_WRITE),
    ("organization_events", READ),
    ("organization_hooks", READ_WRITE),
    ("organization_personal_access_tokens", READ_WRITE),
    ("organization_personal_access_token_requests", READ_WRITE),
    ("organization_plan", READ),
    ("organization_projects", READ_WRITE_ADMIN),
    ("organization_packages", READ_WRITE),
    ("organization_secrets", READ_WRITE),
    ("organization_self_hosted_runners", READ_WRITE),
    ("organization_user_blocking", READ_WRITE),
    ("email_addresses", READ_WRITE),
    ("followers", READ_WRITE),
    ("git_ssh_keys", READ_WRITE),
    ("gpg_keys", READ_WRITE),
    ("interaction_limits", READ_WRITE),
    ("profile", WRITE),
    ("starring", READ_WRITE),
    ("enterprise_custom_properties_for_organizations", READ_WRITE_ADMIN),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    #[test]
    fn the_catalogue_is_the_one_that_github_publishes() {
        let description: Value = serde_json::from_str(include_str!("../openapi/github.json")).unwrap();
        let published = &description["components"]["schemas"]["app-permissions"]["properties"];
        let published: BTreeMap<_, _> = published
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, schema)| {
                (name.as_str(), serde_json::from_value::<Vec<Level>>(schema["enum"].clone()).unwrap())
            })
            .collect();
        let ours: BTreeMap<_, _> = CATALOGUE.iter().map(|(name, levels)| (*name, levels.to_vec())).collect();
        assert_eq!(ours, published);
    }
}
