//! `access-token sandbox`: a GitHub for one laptop.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use ::sandbox::{Error, Format, Settings};

use super::runtime;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
Examples:
  access-token sandbox --world crates/sandbox/world
  access-token sandbox --world my-world --port 4000 --state .sandbox";

/// Run a GitHub of your own: REST API, OIDC issuer and runner, from a directory of plain files
///
/// It listens on 127.0.0.1 only. An edit of a file of the world counts at the next request.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The directory of the world: `OWNER/REPO/files/…`, `OWNER/installation.json`, `app.json`
    #[arg(long, value_name = "DIR")]
    world: PathBuf,

    /// The port on 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Where the keys are kept from one run to the next; without it every run makes new ones
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,

    /// How long every answer of the REST API takes at least, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 0)]
    latency_ms: u64,

    /// How to say that it is ready
    #[arg(long, value_enum, default_value_t = Ready::Human)]
    format: Ready,

    /// Stop when standard input ends, so that nothing is left behind by a parent that dies
    #[arg(long)]
    until_stdin_closes: bool,
}

/// How the ready message is written.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Ready {
    /// With what to set to start a broker on it
    Human,
    /// One line of JSON with `url`, `issuer`, `api_url`, `app_id`, `client_id` and `private_key_file`
    Json,
}

/// Runs until a signal comes.
pub(crate) fn run(arguments: Arguments, output: &mut (impl Write + Send)) -> Result<Exit, Failure> {
    if !arguments.world.is_dir() {
        let world = arguments.world.display();
        return Err(Failure::usage(anyhow::anyhow!("--world: `{world}` is no directory")));
    }
    let settings = Settings {
        world: arguments.world,
        port: arguments.port,
        state: arguments.state,
        latency: Duration::from_millis(arguments.latency_ms),
        format: match arguments.format {
            Ready::Human => Format::Human,
            Ready::Json => Format::Json,
        },
        until_stdin_closes: arguments.until_stdin_closes,
    };
    match runtime()?.block_on(::sandbox::run(settings, output)) {
        Ok(()) => Ok(Exit::Fine),
        Err(error @ (Error::World(_) | Error::State { .. } | Error::Key { .. })) => {
            Err(Failure::usage(error))
        }
        Err(error) => Err(Failure::failed(error)),
    }
}
