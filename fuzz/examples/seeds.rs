//! Writes what the fuzz targets begin with into a folder: `seeds FOLDER`.
//!
//! The seeds are the behaviour cases and some generated scenarios, so that a target begins behind the first checks.

use std::error::Error;
use std::fs;
use std::path::Path;

use conformance::case::{base, behaviour};
use conformance::generate::Generator;
use fuzz::SEPARATOR;
use serde_json::{Value, json};

/// How many scenarios are made up besides the cases.
const GENERATED: usize = 1_000;
/// Longer ones only make the targets slow.
const MAX_BYTES: usize = 4_096;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("expected: seeds FOLDER")?;
    let folder = Path::new(&folder);
    let mut generator = Generator::new(1);
    let cases = behaviour()?.into_iter().map(|case| case.scenario);
    let scenarios = cases.chain((0..GENERATED).map(|_| generator.scenario()));
    for (number, scenario) in scenarios.enumerate() {
        for (place, (target, seed)) in seeds(&scenario).into_iter().enumerate() {
            if seed.len() <= MAX_BYTES {
                let target = folder.join(target);
                fs::create_dir_all(&target)?;
                fs::write(target.join(format!("seed-{number:05}-{place}")), seed)?;
            }
        }
    }
    for (number, text) in of_the_linter()?.into_iter().enumerate() {
        fs::write(folder.join("parse").join(format!("seed-lint-{number:03}")), text)?;
    }
    for (number, inputs) in INPUTS.iter().enumerate() {
        fs::create_dir_all(folder.join("inputs"))?;
        fs::write(folder.join("inputs").join(format!("seed-written-{number}")), join(inputs))?;
    }
    fs::create_dir_all(folder.join("token"))?;
    fs::write(folder.join("token/seed-00000"), join(&[TOKEN, KEYS]))?;
    for (number, (header, claims)) in signed()?.into_iter().enumerate() {
        let seed = join(&["signed", &header.to_string(), &claims.to_string()]);
        fs::write(folder.join("token").join(format!("seed-signed-{number}")), seed)?;
    }
    Ok(())
}

/// Headers and payloads that the target signs: a sound token, and one for each thing that can be wrong with it.
fn signed() -> Result<Vec<(Value, Value)>, Box<dyn Error>> {
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "a"});
    let mut claims = base()?["claims"].clone();
    let terms = json!({
        "iss": "https://token.actions.githubusercontent.com", "aud": "https://broker.example",
        "exp": 1_790_000_300, "nbf": 1_790_000_000, "iat": 1_790_000_000, "jti": "0f3b1b6e",
    });
    for (name, value) in terms.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    let with = |from: &Value, name: &str, value: Value| {
        let mut changed = from.clone();
        changed[name] = value;
        changed
    };
    let headers =
        [("kid", json!("b")), ("kid", json!(null)), ("alg", json!("HS256")), ("crit", json!(["b64"]))];
    let payloads = [
        ("iss", json!("https://token.example")),
        ("aud", json!(["https://other.example", "https://broker.example"])),
        ("aud", json!("https://other.example")),
        ("exp", json!(1_789_999_940)),
        ("exp", json!(1_790_086_401)),
        ("exp", json!(1_790_000_300.5)),
        ("nbf", json!(1_790_000_061)),
        ("iat", json!("now")),
        ("jti", json!(7)),
        ("sub", json!("")),
    ];
    let mut all = vec![(header.clone(), claims.clone())];
    all.extend(headers.map(|(name, value)| (with(&header, name, value), claims.clone())));
    all.extend(payloads.map(|(name, value)| (header.clone(), with(&claims, name, value))));
    Ok(all)
}

/// The policies of the linter's cases: each has something that a rule speaks of.
fn of_the_linter() -> Result<Vec<String>, Box<dyn Error>> {
    let mut texts = Vec::new();
    for file in fs::read_dir(conformance::case::folder().join("../../lint/tests/cases"))? {
        let cases: Value = serde_yaml::from_str(&fs::read_to_string(file?.path())?)?;
        let cases = cases.as_array().into_iter().flatten();
        texts.extend(cases.filter_map(|case| Some(case["text"].as_str()?.to_owned())));
    }
    texts.sort();
    Ok(texts)
}

/// Inputs in the order of the target's parts.
const INPUTS: [&[&str]; 4] = [
    &[
        "contents: read\nissues: write",
        "",
        "",
        "",
        "https://broker.example",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "octo-org/app",
    ],
    &[
        "{\"contents\": \"read\"}",
        "docs",
        "[website, octo-org/app]",
        "octo-org",
        "",
        "",
        "true",
        "true",
        "skip",
    ],
    &[
        "contents=read, Pull Requests: WRITE",
        "",
        "ALL",
        "octo-org",
        "",
        "octo-org",
        "",
        "",
        "",
        "false",
        "true",
        "two",
    ],
    &[
        "contents: read",
        "website",
        "",
        "",
        "url: https://abc.execute-api.us-east-1.amazonaws.com\nauth:\n  type: aws",
    ],
];
const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL3Rva2VuLmFjdGlvbnMuZ2l0aHVidXNlcmNvbnRlbnQuY29tIn0.AAAA";
const KEYS: &str =
    r#"{"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "a", "n": "AQAB", "e": "AQAB"}]}"#;

/// What a scenario gives each target.
fn seeds(scenario: &Value) -> Vec<(&'static str, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let owner_policy = text(&scenario["owner_policy"]);
    let mut decide =
        vec![scenario["claims"].to_string(), scenario["request"].to_string(), owner_policy.clone()];
    let mut seeds = vec![("parse", owner_policy), ("claims", scenario["claims"].to_string())];
    for (name, policy) in scenario["repository_policies"].as_object().into_iter().flatten() {
        decide.extend([name.clone(), text(policy)]);
        let subject = text(&scenario["claims"]["sub"]);
        let mut patterns =
            policy.as_str().into_iter().flat_map(|policy| policy.split(['"', '\'', ' ', '\n']));
        let pattern = patterns.find(|word| word.contains(':') && word.len() > 5);
        seeds.extend(pattern.map(|pattern| ("pattern", join(&[pattern, &subject]))));
        seeds.push(("parse", text(policy)));
    }
    let answer = json!({
        "request": scenario["request"],
        "repository": scenario["claims"]["repository"],
        "claims": scenario["claims"],
        "status": 200,
        "body": json!({"token": "ghs_value", "expires_at": "2026-11-01T13:00:00Z"}).to_string(),
    });
    let prepare = json!({"permissions": "contents: read", "repositories": "website", "dryRun": "true"});
    let request = &scenario["request"];
    let [permissions, repositories] = ["permissions", "repositories"].map(|name| plain(&request[name]));
    let job = text(&scenario["claims"]["repository"]);
    let inputs = [&permissions, "", &repositories, &plain(&request["owner"]), "https://broker.example"];
    let inputs: Vec<&str> = inputs.into_iter().chain([""; 7]).chain([job.as_str()]).collect();
    seeds.push(("inputs", join(&inputs)));
    seeds.push(("call", join(&["decide", &scenario.to_string()])));
    seeds.push(("call", join(&["settle", &answer.to_string()])));
    seeds.push(("call", join(&["prepare", &prepare.to_string(), r#"{"repository": "octo-org/app"}"#])));
    seeds.push(("decide", decide.join(&format!("\n{SEPARATOR}\n"))));
    seeds
}

/// A value as an input of the action has it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn join(parts: &[&str]) -> String {
    parts.join(&format!("\n{SEPARATOR}\n"))
}
