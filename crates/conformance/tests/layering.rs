//! The arrows between the crates are the ones that are drawn, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::process::Command;

use serde::Deserialize;

/// Crate → what it may use, in any kind of dependency. `conformance` may use everything and is not listed.
const ARROWS: [(&str, &[&str]); 11] = [
    ("github-types", &[]),
    ("policy", &["github-types"]),
    ("lint", &["github-types", "policy"]),
    ("preview", &["github-types", "policy", "lint"]),
    ("oidc", &["github-types"]),
    ("github-app", &["github-types"]),
    ("broker", &["github-types", "policy", "oidc", "github-app"]),
    ("wasm", &["github-types", "policy", "preview"]),
    ("bindgen", &[]),
    ("sandbox", &[]),
    ("cli", &["github-types", "policy", "lint", "preview", "broker", "sandbox"]),
];

#[test]
fn the_only_arrows_are_the_drawn_ones() {
    let arrows = arrows().unwrap();
    let wrong = undrawn(&arrows);
    assert!(wrong.is_empty(), "arrows that nobody drew:\n{}", wrong.join("\n"));
}

#[test]
fn every_crate_of_the_workspace_is_drawn() {
    let drawn: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).chain(["conformance"]).collect();
    let found: BTreeSet<String> = arrows().unwrap().into_keys().collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, drawn);
}

#[test]
fn an_undrawn_arrow_is_noticed() {
    let arrows = |from: &str, to: &str| BTreeMap::from([(from.to_owned(), BTreeSet::from([to.to_owned()]))]);
    assert_eq!(undrawn(&arrows("policy", "oidc")), ["policy → oidc"]);
    assert_eq!(undrawn(&arrows("sandbox", "github-types")), ["sandbox → github-types"]);
    assert_eq!(undrawn(&arrows("broker", "conformance")), ["broker → conformance"]);
    assert_eq!(undrawn(&arrows("conformance", "sandbox")), Vec::<String>::new());
}

/// The arrows that are not drawn.
fn undrawn(arrows: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let allowed = |from: &str, to: &str| {
        from == "conformance" || ARROWS.iter().any(|(name, uses)| *name == from && uses.contains(&to))
    };
    let all = arrows.iter().flat_map(|(from, uses)| uses.iter().map(move |to| (from, to)));
    all.filter(|(from, to)| !allowed(from, to)).map(|(from, to)| format!("{from} → {to}")).collect()
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Absent for what comes from a registry, even under the name of a crate of ours.
    path: Option<String>,
}

/// Every crate of the workspace with the crates of the workspace that it uses, for whatever purpose.
fn arrows() -> Result<BTreeMap<String, BTreeSet<String>>, Box<dyn Error>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let uses = |dependencies: Vec<Dependency>| {
        dependencies
            .into_iter()
            .filter(|dependency| dependency.path.is_some())
            .map(|dependency| dependency.name)
            .collect()
    };
    Ok(metadata.packages.into_iter().map(|package| (package.name, uses(package.dependencies))).collect())
}
