//! From a scenario to a sandbox in which it is true.

use std::sync::atomic::{AtomicU64, Ordering};

use conformance::case::merge;
use conformance::oracle::{Asked, Scenario};
use sandbox::{World, WorldError};
use serde_json::{Map, Value, json};

use crate::stage::Stage;

/// Every world has an installation id of its own, so that nothing that a broker keeps of one serves another.
static NEXT_ID: AtomicU64 = AtomicU64::new(1000);

/// Makes the scenario true; `over` is laid over the owners of the world. Gives the permissions of the installation that
/// the sandbox does not know: it tells of them, and cannot mint with them.
pub(crate) async fn set(stage: &Stage, scenario: &Value, over: &Value) -> Vec<String> {
    let read: Scenario = serde_json::from_value(scenario.clone()).unwrap();
    // What is refused before anything is looked at needs no world.
    let Some(asked) = Asked::read(&read) else {
        stage.sandbox.replace_world(World::new()).unwrap();
        return Vec::new();
    };
    let installation = scenario.get("installation").filter(|installation| !installation.is_null());
    let mut owner = json!({"repositories": repositories(&read, &asked)});
    if let Some(installation) = installation {
        owner["id"] = installation["owner_id"].clone();
        owner["installation"] = json!({
            "id": NEXT_ID.fetch_add(1, Ordering::Relaxed),
            "permissions": with_known_levels(&installation["permissions"]),
            "single_file_paths": installation.get("single_file_paths").cloned().unwrap_or(json!([])),
            "suspended": installation.get("suspended").cloned().unwrap_or(json!(false)),
        });
    }
    let mut owners = merge(json!({asked.owner.clone(): owner}), over.clone());
    let mut lacking = Vec::new();
    while let Err(unknown) = replace(stage, &owners) {
        // GitHub may have permissions that nobody knows yet. The sandbox does not: its answer must be told.
        let WorldError::Permission { permission, .. } = unknown else { panic!("{unknown}") };
        let permissions = &mut owners[&asked.owner]["installation"]["permissions"];
        permissions.as_object_mut().unwrap().remove(&permission).unwrap();
        lacking.push(permission);
    }
    if let Some(installation) = installation {
        let told = &owners[&asked.owner]["installation"]["permissions"];
        let is_same = *told == installation["permissions"] && told.get("metadata") == Some(&json!("read"));
        if !is_same {
            let fault = json!({"kind": "replace", "json": {"permissions": installation["permissions"]}});
            let route = "GET /users/{username}/installation";
            stage.fault(&json!({"route": route, "times": 1000, "fault": fault})).await;
        }
    }
    lacking
}

/// The entries that the sandbox can read.
fn with_known_levels(permissions: &Value) -> Value {
    let entries = permissions.as_object().into_iter().flatten();
    let known = |level: &Value| ["read", "write", "admin"].iter().any(|known| level == known);
    let known = entries.filter(|(_, level)| known(level)).map(|(name, level)| (name.clone(), level.clone()));
    Value::Object(known.collect())
}

fn replace(stage: &Stage, owners: &Value) -> Result<(), WorldError> {
    stage.sandbox.replace_world(serde_json::from_value(json!({"owners": owners})).unwrap())
}

/// The targets, whether they have a policy or not, and the repository of the owner policy if it has one.
fn repositories(scenario: &Scenario, asked: &Asked) -> Value {
    let mut repositories = Map::new();
    let mut add = |name: &str, path: Option<&str>, text: Option<&String>| {
        let spelled = repositories.keys().find(|held| held.eq_ignore_ascii_case(name)).cloned();
        let repository =
            repositories.entry(spelled.unwrap_or_else(|| name.to_owned())).or_insert(json!({"files": {}}));
        if let (Some(path), Some(text)) = (path, text) {
            repository["files"][path] = json!(text);
        }
    };
    for name in &asked.repositories {
        add(name, None, None);
    }
    for (name, text) in &scenario.repository_policies {
        add(name, Some(".github/access-token.yaml"), text.as_ref());
    }
    if scenario.owner_policy.is_some() {
        add(".github-access-token", Some("access-token.yaml"), scenario.owner_policy.as_ref());
    }
    Value::Object(repositories)
}
