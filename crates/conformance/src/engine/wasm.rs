//! The whole wasm core, in a Node process of its own.

use std::io::{self, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use serde_json::Value;

/// Takes a scenario on each line and gives a verdict on each; it ends when this is dropped.
#[derive(Debug)]
pub struct Wasm {
    node: Child,
    /// `None` once Node shall end.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Wasm {
    /// Starts Node, which must be on the path.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start() -> io::Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm/run-cases.mjs");
        let mut node =
            Command::new("node").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = node.stdin.take();
        let output = node.stdout.take().ok_or_else(ended)?;
        Ok(Self { node, input, output: BufReader::new(output) })
    }

    /// The verdicts, one for each scenario, in their order.
    ///
    /// # Errors
    /// When Node has ended, or says something else.
    pub fn decide<'a>(&mut self, scenarios: impl IntoIterator<Item = &'a Value>) -> io::Result<Vec<Value>> {
        let lines: Vec<String> = scenarios.into_iter().map(|scenario| format!("{scenario}\n")).collect();
        let (input, output) = (self.input.as_mut().ok_or_else(ended)?, &mut self.output);
        thread::scope(|scope| {
            // Beside the reading: Node reads on only as long as its answers are taken.
            let writing = scope.spawn(|| lines.iter().try_for_each(|line| input.write_all(line.as_bytes())));
            let verdicts = lines.iter().map(|_| next(output)).collect();
            writing.join().map_err(|_| ended())??;
            verdicts
        })
    }
}

fn next(output: &mut impl io::BufRead) -> io::Result<Value> {
    let mut line = String::new();
    match output.read_line(&mut line)? {
        0 => Err(ended()),
        _ => Ok(serde_json::from_str(&line)?),
    }
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "Node has ended")
}

impl Drop for Wasm {
    fn drop(&mut self) {
        self.input = None;
        drop(self.node.wait());
    }
}
