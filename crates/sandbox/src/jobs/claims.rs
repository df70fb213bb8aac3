//! What the OIDC token of a job says unless it is told otherwise.
//!
//! Source of the claims: GitHub's "OpenID Connect reference" for Actions.

use serde_json::{Map, Value};

use crate::digest::stable_id;
use crate::world::{Account, Home, World};

/// Lays `given` over the defaults that follow from it; a claim that is given as `null` is left out.
pub(crate) fn defaults(given: &Map<String, Value>, world: &World) -> Map<String, Value> {
    let text = |name: &str, default: &str| match given.get(name) {
        Some(Value::String(text)) => text.clone(),
        _ => default.to_owned(),
    };
    let event = text("event_name", "push");
    let from_pull_request = event.starts_with("pull_request");
    let repository = text("repository", "octo-org/app");
    let (owner, name) = repository.split_once('/').unwrap_or((&repository, ""));
    let reference =
        text("ref", if event == "pull_request" { "refs/pull/1/merge" } else { "refs/heads/main" });
    let workflow_ref = text("workflow_ref", &format!("{repository}/.github/workflows/ci.yml@{reference}"));
    let sha = text("sha", "f6f40d9fbd1130f7f2357bb54225567dbd7a3793");
    let account = world.account(owner);
    let home = account.and_then(|account| account.repository(name));
    let owner_id = account.map_or_else(|| stable_id(&format!("owner:{owner}")), Account::id);
    let id = home.map_or_else(|| stable_id(&format!("repository:{repository}")), Home::id);
    let private = home.is_none_or(|home| home.repository.private);

    let mut claims = Map::new();
    let mut set = |name: &str, value: &str| claims.insert(name.to_owned(), value.into());
    set("sub", &subject(&repository, &reference, from_pull_request, given.get("environment")));
    set("ref", &reference);
    set("ref_type", if reference.starts_with("refs/tags/") { "tag" } else { "branch" });
    set("ref_protected", "false");
    set("base_ref", if from_pull_request { "main" } else { "" });
    set("head_ref", if from_pull_request { "topic" } else { "" });
    set("sha", &sha);
    set("event_name", &event);
    set("repository", &repository);
    set("repository_id", &id.to_string());
    set("repository_owner", owner);
    set("repository_owner_id", &owner_id.to_string());
    set("repository_visibility", if private { "private" } else { "public" });
    set("actor", "octocat");
    set("actor_id", "583231");
    set("workflow", "CI");
    set("workflow_ref", &workflow_ref);
    set("workflow_sha", &sha);
    set("job_workflow_ref", &workflow_ref);
    set("job_workflow_sha", &sha);
    set("run_id", "9876543210");
    set("run_number", "42");
    set("run_attempt", "1");
    set("runner_environment", "github-hosted");
    merge(&mut claims, given);
    claims
}

/// The audience of a token that was asked for without one.
pub(crate) fn default_audience(claims: &Map<String, Value>) -> String {
    let owner = claims.get("repository_owner").and_then(Value::as_str).unwrap_or("octo-org");
    format!("https://github.com/{owner}")
}

/// Lays `over` on top of `base`; `null` takes a member away.
pub(crate) fn merge(base: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (name, value) in over {
        if value.is_null() {
            base.remove(name);
        } else {
            base.insert(name.clone(), value.clone());
        }
    }
}

/// The subject that GitHub gives a job: by its environment, or as one of a pull request, or by its ref.
fn subject(
    repository: &str,
    reference: &str,
    from_pull_request: bool,
    environment: Option<&Value>,
) -> String {
    let context = match environment {
        Some(Value::String(environment)) if !environment.is_empty() => {
            format!("environment:{}", environment.replace(':', "%3A"))
        }
        _ if from_pull_request => "pull_request".to_owned(),
        _ => format!("ref:{}", reference.replace(':', "%3A")),
    };
    format!("repo:{repository}:{context}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(given: Value) -> Map<String, Value> {
        defaults(given.as_object().unwrap(), &World::new())
    }

    #[test]
    fn a_push_has_its_ref_in_the_subject() {
        assert_eq!(claims(json!({}))["sub"], "repo:octo-org/app:ref:refs/heads/main");
        assert_eq!(
            claims(json!({"ref": "refs/tags/v1", "repository": "octo-org/website"}))["sub"],
            "repo:octo-org/website:ref:refs/tags/v1"
        );
    }

    #[test]
    fn an_environment_comes_before_everything_else_in_the_subject() {
        let claims = claims(json!({"environment": "eu:production", "event_name": "pull_request"}));
        assert_eq!(claims["sub"], "repo:octo-org/app:environment:eu%3Aproduction");
    }

    #[test]
    fn every_pull_request_event_has_the_same_subject() {
        for event in ["pull_request", "pull_request_target", "pull_request_review"] {
            assert_eq!(claims(json!({"event_name": event}))["sub"], "repo:octo-org/app:pull_request");
        }
        assert_eq!(claims(json!({"event_name": "pull_request"}))["ref"], "refs/pull/1/merge");
        assert_eq!(claims(json!({"event_name": "pull_request_target"}))["ref"], "refs/heads/main");
    }

    #[test]
    fn a_given_claim_wins_and_null_takes_it_away() {
        let claims = claims(json!({"sub": "anything", "run_id": 7, "actor": null}));
        assert_eq!(claims["sub"], "anything");
        assert_eq!(claims["run_id"], 7);
        assert!(!claims.contains_key("actor"));
    }
}
