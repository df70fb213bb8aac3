//! Who the caller is: its effective subjects.

use github_types::{Claims, WorkflowRef, is_branch_or_tag};

/// The subjects that a caller counts as, in the order in which they are told, without duplicates.
///
/// The first is `sub` as the token has it. The others say in `key:value` form what a customized `sub` may hide:
/// branch or tag, workflow, reusable workflow, environment; each once with the immutable form of the repository,
/// `owner@OWNER_ID/name@REPO_ID` (when the token has both ids), and once with its plain name.
///
/// SECURITY: a job of a pull request counts as no branch, tag or workflow, even where its `ref` says so: code or
/// input of a pull request must not look like the branch that it targets.
pub fn effective_subjects(claims: &Claims) -> Vec<String> {
    let mut details: Vec<String> = Vec::new();
    if !is_pull_request(claims) {
        let git_ref = claims.optional("ref").filter(|git_ref| is_branch_or_tag(git_ref));
        details.extend(git_ref.map(|git_ref| pair("ref", git_ref)));

        let workflow =
            claims.optional("workflow_ref").filter(|text| WorkflowRef::new(text).is_branch_or_tag());
        details.extend(workflow.map(|text| pair("workflow_ref", text)));

        let called = claims.optional("job_workflow_ref").filter(|text| {
            let workflow = WorkflowRef::new(text);
            workflow.is_branch_or_tag() || workflow.is_commit()
        });
        details.extend(called.map(|text| pair("job_workflow_ref", text)));
    }
    details.extend(claims.optional("environment").map(|name| pair("environment", name)));

    let repositories: Vec<String> =
        immutable(claims).into_iter().chain([claims.repository().to_string()]).collect();
    let mut subjects = vec![claims.sub().to_owned()];
    for detail in &details {
        for repository in &repositories {
            let subject = format!("repo:{repository}:{detail}");
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
    }
    subjects
}

/// Whether the job runs for a pull request: `pull_request`, `pull_request_target` or one of the review events.
pub fn is_pull_request(claims: &Claims) -> bool {
    claims.get("event_name").is_some_and(|event| event.starts_with("pull_request"))
}

/// Whether `sub` names the repository in its immutable form, `repo:owner@OWNER_ID/name@REPO_ID`.
pub fn has_immutable_sub(claims: &Claims) -> bool {
    let repository = claims.sub().strip_prefix("repo:").and_then(|rest| rest.split(':').next());
    let names = repository.and_then(|repository| repository.split_once('/'));
    names.is_some_and(|(owner, name)| has_id(owner) && has_id(name))
}

fn has_id(name: &str) -> bool {
    name.rsplit_once('@').is_some_and(|(name, id)| {
        !name.is_empty() && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn immutable(claims: &Claims) -> Option<String> {
    let (owner_id, repository_id) = claims.ids()?;
    let repository = claims.repository();
    Some(format!("{}@{owner_id}/{}@{repository_id}", repository.owner(), repository.name()))
}

/// A pair of a subject; a colon in the value is written `%3A`, as GitHub does in `sub`.
fn pair(key: &str, value: &str) -> String {
    format!("{key}:{}", value.replace(':', "%3A"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn claims(change: &Value) -> Claims {
        let mut payload = json!({
            "sub": "repo:octo-org/app:ref:refs/heads/main",
            "repository": "octo-org/app",
            "repository_owner": "octo-org",
            "ref": "refs/heads/main",
            "event_name": "push",
        });
        payload.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        Claims::new(payload.as_object().unwrap()).unwrap()
    }

    fn subjects(change: Value) -> Vec<String> {
        effective_subjects(&claims(&change))
    }

    #[test]
    fn sub_comes_first_and_nothing_twice() {
        assert_eq!(subjects(json!({})), ["repo:octo-org/app:ref:refs/heads/main"]);
        assert_eq!(
            subjects(json!({"repository_id": "74", "repository_owner_id": "65", "environment": "prod"})),
            [
                "repo:octo-org/app:ref:refs/heads/main",
                "repo:octo-org@65/app@74:ref:refs/heads/main",
                "repo:octo-org@65/app@74:environment:prod",
                "repo:octo-org/app:environment:prod",
            ]
        );
    }

    #[test]
    fn workflows_count_with_their_ref() {
        let sha = "a".repeat(40);
        let called = format!("octo-org/ci/.github/workflows/d.yml@{sha}");
        let workflow = "octo-org/app/.github/workflows/w.yml@refs/tags/v1";
        assert_eq!(
            subjects(json!({"workflow_ref": workflow, "job_workflow_ref": called}))[1..],
            [
                format!("repo:octo-org/app:workflow_ref:{workflow}"),
                format!("repo:octo-org/app:job_workflow_ref:{called}"),
            ]
        );
        let at_commit = json!({"workflow_ref": format!("octo-org/app/.github/workflows/w.yml@{sha}")});
        assert_eq!(subjects(at_commit).len(), 1);
    }

    #[test]
    fn a_pull_request_is_no_branch() {
        for event in ["pull_request", "pull_request_target", "pull_request_review_comment"] {
            let change = json!({
                "sub": "repo:octo-org/app:pull_request", "event_name": event, "environment": "preview",
                "job_workflow_ref": "octo-org/ci/.github/workflows/d.yml@refs/heads/main",
            });
            assert_eq!(
                subjects(change),
                ["repo:octo-org/app:pull_request", "repo:octo-org/app:environment:preview"]
            );
        }
    }

    #[test]
    fn a_colon_cannot_forge_a_pair() {
        let change = json!({"environment": "a:ref:refs/heads/main"});
        assert_eq!(subjects(change)[1], "repo:octo-org/app:environment:a%3Aref%3Arefs/heads/main");
    }

    #[test]
    fn knows_the_immutable_form() {
        let immutable = |sub: &str| has_immutable_sub(&claims(&json!({"sub": sub})));
        assert!(immutable("repo:octo-org@65/app@74:ref:refs/heads/main"));
        for sub in
            ["repo:octo-org/app:ref:a@1/b@2", "repo:o@1/a:x", "repo:o@x/a@1:x", "repo:@1/a@1", "o@1/a@1"]
        {
            assert!(!immutable(sub), "{sub}");
        }
    }
}
