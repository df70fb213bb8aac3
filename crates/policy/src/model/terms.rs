//! The terms of a statement as they are told: what narrows it besides its subjects.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Statement;
use crate::pattern::Pattern;

/// What narrows a statement besides its subjects, each part as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// The claims that it asks for, each with the patterns of which one must match.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, Vec<String>>,
    /// The target repositories that it covers; absent when all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repositories: Option<Vec<String>>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

impl Statement {
    /// The terms of the statement.
    pub fn terms(&self) -> Terms {
        let texts =
            |patterns: &Vec<Pattern>| patterns.iter().map(|pattern| pattern.text().to_owned()).collect();
        Terms {
            claims: self.claims.iter().map(|(name, patterns)| (name.clone(), texts(patterns))).collect(),
            repositories: self
                .repositories
                .as_ref()
                .map(|globs| globs.iter().map(ToString::to_string).collect()),
            expires: self.expires.as_ref().map(ToString::to_string),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::parse::parse_owner_policy;

    fn terms(lines: &str) -> Value {
        let text = format!(
            "origin: octo-org/.github-access-token\nstatements:\n  - subjects: ['repo:octo-org/app:**']\n    permissions: {{contents: read}}\n{lines}"
        );
        let policy =
            parse_owner_policy(&text, &"octo-org/.github-access-token".parse().unwrap()).policy.unwrap();
        serde_json::to_value(policy.statements.list[0].terms()).unwrap()
    }

    #[test]
    fn are_those_that_were_written() {
        let lines = "    claims: {event_name: [push, 'work*'], ref_protected: 'true'}\n    repositories: [website, docs-*]\n    expires: 2027-01-31\n";
        assert_eq!(
            terms(lines),
            json!({"claims": {"event_name": ["push", "work*"], "ref_protected": ["true"]}, "repositories": ["website", "docs-*"],
                "expires": "2027-01-31"})
        );
    }

    #[test]
    fn are_none_where_none_were_written() {
        assert_eq!(terms(""), json!({}));
    }
}
