//! Runs a sandbox until Ctrl-C: `cargo run -p sandbox --example sandbox -- crates/sandbox/world`.

use std::path::PathBuf;
use std::time::Duration;

use sandbox::{Format, Settings, run};

#[tokio::main]
async fn main() -> Result<(), sandbox::Error> {
    let world = std::env::args().nth(1).unwrap_or_else(|| "crates/sandbox/world".to_owned());
    let settings = Settings {
        world: PathBuf::from(world),
        port: 4000,
        state: None,
        latency: Duration::ZERO,
        format: Format::Human,
        until_stdin_closes: false,
    };
    run(settings, &mut std::io::stdout()).await
}
