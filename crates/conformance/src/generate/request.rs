//! Requests.

use serde_json::{Map, Value, json};

use super::World;
use super::random::Random;

/// Permissions with a level that each has; some reach beyond repositories, some have an unusual set of levels.
const PERMISSIONS: [(&str, &str); 20] = [
    ("contents", "read"),
    ("contents", "read"),
    ("contents", "write"),
    ("contents", "write"),
    ("issues", "read"),
    ("issues", "write"),
    ("pull-requests", "write"),
    ("secrets", "write"),
    ("metadata", "read"),
    ("metadata", "write"),
    ("workflows", "write"),
    ("repository-projects", "admin"),
    ("repository-projects", "write"),
    ("actions-variables", "write"),
    ("single-file", "read"),
    ("members", "read"),
    ("organization-secrets", "write"),
    ("organization-plan", "read"),
    ("starring", "write"),
    ("enterprise-custom-properties-for-organizations", "admin"),
];

/// One to three permissions.
pub(super) fn permissions(random: &mut Random) -> Vec<(String, String)> {
    let mut asked: Vec<(String, String)> = Vec::new();
    for _ in 0..=random.below(3) {
        // Mostly repository permissions, else hardly any scenario would come to the repositories' policies.
        let common = random.chance(85);
        let (name, level) = *random.pick(&PERMISSIONS);
        let beyond = matches!(
            name,
            "members"
                | "organization-secrets"
                | "organization-plan"
                | "starring"
                | "enterprise-custom-properties-for-organizations"
        );
        let (name, level) = if common && beyond { ("contents", "write") } else { (name, level) };
        if !asked.iter().any(|(held, _)| held == name) {
            asked.push((name.to_owned(), level.to_owned()));
        }
    }
    asked
}

/// The owner that is asked, and the target repositories (empty: all).
pub(super) fn targets(random: &mut Random, claims: &Map<String, Value>) -> (&'static str, Vec<String>) {
    let caller = claims.get("repository").and_then(Value::as_str).unwrap_or("octo-org/app");
    let (owner, name) = caller.split_once('/').unwrap_or(("octo-org", "app"));
    let own = if owner.eq_ignore_ascii_case("octocat") { "octocat" } else { "octo-org" };
    let mut targets = Vec::new();
    match random.below(20) {
        0..=2 => {}
        3..=6 => targets.push(name.to_owned()),
        _ => {
            for _ in 0..=random.below(3) {
                targets.push((*random.pick(&["website", "docs", "app", ".github"])).to_owned());
            }
        }
    }
    (if random.chance(85) { own } else { "octo-org" }, targets)
}

/// The body that asks for what the world says.
pub(super) fn body(random: &mut Random, world: &World) -> Value {
    let mut body = Map::new();
    let mut add = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    let owner = if random.chance(10) { world.owner.to_uppercase() } else { world.owner.to_owned() };
    let caller = world.claims.get("repository").and_then(Value::as_str).unwrap_or_default();
    let own = caller.split_once('/').is_some_and(|(caller, _)| caller.eq_ignore_ascii_case(world.owner));
    let itself = own && matches!(world.targets.as_slice(), [only] if caller.ends_with(&format!("/{only}")));

    let mut named = !own || random.chance(60);
    if world.targets.is_empty() {
        let (field, value) = if random.chance(70) { ("repositories", "ALL") } else { ("scope", "owner") };
        add(field, json!(value));
    } else if !(itself && random.chance(50)) {
        let mut list: Vec<String> = world.targets.clone();
        for name in &mut list {
            match random.below(10) {
                0 => *name = name.to_uppercase(),
                1 => *name = format!("{}/{name}", world.owner),
                _ => {}
            }
        }
        if !named || random.chance(5) {
            // The owner comes from the names.
            list = world.targets.iter().map(|name| format!("{owner}/{name}")).collect();
            named = false;
        }
        add("repositories", json!(list));
    } else if random.chance(30) {
        add("repositories", json!([]));
    }
    if named || (world.targets.is_empty() && !own) {
        add("owner", json!(owner));
    }
    let snake = random.chance(20);
    let permissions: Map<String, Value> = world
        .asked
        .iter()
        .map(|(name, level)| (if snake { name.replace('-', "_") } else { name.clone() }, json!(level)))
        .collect();
    add("permissions", Value::Object(permissions));
    if random.chance(world.mistakes) {
        spoil(random, &mut body);
    }
    Value::Object(body)
}

fn spoil(random: &mut Random, body: &mut Map<String, Value>) {
    let (field, value) = random
        .pick(&[
            ("owner", json!("octo--org")),
            ("owner", json!("mona")),
            ("owner", json!(7)),
            ("repositories", json!("website")),
            ("repositories", json!(["octocat/website", "octo-org/website"])),
            ("repositories", json!([".."])),
            ("repositories", json!([])),
            ("permissions", json!({})),
            ("permissions", json!({"contents": "admin"})),
            ("permissions", json!({"workflows": "read", "nonsense": "write"})),
            ("permissions", json!(["contents"])),
            ("scope", json!("everything")),
            ("extra", json!(true)),
            ("dry_run", json!("yes")),
            ("owner", json!(null)),
            ("scope", json!(null)),
        ])
        .clone();
    body.insert(field.to_owned(), value);
}
