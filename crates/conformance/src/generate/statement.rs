//! Statements.

use serde_json::{Map, Value, json};

use super::World;
use super::pattern;
use super::policy::Home;
use super::random::Random;

/// A statement about the caller or somebody like it.
pub(super) fn statement(random: &mut Random, world: &World, home: Home<'_>) -> Value {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    let mut subjects: Vec<Value> =
        (0..=random.below(2)).map(|_| json!(pattern::subject(random, world, home.origin))).collect();
    if random.chance(world.mistakes) {
        subjects.push(random.pick(&[json!(7), json!(null), json!(["x"]), json!({"repo": "x"})]).clone());
    }
    add("subjects", if random.chance(world.mistakes) { json!("repo:**") } else { Value::Array(subjects) });
    add("permissions", permissions(random, world));
    if random.chance(20) {
        add("description", random.pick(&[json!("why: because"), json!("x"), json!(null)]).clone());
    }
    if random.chance(20) {
        add("claims", claims(random, world));
    }
    if random.chance(15) {
        add("expires", expires(random, world));
    }
    if random.chance(if home.owner_policy { 25 } else { world.mistakes }) {
        add("repositories", repositories(random, world));
    }
    if random.chance(world.mistakes) {
        add(random.pick::<&str, 4>(&["subject", "Claims", "<<", "if"]), json!("x"));
    }
    let lost = random.chance(world.mistakes).then(|| *random.pick(&["subjects", "permissions"]));
    if let Some(lost) = lost {
        fields.remove(lost);
    }
    Value::Object(fields)
}

fn permissions(random: &mut Random, world: &World) -> Value {
    let mut permissions = Map::new();
    let all = random.chance(70);
    for (name, level) in &world.asked {
        if !all && random.chance(50) {
            continue;
        }
        let level = if random.chance(8) { "read" } else { level };
        let name = if random.chance(10) { name.replace('-', "_") } else { name.clone() };
        permissions.insert(name, json!(level));
    }
    if random.chance(15) {
        let (name, level) = random
            .pick(&[
                ("contents", json!("admin")),
                ("contents", json!("Write")),
                ("contents", json!(true)),
                ("contents", json!(null)),
                ("nonsense", json!("write")),
                ("members", json!("read")),
                ("workflows", json!("read")),
                ("issues", json!("write")),
                ("metadata", json!("write")),
                ("repository_projects", json!("admin")),
            ])
            .clone();
        permissions.insert(name.to_owned(), level);
    }
    if random.chance(world.mistakes) { json!(["contents"]) } else { Value::Object(permissions) }
}

fn claims(random: &mut Random, world: &World) -> Value {
    let names: Vec<&String> = world.claims.keys().collect();
    let mut claims = Map::new();
    for _ in 0..=random.below(2) {
        let Some(name) = random.one_of(&names) else { continue };
        let value = match world.claims.get(*name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let pattern = pattern::around(random, &value);
        let pattern = if random.chance(30) { json!([pattern, "x"]) } else { json!(pattern) };
        claims.insert((*name).clone(), pattern);
    }
    if random.chance(5 + world.mistakes) {
        let name = *random.pick(&["ref_protected", "team", "a.b", "actor"]);
        let values = [json!(true), json!([]), json!(null), json!(""), json!("${origin}"), json!(["*", 7])];
        claims.insert(name.to_owned(), random.pick(&values).clone());
    }
    random
        .pick(&[Value::Object(claims.clone()), Value::Object(claims), json!({}), json!(null), json!([])])
        .clone()
}

fn expires(random: &mut Random, world: &World) -> Value {
    let sound =
        ["2027-01-01", "2026-11-01", "2026-11-01T12:00:00Z", "2026-11-01T14:00:00+01:00", "2028-02-29"];
    let over = ["2026-10-31", "2020-02-29", "2026-11-01T11:59:59.999Z", "2026-11-01T12:30:00+01:00"];
    match random.below(100) {
        roll if roll < 5 + world.mistakes => random
            .pick(&[json!("soon"), json!("2027-02-29"), json!(2027), json!(""), json!("2027-1-1")])
            .clone(),
        roll if roll < 40 => json!(random.pick(&over)),
        _ => json!(random.pick(&sound)),
    }
}

fn repositories(random: &mut Random, world: &World) -> Value {
    let name = random.one_of(&world.targets).cloned().unwrap_or_else(|| "website".to_owned());
    let mut list = vec![json!(pattern::around(random, &name))];
    if random.chance(40) {
        list.push(json!("*"));
    }
    if random.chance(world.mistakes) {
        list.push(random.pick(&[json!("octo-org/website"), json!(7), json!(null)]).clone());
    }
    Value::Array(list)
}
