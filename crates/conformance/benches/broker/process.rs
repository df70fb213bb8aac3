//! A child process: the built binary, what it has used, and its end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The kernel's unit of CPU time on Linux.
const TICKS_PER_SECOND: f64 = 100.0;
/// How long a process may take to say that it is ready, and how often that is looked for.
const READY_LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_micros(200);

/// How many processes were started, so that each has an output of its own.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A process that ends with its owner.
pub(crate) struct Process {
    child: Child,
    /// Takes its standard output, so that nobody has to be woken to read it.
    output: PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.output);
    }
}

impl Process {
    /// Starts the built binary, or the one that `BROKER_BINARY` names, and gives the line by which it says that it is
    /// ready.
    pub(crate) async fn start(arguments: &[&str], environment: &[(&str, &str)]) -> (Self, Value) {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/release/access-token");
        let binary = std::env::var_os("BROKER_BINARY").map_or(built, PathBuf::from);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let output = std::env::temp_dir().join(format!("access-token-bench-{}-{number}", std::process::id()));
        let child = Command::new(binary)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(File::create(&output).unwrap())
            .spawn()
            .unwrap();
        let process = Self { child, output };
        let begun = Instant::now();
        loop {
            let text = fs::read_to_string(&process.output).unwrap();
            if let Some((line, _)) = text.split_once('\n') {
                return (process, serde_json::from_str(line).unwrap());
            }
            assert!(begun.elapsed() < READY_LIMIT, "the process did not get ready: {arguments:?}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that it has held, in MiB.
    pub(crate) fn peak_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

/// The seconds of CPU that a process has used.
pub(crate) fn cpu_seconds(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}
