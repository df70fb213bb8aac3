//! A grant is within the request, within the policies, and within the installation.

use conformance::engine::{Engine, Native};
use conformance::generate::Generator;
use conformance::oracle::{Asked, Scenario};
use serde_json::{Value, json};
use serde_yaml::Value as Yaml;

const SCENARIOS: usize = 20_000;

/// How high a level is; zero for what is none.
fn height(level: &str) -> usize {
    ["read", "write", "admin"].iter().position(|known| *known == level).map_or(0, |place| place + 1)
}

/// Whether a mapping of permissions has this one at this level or a higher one.
fn lists(mapping: &Yaml, permission: &str, level: &str) -> bool {
    mapping.as_mapping().into_iter().flatten().any(|(name, held)| {
        name.as_str().is_some_and(|name| name.replace('_', "-") == permission)
            && held.as_str().is_some_and(|held| height(held) >= height(level))
    })
}

/// Whether a statement, by its number, names the permission in the policy of that repository.
fn statement_grants(scenario: &Value, by: &Value, owner: &str) -> bool {
    let policy = by["policy"].as_str().unwrap();
    let (_, name) = policy.split_once('/').unwrap();
    let owner_policy = format!("{owner}/.github-access-token");
    let repository_policy = scenario["repository_policies"]
        .as_object()
        .and_then(|policies| policies.iter().find(|(held, _)| held.eq_ignore_ascii_case(name)))
        .map(|(_, text)| text);
    let texts =
        [policy.eq_ignore_ascii_case(&owner_policy).then_some(&scenario["owner_policy"]), repository_policy];
    let (permission, level) = (by["permission"].as_str().unwrap(), by["level"].as_str().unwrap());
    let number = usize::try_from(by["statement"].as_u64().unwrap()).unwrap();
    texts.into_iter().flatten().filter_map(Value::as_str).any(|text| {
        let tree: Yaml = serde_yaml::from_str(text).unwrap_or_default();
        let statement = tree["statements"].as_sequence().and_then(|list| list.get(number - 1));
        statement.is_some_and(|statement| {
            lists(&statement["permissions"], permission, level)
                || (permission == "metadata" && level == "read")
        })
    })
}

fn is_of_owner_policy(by: &Value, owner: &str) -> bool {
    by["policy"].as_str().unwrap().eq_ignore_ascii_case(&format!("{owner}/.github-access-token"))
}

fn check(scenario: &Value, verdict: &Value) {
    let read: Scenario = serde_json::from_value(scenario.clone()).unwrap();
    let asked = Asked::read(&read).expect("a grant of what cannot be asked");
    let context = || format!("{verdict:#}\n{scenario:#}");

    assert_eq!(verdict["owner"], json!(asked.owner), "{}", context());
    assert_eq!(verdict["permissions"], json!(asked.permissions), "{}", context());
    let repositories = if asked.repositories.is_empty() { json!("ALL") } else { json!(asked.repositories) };
    assert_eq!(verdict["repositories"], repositories, "{}", context());

    let installation = &scenario["installation"];
    assert!(installation["suspended"] != true, "{}", context());
    let owner_policy: Yaml = serde_yaml::from_str(scenario["owner_policy"].as_str().unwrap()).unwrap();
    let by = verdict["by"].as_array().unwrap();
    for (permission, level) in &asked.permissions {
        let held = installation["permissions"][permission.replace('-', "_")].as_str().unwrap_or_default();
        assert!(height(held) >= height(level), "{permission}: {}", context());
        let targets: Vec<Option<&str>> = if asked.repositories.is_empty() {
            vec![None]
        } else {
            asked.repositories.iter().map(|name| Some(name.as_str())).collect()
        };
        for target in targets {
            let grant = by.iter().find(|by| {
                let same_target = match (target, by["repository"].as_str()) {
                    // What an owner-wide statement grants has no repository.
                    (_, None) => true,
                    (Some(target), Some(repository)) => target.eq_ignore_ascii_case(repository),
                    (None, Some(_)) => false,
                };
                by["permission"] == **permission
                    && same_target
                    && height(by["level"].as_str().unwrap()) >= height(level)
            });
            let grant =
                grant.unwrap_or_else(|| panic!("nothing grants {permission} on {target:?}: {}", context()));
            assert!(statement_grants(scenario, grant, &asked.owner), "{grant}: {}", context());
            let allowed = lists(&owner_policy["allowed-repository-permissions"], permission, level);
            assert!(allowed || is_of_owner_policy(grant, &asked.owner), "{grant}: {}", context());
        }
    }
}

#[test]
fn a_grant_is_within_request_policies_and_installation() {
    let mut generator = Generator::new(7_000);
    let mut granted = 0;
    for _ in 0..SCENARIOS {
        let scenario = generator.scenario();
        let verdict = Native.decide(&scenario);
        if verdict.get("granted").is_some() {
            granted += 1;
            check(&scenario, &verdict);
        }
    }
    println!("{granted} grants of {SCENARIOS} scenarios are within request, policies and installation");
    assert!(granted > SCENARIOS / 5);
}
