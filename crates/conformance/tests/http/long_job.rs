//! A job of three hours, on a clock that the test puts forward: the action as it is shipped, its command and its post step, a
//! broker and a sandbox. The wall clock of all of them goes with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{env, fs};

use broker::Pace;
use conformance::case::base;
use serde_json::{Value, json};

use crate::stage::Stage;
use crate::world;

/// How many seconds the clock of the broker is ahead; only that of this file reads it.
static AHEAD: AtomicU64 = AtomicU64::new(0);

const THREE_HOURS: u64 = 3 * 3600;
/// What the job does between two uses of its token.
const STEP: u64 = 5 * 60;

/// The runner: a folder with its files, and what the steps have in their environment.
struct Job {
    folder: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Job {
    fn start(order: &Value) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("long-job-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("temp")).unwrap();
        let clock = "const now = Date.now; Date.now = () => now() + 1000 * Number(process.env.TEST_AHEAD);";
        fs::write(folder.join("clock.cjs"), clock).unwrap();
        let mut environment = BTreeMap::from([
            ("PATH".to_owned(), env::var("PATH").unwrap()),
            ("HOME".to_owned(), folder.display().to_string()),
            ("RUNNER_TEMP".to_owned(), folder.join("temp").display().to_string()),
            ("NODE_OPTIONS".to_owned(), format!("--require {}", folder.join("clock.cjs").display())),
            ("GITHUB_ACTION".to_owned(), "token".to_owned()),
            ("GITHUB_REPOSITORY".to_owned(), "octo-org/app".to_owned()),
            ("ACTIONS_ID_TOKEN_REQUEST_URL".to_owned(), text(&order["request_url"])),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN".to_owned(), text(&order["request_token"])),
        ]);
        for name in ["OUTPUT", "STATE", "STEP_SUMMARY", "PATH", "ENV"] {
            let file = folder.join(name);
            fs::write(&file, "").unwrap();
            environment.insert(format!("GITHUB_{name}"), file.display().to_string());
        }
        Self { folder, environment }
    }

    fn run(&self, program: &Path, arguments: &[&Path]) -> Output {
        Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(&self.environment)
            .env("TEST_AHEAD", AHEAD.load(Ordering::Relaxed).to_string())
            .output()
            .expect("this test needs `node` on the PATH")
    }

    /// Runs a file of the action; gives what it printed.
    fn step(&self, file: &str) -> String {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist").join(file);
        printed(&self.run(Path::new("node"), &[&file]))
    }

    /// What the step that follows gets by `access-token`, which is where the step before said that programs are.
    fn token(&self) -> String {
        let directory = fs::read_to_string(self.folder.join("PATH")).unwrap();
        printed(&self.run(&Path::new(directory.trim_end()).join("access-token"), &[])).trim_end().to_owned()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[track_caller]
fn printed(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// The values in one of the runner's files: `name<<delimiter`, the value, `delimiter`.
fn values(text: &str) -> BTreeMap<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let entries =
        lines.chunks(3).filter_map(|entry| Some((entry.first()?.split_once("<<")?.0, *entry.get(1)?)));
    entries.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Whether GitHub takes the token now.
async fn is_good(stage: &Stage, token: &str) -> bool {
    let url = format!("{}/repos/octo-org/website", stage.sandbox.url());
    stage.client.get(url).bearer_auth(token).send().await.unwrap().status() == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_three_hours_never_has_an_expired_token_and_leaves_none_alive() {
    let stage = Stage::start().await;
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &Value::Null).await;
    let mut pace = Pace::default();
    pace.github.ahead = || Duration::from_secs(AHEAD.load(Ordering::Relaxed));
    let broker = stage.broker_at(stage.settings("127.0.0.1"), pace).await;
    let order = json!({"claims": scenario["claims"]});
    let url = format!("{}/sandbox/jobs", stage.sandbox.url());
    let order = stage.client.post(url).json(&order).send().await.unwrap().json().await.unwrap();

    let mut job = Job::start(&order);
    for (name, value) in [
        ("PERMISSIONS", "contents: read"),
        ("REPOSITORY", "website"),
        ("APP-SERVER", &broker.url),
        ("GITHUB-API-URL", stage.sandbox.url()),
        ("REFRESH", "true"),
    ] {
        job.environment.insert(format!("INPUT_{name}"), value.to_owned());
    }
    job.step("main.js");
    let state = values(&fs::read_to_string(job.folder.join("STATE")).unwrap());
    job.environment.retain(|name, _| !name.starts_with("INPUT_"));

    let mut seen = BTreeSet::new();
    while AHEAD.load(Ordering::Relaxed) < THREE_HOURS {
        let token = job.token();
        assert!(is_good(&stage, &token).await, "after {} s", AHEAD.load(Ordering::Relaxed));
        seen.insert(token);
        AHEAD.fetch_add(STEP, Ordering::Relaxed);
        stage.sandbox.advance_clock(Duration::from_secs(STEP));
    }
    assert_eq!(seen.len(), 4, "one for each 50 minutes");
    assert_eq!(seen.iter().filter(|token| token.is_empty()).count(), 0);

    job.environment.insert("INPUT_GITHUB-API-URL".to_owned(), stage.sandbox.url().to_owned());
    job.environment.extend(state.into_iter().map(|(name, value)| (format!("STATE_{name}"), value)));
    let said = job.step("post.js");
    for token in &seen {
        assert!(!is_good(&stage, token).await, "{said}");
    }
    // The one that was alive was not merely at its end.
    let revoked = stage.tokens().await.iter().filter(|token| token["revoked"] == json!(true)).count();
    assert!(revoked >= 1, "{said}");
    fs::remove_dir_all(&job.folder).unwrap();
    broker.stop().await;
}
