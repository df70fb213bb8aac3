//! The broker as a process of its own: this test, started once more.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use broker::{Configuration, Server};
use tokio::runtime::Runtime;

use crate::stage::{AUDIENCE, Place, Stage, settings_for};

/// Tells the child where its sandbox is, and that it is a child.
const URL: &str = "CONFORMANCE_SOAK_SANDBOX";
const KEY: &str = "CONFORMANCE_SOAK_KEY";
const LISTENING: &str = "listening at ";

pub(super) fn is_child() -> bool {
    env::var_os(URL).is_some()
}

/// Serves until standard input ends.
pub(super) fn serve() {
    let place = Place { url: env::var(URL).unwrap(), app_private_key_pem: env::var(KEY).unwrap() };
    let configuration = Configuration::try_from(settings_for(&place, AUDIENCE)).unwrap();
    Runtime::new().unwrap().block_on(async {
        let server = Server::bind(configuration).await.unwrap();
        println!("{LISTENING}http://{}", server.address());
        let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        server.run(async move { drop(end.await) }).await.unwrap();
    });
}

/// The child.
pub(super) struct Process {
    child: Child,
    pub(super) url: String,
    output: Option<BufReader<std::process::ChildStdout>>,
}

impl Process {
    pub(super) fn start(stage: &Stage) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "soak::under_load_and_faults_every_answer_is_right_and_no_token_is_lost",
                "--nocapture",
            ])
            .env(URL, stage.sandbox.url())
            .env(KEY, stage.sandbox.app_private_key_pem())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains(LISTENING) {
            line.clear();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "the broker did not start");
        }
        let (_, url) = line.split_once(LISTENING).unwrap();
        Self { child, url: url.trim().to_owned(), output: Some(output) }
    }

    /// The memory that it holds now; zero where that is not known.
    pub(super) fn memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    }

    /// Lets it end in order; what it printed.
    pub(super) async fn stop(mut self) -> String {
        drop(self.child.stdin.take());
        let mut output = self.output.take().unwrap();
        tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            output.read_to_string(&mut text).unwrap();
            let status = self.child.wait().unwrap();
            assert!(status.success(), "{status}\n{text}");
            text
        })
        .await
        .unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
