//! Adding a restriction never grants more.

use conformance::engine::{Engine, Native};
use conformance::generate::{Generator, Random};
use policy::gate::admit;
use serde_json::{Map, Value, json};

const SCENARIOS: usize = 20_000;

/// A policy's text as a tree; nothing for what is no mapping, or what is refused for how it is written.
fn tree(text: &Value) -> Option<Value> {
    let document = admit(text.as_str()?).ok()?;
    serde_json::to_value(document.value).ok().filter(Value::is_object)
}

/// Every statement of a policy.
fn statements(policy: &mut Value) -> Vec<&mut Map<String, Value>> {
    let list = policy.get_mut("statements").and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut).collect()
}

/// Narrows a policy in one way; says what was done, or nothing where there is nothing to narrow.
fn narrow_policy(random: &mut Random, policy: &mut Value) -> Option<&'static str> {
    let kind = random.below(9);
    match kind {
        0 => return drop_one(random, policy.get_mut("statements")?, "a statement is gone"),
        1 => return drop_one(random, policy.get_mut("allowed-subjects")?, "an allowed subject is gone"),
        2 => return lower(random, policy.get_mut("allowed-repository-permissions")?),
        _ => {}
    }
    let mut statements = statements(policy);
    let count = statements.len();
    if count == 0 {
        return None;
    }
    let statement = statements.swap_remove(random.place(count));
    let add = |statement: &mut Map<String, Value>, name: &str, value: Value| {
        let free = statement.get(name).is_none_or(Value::is_null);
        free.then(|| drop(statement.insert(name.to_owned(), value)))
    };
    match kind {
        3 => drop_one(random, statement.get_mut("subjects")?, "a subject is gone"),
        4 => lower(random, statement.get_mut("permissions")?),
        5 => add(statement, "expires", json!(*random.pick(&["2020-01-01", "2999-01-01", "soon"])))
            .map(|()| "it expires"),
        6 => add(statement, "claims", json!({"event_name": *random.pick(&["push", "*", "x"])}))
            .map(|()| "a claim is wanted"),
        7 => add(statement, "repositories", json!([*random.pick(&["*", "web*", "x"])]))
            .map(|()| "some repositories only"),
        _ => {
            let claims = statement.get_mut("claims")?.as_object_mut().filter(|claims| !claims.is_empty())?;
            let name = *random.pick(&["event_name", "ref_type", "team"]);
            (!claims.contains_key(name))
                .then(|| drop(claims.insert(name.to_owned(), json!("push"))))
                .map(|()| "one more claim is wanted")
        }
    }
}

fn drop_one(random: &mut Random, list: &mut Value, what: &'static str) -> Option<&'static str> {
    let list = list.as_array_mut().filter(|list| !list.is_empty())?;
    list.remove(random.place(list.len()));
    Some(what)
}

/// Lowers a level. Entries are not taken away: of a permission in two spellings, which is void, one would come to count.
fn lower(random: &mut Random, permissions: &mut Value) -> Option<&'static str> {
    let names: Vec<String> = permissions.as_object()?.keys().cloned().collect();
    let name = random.one_of(&names)?;
    let lower = match permissions[name].as_str()? {
        "write" => "read",
        "admin" if name.replace('_', "-") == "repository-projects" => "write",
        _ => return None,
    };
    permissions[name] = json!(lower);
    Some("a level is lower")
}

/// Narrows a scenario in one way.
fn narrow(random: &mut Random, scenario: &mut Value) -> Option<&'static str> {
    match random.below(10) {
        0 => {
            let installation = scenario["installation"].as_object_mut()?;
            installation.insert("suspended".to_owned(), json!(true));
            Some("the installation is suspended")
        }
        1 => {
            let permissions = scenario["installation"]["permissions"].as_object_mut()?;
            let names: Vec<String> = permissions.keys().cloned().collect();
            permissions.remove(random.one_of(&names)?);
            Some("the installation has a permission less")
        }
        2 => drop_one(random, &mut scenario["installation"]["single_file_paths"], "a single file less"),
        3..=5 => {
            let mut policy = tree(&scenario["owner_policy"])?;
            let what = narrow_policy(random, &mut policy)?;
            scenario["owner_policy"] = json!(policy.to_string());
            Some(what)
        }
        _ => {
            let policies = scenario["repository_policies"].as_object_mut()?;
            let names: Vec<String> = policies.keys().cloned().collect();
            let text = policies.get_mut(random.one_of(&names)?)?;
            let mut policy = tree(text)?;
            let what = narrow_policy(random, &mut policy)?;
            *text = json!(policy.to_string());
            Some(what)
        }
    }
}

#[test]
fn a_restriction_never_grants_more() {
    let (mut generator, mut random) = (Generator::new(8_000), Random::new(8_000));
    let (mut narrowed, mut lost) = (0, 0);
    for _ in 0..SCENARIOS {
        let scenario = generator.scenario();
        let mut narrower = scenario.clone();
        let Some(what) = narrow(&mut random, &mut narrower) else { continue };
        narrowed += 1;
        let is_granted = |scenario: &Value| Native.decide(scenario).get("granted").is_some();
        let (before, after) = (is_granted(&scenario), is_granted(&narrower));
        lost += u32::from(before && !after);
        assert!(before || !after, "{what}, and it is granted:\n{scenario:#}\n{narrower:#}");
    }
    println!("{narrowed} scenarios narrowed, {lost} grants lost, none won");
    assert!(lost > 500, "the restrictions restrict nothing");
}

#[test]
fn a_policy_that_is_written_again_means_the_same() {
    let mut generator = Generator::new(9_000);
    for _ in 0..5_000 {
        let scenario = generator.scenario();
        let mut again = scenario.clone();
        if let Some(policy) = tree(&scenario["owner_policy"]) {
            again["owner_policy"] = json!(serde_yaml::to_string(&policy).unwrap());
        }
        for text in again["repository_policies"].as_object_mut().unwrap().values_mut() {
            if let Some(policy) = tree(text) {
                *text = json!(serde_yaml::to_string(&policy).unwrap());
            }
        }
        assert_eq!(Native.decide(&scenario), Native.decide(&again), "{scenario:#}");
    }
}
