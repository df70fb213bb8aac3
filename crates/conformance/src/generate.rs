//! Scenarios made up from a seed: the same seed gives the same scenarios, everywhere.
//!
//! They lean towards the interesting: policies are written around the very subjects of the caller, so that grants, near
//! misses and refusals are all frequent. [`Distribution`] counts what came out.

mod caller;
mod distribution;
mod pattern;
mod policy;
mod random;
mod request;
mod statement;
mod text;

use serde_json::{Map, Value, json};

use crate::oracle;

pub use distribution::Distribution;
pub use random::Random;

/// An endless supply of scenarios.
#[derive(Debug, Clone)]
pub struct Generator {
    random: Random,
}

/// What the parts of one scenario know of each other.
struct World {
    /// The owner that is asked, in its usual spelling.
    owner: &'static str,
    /// The targets' names; empty for all repositories.
    targets: Vec<String>,
    /// The permissions that are asked for, with their levels.
    asked: Vec<(String, String)>,
    claims: Map<String, Value>,
    subjects: Vec<String>,
    /// Percent of the places for a mistake that have one.
    mistakes: u32,
}

impl Generator {
    /// Starts the supply.
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed) }
    }

    /// The next scenario, in its JSON shape.
    pub fn scenario(&mut self) -> Value {
        let random = &mut self.random;
        // Most scenarios are sound or nearly so; else the first mistake would hide all later steps.
        let mistakes = *random.pick(&[0, 0, 0, 1, 2, 4, 10]);
        let claims = caller::claims(random, mistakes);
        let asked = request::permissions(random);
        let (owner, targets) = request::targets(random, &claims);
        // Claims that no caller can have still need some subject to write policies about.
        let subjects = oracle::effective_subjects(&claims)
            .unwrap_or_else(|_| vec!["repo:octo-org/app:environment:prod".to_owned()]);
        let world = World { owner, targets, asked, claims, subjects, mistakes };

        let request = request::body(random, &world);
        let mut policies = Map::new();
        for target in &world.targets {
            if !random.chance(2 + mistakes) {
                policies
                    .insert(target.to_lowercase(), Value::String(policy::repository(random, &world, target)));
            }
        }
        let owner_policy = (!random.chance(mistakes)).then(|| policy::owner(random, &world));
        let installation = (!random.chance(mistakes)).then(|| installation(random, &world));
        json!({
            "now": "2026-11-01T12:00:00Z",
            "request": request,
            "installation": installation,
            "owner_policy": owner_policy,
            "repository_policies": policies,
            "claims": world.claims,
        })
    }
}

fn installation(random: &mut Random, world: &World) -> Value {
    let mut permissions = Map::new();
    for (name, level) in &world.asked {
        let level = match random.below(100) {
            roll if roll < world.mistakes => continue,
            roll if roll < 2 * world.mistakes => "read",
            roll if roll < 60 => level,
            _ if oracle::every_permission()
                .get(name)
                .is_some_and(|levels| levels.contains(&oracle::Level::Admin)) =>
            {
                "admin"
            }
            _ => "write",
        };
        permissions.insert(name.replace('-', "_"), json!(level));
    }
    if random.chance(70) {
        permissions.insert("single_file".to_owned(), json!(*random.pick(&["read", "write"])));
    } else {
        permissions.entry("contents").or_insert(json!("read"));
    }
    permissions.entry("metadata").or_insert(json!("read"));
    let mut paths = vec![
        "access-token.yaml",
        "access-token.yml",
        ".github/access-token.yaml",
        ".github/access-token.yml",
    ];
    paths.retain(|_| !random.chance(world.mistakes));
    json!({
        "owner_id": *random.pick(&[9919, 9919, 9919, 9919, 9919, 583_231]),
        "suspended": random.chance(world.mistakes),
        "permissions": permissions,
        "single_file_paths": paths,
    })
}
