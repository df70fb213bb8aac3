//! `access-token explain`, as it is built, decides every case that its flags can express as the case wants.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use conformance::case::{self, Case, differences};
use serde_json::{Value, json};

/// Of how many cases it is known that flags can express them; fewer would mean that the test has lost sight of them.
const EXPRESSIBLE: usize = 435;

/// The binary, built if need be.
fn binary() -> PathBuf {
    let build = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--package", "cli", "--bin", "access-token"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(build.success());
    let tests = std::env::current_exe().unwrap();
    tests.ancestors().nth(2).unwrap().join("access-token")
}

/// The flags of a run, in their order.
struct Flags(Vec<String>);

impl Flags {
    fn add(&mut self, flag: &str, value: impl AsRef<str>) {
        self.0.push(format!("--{flag}={}", value.as_ref()));
    }
}

/// Writes the case's files into a folder and says how it is asked for; why not, if no flags can.
fn arguments(case: &Case, folder: &Path) -> Result<Vec<String>, &'static str> {
    let scenario = &case.scenario;
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let mut flags = Flags(vec!["explain".to_owned(), "--format".to_owned(), "json".to_owned()]);
    flags.add("now", scenario["now"].as_str().unwrap());
    if scenario["claims"].get("sub").is_none() {
        return Err("explain makes a subject where there is none");
    }
    flags.add("claims", write("claims.json", &scenario["claims"].to_string()));
    request(&scenario["request"], &mut flags)?;
    match scenario.get("installation") {
        None | Some(Value::Null) => flags.0.push("--without-installation".to_owned()),
        Some(found) => {
            let told = json!({
                "account": {"id": found.get("owner_id").unwrap_or(&json!(0))},
                "suspended_at": (found.get("suspended") == Some(&json!(true))).then_some("2026-10-01T00:00:00Z"),
                "permissions": found.get("permissions").unwrap_or(&json!({})),
                "single_file_paths": found.get("single_file_paths").unwrap_or(&json!([])),
            });
            flags.add("installation", write("installation.json", &told.to_string()));
        }
    }
    match scenario.get("owner_policy").and_then(Value::as_str) {
        Some(text) => flags.add("owner-policy", write("owner.yaml", text)),
        None => flags.add("without-policy", ".github-access-token"),
    }
    policies(scenario, &write, &mut flags);
    Ok(flags.0)
}

/// The body of the request as flags.
fn request(body: &Value, flags: &mut Flags) -> Result<(), &'static str> {
    let fields = body.as_object().ok_or("the body is no object")?;
    if fields.keys().any(|key| !["owner", "repositories", "permissions"].contains(&key.as_str())) {
        return Err("the body has other fields");
    }
    let permissions = fields.get("permissions").and_then(Value::as_object).filter(|map| !map.is_empty());
    for (name, level) in permissions.ok_or("the body asks for no permission")? {
        let level = level.as_str().ok_or("a level is no text")?;
        if name.contains(['=', ':', ','])
            || level.contains(',')
            || [name.as_str(), level].iter().any(|text| text.trim() != *text || text.is_empty())
        {
            return Err("a permission or level cannot be written in a flag");
        }
        flags.add("permission", format!("{name}={level}"));
    }
    match fields.get("repositories") {
        None => {}
        // Flags take it in any letter case, the protocol does not.
        Some(Value::String(text)) if text == "ALL" => flags.add("target", text),
        Some(Value::Array(list)) if !list.is_empty() => {
            for name in list {
                let name = name.as_str().ok_or("a repository is no text")?;
                if name.is_empty()
                    || name.trim() != name
                    || name.contains(',')
                    || name.eq_ignore_ascii_case("ALL")
                {
                    return Err("a repository cannot be written in a flag");
                }
                flags.add("target", name);
            }
        }
        Some(_) => return Err("the repositories are no list of names"),
    }
    match fields.get("owner") {
        None => Ok(()),
        Some(Value::String(owner)) => {
            flags.add("owner", owner);
            Ok(())
        }
        Some(_) => Err("the owner is no text"),
    }
}

/// The repository policies; of targets without one it is said that there is none.
fn policies(scenario: &Value, write: &impl Fn(&str, &str) -> String, flags: &mut Flags) {
    let held = scenario.get("repository_policies").and_then(Value::as_object).cloned().unwrap_or_default();
    for (number, (name, text)) in held.iter().enumerate() {
        if let Some(text) = text.as_str() {
            flags.add("repository-policy", format!("{name}={}", write(&format!("{number}.yaml"), text)));
        }
    }
    let short = |name: &str| name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let named =
        scenario["request"].get("repositories").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut targets: Vec<String> = named.iter().filter_map(Value::as_str).map(short).collect();
    if targets.is_empty() {
        targets.extend(scenario["claims"]["repository"].as_str().map(short));
    }
    targets.sort();
    targets.dedup();
    let is_held = |target: &String| {
        held.iter().any(|(name, text)| name.eq_ignore_ascii_case(target) && !text.is_null())
    };
    for target in targets.iter().filter(|target| !is_held(target)) {
        if target.parse::<github_types::RepositoryName>().is_ok() && target != ".github-access-token" {
            flags.add("without-policy", target);
        }
    }
}

/// What came out of a run, in the shape of a verdict.
fn decide(binary: &Path, arguments: &[String]) -> (Option<i32>, Value) {
    let output = Command::new(binary).args(arguments).env_clear().output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let verdict = match serde_json::from_slice(&output.stdout) {
        Ok(verdict) => verdict,
        Err(_) => {
            let problems: Vec<&str> =
                stderr.lines().map(|line| line.trim_start_matches("access-token: ")).collect();
            json!({ "bad_request": problems })
        }
    };
    (output.status.code(), verdict)
}

#[test]
fn every_case_that_flags_can_express_is_decided_as_it_wants() {
    let binary = binary();
    let cases = case::behaviour().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("explained-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (mut expressed, mut failures) = (0, Vec::new());
    for case in &cases {
        let arguments = match arguments(case, &folder) {
            Ok(arguments) => arguments,
            Err(why) => {
                println!("not expressible: {}: {why}", case.name);
                continue;
            }
        };
        expressed += 1;
        let (code, verdict) = decide(&binary, &arguments);
        for difference in differences(&case.want, &verdict) {
            failures.push(format!("{}\n  {difference}", case.name));
        }
        let wanted = match &case.want {
            want if want.get("granted").is_some() => 0,
            want if want.get("bad_request").is_some() => 2,
            _ => 1,
        };
        if code != Some(wanted) {
            failures.push(format!("{}\n  exit code: want {wanted}, got {code:?}", case.name));
        }
    }
    fs::remove_dir_all(&folder).unwrap();
    println!("{expressed} of {} cases through the command line", cases.len());
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
    assert!(expressed >= EXPRESSIBLE, "only {expressed}");
}
