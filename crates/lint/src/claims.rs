//! What claims can be, as far as that is fixed, and what patterns let through of it.

use policy::pattern::{Pattern, PatternSet};

/// Claims that have one of a few values, and these in words
/// (<https://docs.github.com/en/actions/reference/security/oidc>).
pub(crate) const VALUES: &[(&str, &[&str], &str)] = &[
    ("ref_protected", &["true", "false"], "`true` or `false`"),
    ("ref_type", &["branch", "tag"], "`branch` or `tag`"),
    ("repository_visibility", &["public", "private", "internal"], "`public`, `private` or `internal`"),
    ("runner_environment", &["github-hosted", "self-hosted"], "`github-hosted` or `self-hosted`"),
];

/// The events that start workflows, and so what `event_name` can be
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>).
pub(crate) const EVENTS: &[&str] = &[
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "discussion",
    "discussion_comment",
    "dynamic",
    "fork",
    "gollum",
    "image_version",
    "issue_comment",
    "issues",
    "label",
    "merge_group",
    "milestone",
    "page_build",
    "project",
    "project_card",
    "project_column",
    "public",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_target",
    "push",
    "registry_package",
    "release",
    "repository_dispatch",
    "schedule",
    "status",
    "watch",
    "workflow_call",
    "workflow_dispatch",
    "workflow_run",
];

/// Whether one of these patterns of a claim matches one of the values.
pub(crate) fn admits(name: &str, patterns: &[Pattern], values: &[&str]) -> bool {
    let set = PatternSet::of_claims(patterns.iter().map(|pattern| (name, pattern)), 0);
    set.map_or(true, |set| values.iter().any(|value| !set.matches_claim(name, value).is_empty()))
}

/// Whether patterns of `event_name` match an event of pull requests.
pub(crate) fn admits_pull_requests(patterns: &[Pattern]) -> bool {
    let events = EVENTS.iter().filter(|event| event.starts_with("pull_request")).copied();
    admits("event_name", patterns, &events.collect::<Vec<_>>())
}

/// Whether the patterns match whatever a claim can be.
pub(crate) fn is_any(patterns: &[Pattern]) -> bool {
    patterns.iter().any(|pattern| pattern.text().trim_matches('*').is_empty())
}
