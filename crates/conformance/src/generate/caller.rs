//! Callers.

use serde_json::{Map, Value, json};

use super::random::Random;

const COMMIT: &str = "0123456789abcdef0123456789ABCDEF01234567";

/// The claims of a job, most of the time usable ones.
pub(super) fn claims(random: &mut Random, mistakes: u32) -> Map<String, Value> {
    let owner = *random.pick(&["octo-org", "octo-org", "octo-org", "octo-org", "Octo-Org", "octocat"]);
    let name = *random.pick(&["app", "app", "app", "website", "App", ".github-access-token"]);
    let event =
        *random.pick(&["push", "push", "push", "workflow_dispatch", "pull_request", "pull_request_target"]);
    let git_ref = match event {
        "pull_request" => "refs/pull/7/merge",
        _ => random.pick(&[
            "refs/heads/main",
            "refs/heads/main",
            "refs/heads/MAIN",
            "refs/heads/a:b",
            "refs/tags/v1",
            "main",
        ]),
    };
    let environment = *random.pick(&["", "", "", "prod", "Prod", "a:b", "refs/pull/x"]);
    let (owner_id, id) = (if owner == "octocat" { "583231" } else { "9919" }, "1001");
    let repository = format!("{owner}/{name}");
    let workflow = format!("{repository}/.github/workflows/deploy.yml@{git_ref}");
    let called = match random.below(4) {
        0 => format!("octo-org/ci/.github/workflows/build.yml@{COMMIT}"),
        1 => "octo-org/ci/.github/workflows/build.yml@refs/heads/main".to_owned(),
        _ => workflow.clone(),
    };
    let place =
        if random.chance(20) { format!("{owner}@{owner_id}/{name}@{id}") } else { repository.clone() };
    let context = match (event, environment, random.below(12)) {
        (_, _, 0) => format!("job_workflow_ref:{called}"),
        (_, _, 1) => format!("ref:{git_ref}:environment:{environment}"),
        (_, _, 2) => format!("repository_owner:{owner}:actor:OctoCat"),
        ("pull_request" | "pull_request_target", "", _) => "pull_request".to_owned(),
        (_, "", _) => format!("ref:{git_ref}"),
        _ => format!("environment:{}", environment.replace(':', "%3A")),
    };
    let sub = match random.below(30) {
        0 => format!("repository_owner:{owner}:{context}"),
        1 => format!("repo:{place}"),
        _ => format!("repo:{place}:{context}"),
    };

    let mut claims = Map::new();
    let mut add = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    add("sub", json!(sub));
    add("repository", json!(repository));
    add("repository_owner", json!(owner));
    add("event_name", json!(event));
    add("ref", json!(git_ref));
    add("ref_protected", json!(*random.pick(&["true", "false"])));
    add("runner_environment", json!("github-hosted"));
    add("run_attempt", json!(random.below(3)));
    add("trusted", json!(random.chance(50)));
    add("actor", json!(*random.pick(&["octocat", "OctoCat"])));
    add("workflow_ref", json!(workflow));
    add("job_workflow_ref", json!(called));
    if !environment.is_empty() || random.chance(20) {
        add("environment", json!(environment));
    }
    if random.chance(70) {
        add("repository_owner_id", json!(owner_id));
        add("repository_id", json!(id));
    }
    for optional in ["ref", "event_name", "workflow_ref", "job_workflow_ref", "repository_id", "actor"] {
        match random.below(40) {
            0 => drop(claims.remove(optional)),
            1 => drop(claims.insert(optional.to_owned(), Value::Null)),
            2 => drop(claims.insert(optional.to_owned(), json!(""))),
            _ => {}
        }
    }
    if random.chance(mistakes) {
        let claim = *random.pick(&[
            "sub",
            "repository",
            "repository_owner",
            "ref",
            "repository_id",
            "environment",
            "actor",
        ]);
        let value = random
            .pick(&[
                json!(null),
                json!(7),
                json!([]),
                json!("octo-org"),
                json!("mona/app"),
                json!(""),
                json!("a\tb:c"),
            ])
            .clone();
        claims.insert(claim.to_owned(), value);
    }
    claims
}
