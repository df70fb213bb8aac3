//! The schemas in `schemas/` and the core agree on the policies of all cases.

#![cfg(test)]

use std::fs;
use std::path::PathBuf;

use conformance::case;
use github_types::Repository;
use policy::diagnostic::{Code, Diagnostic};
use policy::parse::{parse_owner_policy, parse_repository_policy};
use serde_json::Value;

/// What a schema must find, too; the rest is beyond it, such as patterns that match nothing.
const OF_SHAPE: [Code; 8] = [
    Code::NotAMapping,
    Code::UnknownKey,
    Code::MissingKey,
    Code::WrongType,
    Code::UnknownPermission,
    Code::UnknownLevel,
    Code::OwnerPermission,
    Code::DuplicateKey,
];

fn validator(kind: &str) -> jsonschema::Validator {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas"));
    let text = fs::read_to_string(folder.join(format!("{kind}.json"))).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::validator_for(&schema).unwrap()
}

/// The disagreement of schema and core about a policy, if there is one; else whether it is good.
fn judged(
    schema: &jsonschema::Validator,
    text: &str,
    diagnostics: &[Diagnostic],
) -> Result<Option<bool>, String> {
    // What is no YAML, or has a key twice, cannot be shown to a schema.
    let Ok(value) = serde_yaml::from_str::<Value>(text) else { return Ok(None) };
    let is_twice = |diagnostic: &Diagnostic| diagnostic.code == Code::DuplicateKey;
    if diagnostics.iter().any(is_twice) {
        return Ok(None);
    }
    let is_good = schema.is_valid(&value);
    let is_misshapen = diagnostics.iter().any(|diagnostic| OF_SHAPE.contains(&diagnostic.code));
    if diagnostics.is_empty() && !is_good {
        return Err(format!("the schema refuses what the core reads:\n{text}"));
    }
    if is_misshapen && is_good {
        return Err(format!("the schema takes what the core refuses ({diagnostics:?}):\n{text}"));
    }
    Ok(Some(is_good))
}

#[test]
fn schemas_and_core_agree_on_every_case() {
    let (owner, repository) = (validator("owner"), validator("repository"));
    let (mut good, mut bad, mut wrong) = (0, 0, Vec::new());
    let origin = |text: &str| -> Repository {
        let value: Value = serde_yaml::from_str(text).unwrap_or_default();
        let written = value.get("origin").and_then(Value::as_str).and_then(|origin| origin.parse().ok());
        written.unwrap_or_else(|| "octo-org/website".parse().unwrap())
    };
    let mut count = |outcome| match outcome {
        Ok(Some(true)) => good += 1,
        Ok(Some(false)) => bad += 1,
        Ok(None) => {}
        Err(problem) => wrong.push(problem),
    };
    for case in case::behaviour().unwrap() {
        if let Some(text) = case.scenario["owner_policy"].as_str() {
            let found_in = format!("{}/.github-access-token", origin(text).owner());
            let parsed = parse_owner_policy(text, &found_in.parse().unwrap());
            count(judged(&owner, text, &parsed.diagnostics));
        }
        let policies = case.scenario["repository_policies"].as_object().cloned().unwrap_or_default();
        for text in policies.values().filter_map(Value::as_str) {
            let parsed = parse_repository_policy(text, &origin(text));
            count(judged(&repository, text, &parsed.diagnostics));
        }
    }
    println!("{good} good policies, {bad} bad ones");
    assert!(wrong.is_empty(), "{} disagreements:\n{}", wrong.len(), wrong.join("\n"));
    assert!(good > 100 && bad > 10, "{good} {bad}");
}

#[test]
fn the_schema_of_tests_knows_good_from_bad() {
    let schema = validator("test");
    let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../cli/tests/policies/website.test.yaml");
    assert!(schema.is_valid(&read(&fs::read_to_string(example).unwrap())));
    assert!(!schema.is_valid(&read("origin: octo-org/website")));
    assert!(!schema.is_valid(&read("tests: [{name: a, claims: {}, request: {}, expect: maybe}]")));
    assert!(!schema.is_valid(&read("tests: [{name: a, claims: {}, request: {}}]")));
}

#[test]
fn editors_show_what_can_be_seen_in_a_value_alone() {
    let (owner, repository) = (validator("owner"), validator("repository"));
    let head = "subjects: ['repo:octo-org/app:ref:refs/heads/main'], permissions: {contents: read}";
    let statement = |more: &str| format!("origin: octo-org/website\nstatements: [{{{head}, {more}}}]");
    for more in [
        "expires: 2026-13-31",
        "expires: 2026-12-32",
        "expires: tomorrow",
        "expires: '2026-12-31T12:00:00'",
        "claims: {}",
    ] {
        let text = statement(more);
        let parsed = parse_repository_policy(&text, &"octo-org/website".parse().unwrap());
        assert!(!parsed.diagnostics.is_empty(), "{more}");
        assert!(!repository.is_valid(&serde_yaml::from_str::<Value>(&text).unwrap()), "{more}");
    }
    for more in [
        "expires: 2026-12-31",
        "expires: '2026-12-31T12:00:00Z'",
        "expires: '2026-12-31T12:00:00.5+02:00'",
        "claims: {event_name: push, actor: [a, b]}",
    ] {
        let text = statement(more);
        let parsed = parse_repository_policy(&text, &"octo-org/website".parse().unwrap());
        assert_eq!(parsed.diagnostics, [], "{more}");
        assert!(repository.is_valid(&serde_yaml::from_str::<Value>(&text).unwrap()), "{more}");
    }
    let valid = |schema: &jsonschema::Validator, text: &str| {
        schema.is_valid(&serde_yaml::from_str::<Value>(text).unwrap())
    };
    for origin in ["octo-org", "https://github.com/octo-org/website", "${origin}", "octo-org/web site", "''"]
    {
        assert!(!valid(&repository, &format!("origin: {origin}")), "{origin}");
        assert!(!valid(&owner, &format!("origin: {origin}")), "{origin}");
    }
    assert!(valid(&repository, "origin: Octo-Org/Web_Site.js"));
    assert!(!valid(&owner, "origin: octo-org/website"));
    assert!(valid(&owner, "origin: octo-org/.github-access-token"));
    let of_owner = |glob: &str| {
        format!("origin: octo-org/.github-access-token\nstatements: [{{{head}, repositories: ['{glob}']}}]")
    };
    assert!(valid(&owner, &of_owner("web-*")) && !valid(&owner, &of_owner("octo-org/website")));
}
