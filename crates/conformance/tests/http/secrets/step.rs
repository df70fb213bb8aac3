//! A step of a workflow: the action as it is shipped, in Node, as the runner starts it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// Runs main and post for a job, prints what they print and the summary, and gives back the secrets that they were handed.
pub(super) fn run(broker: &str, api: &str, permissions: &str, job: &Value) -> Vec<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("step-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let file = |name: &str| {
        let path = folder.join(name);
        fs::write(&path, "").unwrap();
        path
    };
    let files = [
        ("GITHUB_OUTPUT", file("output")),
        ("GITHUB_STATE", file("state")),
        ("GITHUB_STEP_SUMMARY", file("summary")),
    ];
    let text = |job: &str| job.to_owned();
    let mut environment = BTreeMap::from([
        ("INPUT_PERMISSIONS".to_owned(), text(permissions)),
        ("INPUT_REPOSITORY".to_owned(), text("website")),
        ("INPUT_APP-SERVER".to_owned(), text(broker)),
        ("INPUT_GITHUB-API-URL".to_owned(), text(api)),
        ("GITHUB_REPOSITORY".to_owned(), text("octo-org/app")),
        ("GITHUB_EVENT_NAME".to_owned(), text("push")),
        ("ACTIONS_ID_TOKEN_REQUEST_URL".to_owned(), text(job["request_url"].as_str().unwrap())),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN".to_owned(), text(job["request_token"].as_str().unwrap())),
        ("ACTIONS_STEP_DEBUG".to_owned(), text("1")),
        ("RUNNER_DEBUG".to_owned(), text("1")),
    ]);
    for (name, path) in &files {
        environment.insert((*name).to_owned(), path.display().to_string());
    }
    node("main.js", &environment);
    let state = values(&fs::read_to_string(folder.join("state")).unwrap());
    environment.extend(state.iter().map(|(name, value)| (format!("STATE_{name}"), value.clone())));
    node("post.js", &environment);
    println!("{}", fs::read_to_string(folder.join("summary")).unwrap());
    let output = values(&fs::read_to_string(folder.join("output")).unwrap());
    fs::remove_dir_all(&folder).unwrap();
    [state, output]
        .iter()
        .filter_map(|values| values.get("token"))
        .filter(|token| !token.is_empty())
        .cloned()
        .collect()
}

/// Runs one of the action's files with nothing of this process's environment but where programs are.
fn node(file: &str, environment: &BTreeMap<String, String>) {
    let file: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist").join(file);
    let output = Command::new("node")
        .arg(&file)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .envs(environment)
        .output()
        .expect("this test needs `node` on the PATH");
    println!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{}: {}", file.file_name().unwrap().display(), output.status);
}

/// The values in one of the runner's files: `name<<delimiter`, the value's lines, `delimiter`. The last of a name counts.
fn values(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut lines = text.lines();
    while let Some((name, delimiter)) = lines.next().and_then(|line| line.split_once("<<")) {
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        values.insert(name.to_owned(), value.join("\n"));
    }
    values
}
