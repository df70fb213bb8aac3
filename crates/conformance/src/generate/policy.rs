//! Policy files.

use serde_json::{Map, Value, json};

use super::World;
use super::pattern;
use super::random::Random;
use super::statement::statement;
use super::text;

/// Which repository a policy is read from, and which kind that makes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Home<'a> {
    /// `owner/name`.
    pub(super) origin: &'a str,
    pub(super) owner_policy: bool,
}

/// The text of the owner policy.
pub(super) fn owner(random: &mut Random, world: &World) -> String {
    let origin = format!("{}/.github-access-token", world.owner);
    let home = Home { origin: &origin, owner_policy: true };
    let mut fields = whole(random, world, home);
    if random.chance(40) {
        let count = random.below(3) + u32::from(!random.chance(5));
        let mut list: Vec<Value> =
            (0..count).map(|_| json!(pattern::subject(random, world, home.origin))).collect();
        if random.chance(60) {
            list.push(json!(format!("repo:{}/*:**", world.owner)));
        }
        let broken = random.chance(world.mistakes);
        fields.insert(
            "allowed-subjects".to_owned(),
            if broken { json!("repo:*/*:**") } else { Value::Array(list) },
        );
    }
    if !random.chance(8) {
        let mut allowed = Map::new();
        for (name, level) in &world.asked {
            if !random.chance(6) {
                let level = if random.chance(6) { "read" } else { level };
                allowed.insert(name.clone(), json!(level));
            }
        }
        if random.chance(world.mistakes) {
            allowed.insert("nonsense".to_owned(), json!("write"));
        }
        fields.insert("allowed-repository-permissions".to_owned(), Value::Object(allowed));
    }
    // The owner's statements alone decide about all repositories; otherwise they should leave something open.
    let statements =
        if world.targets.is_empty() { 1 + random.below(3) } else { *random.pick(&[0, 0, 0, 0, 1, 2]) };
    add_statements(random, world, home, &mut fields, statements);
    text::write(random, world.mistakes, fields)
}

/// The text of a target repository's policy.
pub(super) fn repository(random: &mut Random, world: &World, name: &str) -> String {
    let origin = format!("{}/{name}", world.owner);
    let home = Home { origin: &origin, owner_policy: false };
    let mut fields = whole(random, world, home);
    let statements = 1 + random.below(3);
    add_statements(random, world, home, &mut fields, statements);
    text::write(random, world.mistakes, fields)
}

/// The fields that every policy has.
fn whole(random: &mut Random, world: &World, home: Home<'_>) -> Map<String, Value> {
    let mut fields = Map::new();
    let origin = match random.below(100) {
        roll if roll < world.mistakes => json!("octo-org/elsewhere"),
        roll if roll < 2 * world.mistakes => json!(["octo-org/website"]),
        90.. => json!(home.origin.to_uppercase()),
        _ => json!(home.origin),
    };
    fields.insert("origin".to_owned(), origin);
    if random.chance(world.mistakes) {
        fields.insert((*random.pick(&["statement", "version", "allowed-subjects"])).to_owned(), json!([]));
    }
    fields
}

fn add_statements(
    random: &mut Random,
    world: &World,
    home: Home<'_>,
    fields: &mut Map<String, Value>,
    count: u32,
) {
    let list: Vec<Value> = (0..count).map(|_| statement(random, world, home)).collect();
    let statements = match random.below(100) {
        roll if roll < world.mistakes => json!({}),
        roll if roll < 2 * world.mistakes => json!(null),
        _ => Value::Array(list),
    };
    fields.insert("statements".to_owned(), statements);
}
