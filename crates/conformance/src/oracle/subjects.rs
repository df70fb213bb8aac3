//! The effective subjects of a caller.

use super::caller::Caller;

/// All effective subjects, in the contract's order, without duplicates.
pub(super) fn effective_subjects(caller: &Caller) -> Vec<String> {
    let mut subjects = vec![caller.sub.clone()];
    for (key, value) in claims_that_count(caller) {
        let value = value.replace(':', "%3A");
        if let (Some(owner_id), Some(id)) = (&caller.owner_id, &caller.repository_id) {
            subjects.push(format!("repo:{}@{owner_id}/{}@{id}:{key}:{value}", caller.owner, caller.name));
        }
        subjects.push(format!("repo:{}/{}:{key}:{value}", caller.owner, caller.name));
    }
    let mut seen = Vec::new();
    for subject in subjects {
        if !seen.contains(&subject) {
            seen.push(subject);
        }
    }
    seen
}

/// The claims that make subjects of their own, in order.
fn claims_that_count(caller: &Caller) -> Vec<(&'static str, &str)> {
    let mut claims = Vec::new();
    let pull_request = caller.event_name.as_deref().is_some_and(|event| event.starts_with("pull_request"));
    if !pull_request {
        if let Some(git_ref) = caller.git_ref.as_deref().filter(|git_ref| is_branch_or_tag(git_ref)) {
            claims.push(("ref", git_ref));
        }
        if let Some(workflow) = caller.workflow_ref.as_deref().filter(|workflow| at_branch_or_tag(workflow)) {
            claims.push(("workflow_ref", workflow));
        }
        let pinned = |workflow: &&str| at_branch_or_tag(workflow) || at_commit(workflow);
        if let Some(workflow) = caller.job_workflow_ref.as_deref().filter(pinned) {
            claims.push(("job_workflow_ref", workflow));
        }
    }
    if let Some(environment) = caller.environment.as_deref() {
        claims.push(("environment", environment));
    }
    claims
}

fn is_branch_or_tag(git_ref: &str) -> bool {
    git_ref.starts_with("refs/heads/") || git_ref.starts_with("refs/tags/")
}

/// The ref of a workflow is what follows the first `@refs/`.
fn at_branch_or_tag(workflow: &str) -> bool {
    workflow.split_once("@refs/").is_some_and(|(_, rest)| is_branch_or_tag(&format!("refs/{rest}")))
}

/// A full commit id: SHA-1 has 40 digits, SHA-256 has 64.
fn at_commit(workflow: &str) -> bool {
    let commit = workflow.rsplit_once('@').map_or("", |(_, commit)| commit);
    let full = commit.len() == 40 || commit.len() == 64;
    !workflow.contains("@refs/") && full && commit.chars().all(|c| c.is_ascii_hexdigit())
}
