//! How many tokens a broker gives out: the built binary in its own process, a sandbox GitHub in another, and this
//! process as the callers, each of which asks again as soon as it has its answer.
//!
//! `cargo build --release -p cli && cargo bench -p conformance --bench broker`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark states what it expects, and prints"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};

/// The callers at once, and how long each round lasts.
const CONNECTIONS: [usize; 3] = [1, 8, 64];
const ROUND: Duration = Duration::from_secs(5);
/// The kernel's unit of CPU time on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// A child process that ends with its owner.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> (Self, Value) {
        let binary = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/access-token");
        let mut child = Command::new(binary)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        // The rest is read and dropped, so that the process never waits for its log to be taken.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        (Self(child), serde_json::from_str(&line).unwrap())
    }

    /// The seconds of CPU that it has used.
    fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).unwrap().parse::<f64>().unwrap();
        (ticks(11) + ticks(12)) / TICKS_PER_SECOND
    }

    /// The most memory that it has held, in MiB.
    fn peak_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `cargo test --benches` asks for the list of tests, of which there are none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sandbox/world");
    let sandbox = ["sandbox", "--world", world.to_str().unwrap(), "--format", "json", "--until-stdin-closes"];
    let (_sandbox, ready) = Process::start(&sandbox, &[]);
    let text = |key: &str| ready[key].as_str().unwrap();
    let started = Instant::now();
    let (broker, listening) = Process::start(
        &["serve", "--rate-limit-per-minute", "0"],
        &[
            ("GITHUB_APP_ID", text("app_id")),
            ("GITHUB_APP_PRIVATE_KEY_FILE", text("private_key_file")),
            ("GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE", "127.0.0.1"),
            ("GITHUB_ACTIONS_TOKEN_ISSUER", text("issuer")),
            ("GITHUB_API_URL", text("api_url")),
            ("HOST", "127.0.0.1"),
            ("PORT", "0"),
            ("LOG_FORMAT", "json"),
        ],
    );
    let url = format!("http://{}", listening["address"].as_str().unwrap());
    let client = Client::new();
    client.get(format!("{url}/healthz")).send().await.unwrap();
    let started = started.elapsed();

    println!("start to first answer: {:.1} ms", started.as_secs_f64() * 1e3);
    println!("| connections | tokens/s | p50 ms | p99 ms | CPU s per 1,000 | peak MiB |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: |");
    for connections in CONNECTIONS {
        let token = oidc_token(&client, text("url")).await;
        let before = broker.cpu_seconds();
        let begun = Instant::now();
        let callers: Vec<_> = (0..connections)
            .map(|_| tokio::spawn(call(client.clone(), url.clone(), token.clone())))
            .collect();
        let mut latencies = Vec::new();
        for caller in callers {
            latencies.extend(caller.await.unwrap());
        }
        let seconds = begun.elapsed().as_secs_f64();
        let cpu = broker.cpu_seconds() - before;
        latencies.sort();
        let count = f64::from(u32::try_from(latencies.len()).unwrap());
        let percentile =
            |share: usize| latencies.get(latencies.len() * share / 100).unwrap().as_secs_f64() * 1e3;
        println!(
            "| {connections} | {:.0} | {:.1} | {:.1} | {:.2} | {:.1} |",
            count / seconds,
            percentile(50),
            percentile(99),
            cpu / count * 1e3,
            broker.peak_mib()
        );
    }
}

async fn oidc_token(client: &Client, sandbox: &str) -> String {
    let claims =
        json!({"claims": {"repository": "octo-org/app", "ref": "refs/heads/main", "event_name": "push"}});
    let job = client.post(format!("{sandbox}/sandbox/jobs")).json(&claims).send().await.unwrap();
    let job: Value = job.json().await.unwrap();
    let request = client
        .get(format!("{}&audience=127.0.0.1", job["request_url"].as_str().unwrap()))
        .bearer_auth(job["request_token"].as_str().unwrap());
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    answer["value"].as_str().unwrap().to_owned()
}

/// Asks again and again; how long each answer took.
async fn call(client: Client, url: String, token: String) -> Vec<Duration> {
    let body = json!({"repositories": ["website"], "permissions": {"contents": "read"}});
    let (begun, mut latencies) = (Instant::now(), Vec::new());
    while begun.elapsed() < ROUND {
        let asked = Instant::now();
        let request = client.post(format!("{url}/access_tokens")).bearer_auth(&token).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let _ = answer.bytes().await.unwrap();
        latencies.push(asked.elapsed());
    }
    latencies
}
