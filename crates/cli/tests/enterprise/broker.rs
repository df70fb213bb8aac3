//! The built broker as a process, with its settings and nothing else in its environment.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

/// A broker that listens; it is killed when it goes out of scope.
pub(crate) struct Broker {
    child: Child,
    lines: Receiver<Value>,
    pub(crate) url: String,
}

impl Broker {
    pub(crate) fn start(settings: Vec<(&'static str, String)>) -> Self {
        let mut child = command(settings).stderr(Stdio::inherit()).spawn().unwrap();
        let lines = read(BufReader::new(child.stdout.take().unwrap()).lines());
        let mut broker = Self { child, lines, url: String::new() };
        let listening = broker.line("listening");
        broker.url = format!("http://{}", listening["address"].as_str().unwrap());
        broker
    }

    /// The next line of its log with this message.
    pub(crate) fn line(&mut self, message: &str) -> Value {
        tokio::task::block_in_place(|| {
            loop {
                let line = self.lines.recv().expect("the log ended");
                if line["message"] == message {
                    return line;
                }
            }
        })
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The exit code, and what it said on standard error.
pub(crate) fn run_to_its_end(settings: Vec<(&'static str, String)>) -> (Option<i32>, String) {
    let output = command(settings).stderr(Stdio::piped()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn command(settings: Vec<(&'static str, String)>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_access-token"));
    command.args(["serve", "--host", "127.0.0.1", "--port", "0", "--log-format", "json"]);
    command.env_clear().envs(settings).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Reads the log all the time, so that it never fills its pipe.
fn read(lines: Lines<BufReader<ChildStdout>>) -> Receiver<Value> {
    let (found, receiver) = channel();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            // Who asked for lines may have seen enough.
            let _ = found.send(serde_json::from_str(&line).unwrap_or_default());
        }
    });
    receiver
}
