//! `access-token serve`: the broker.

use std::io::Write as _;

use broker::{Configuration, LogLevel, Server, Settings, start_log};

use super::{order_to_stop, runtime};
use crate::exit::{Exit, Failure};
use crate::terminal;

const EXAMPLES: &str = "\
Each setting that is absent or wrong is named in a line of its own, and the
exit code is 2. What is empty in the environment counts as not set. SIGTERM
and SIGINT end the broker after the requests in flight, with exit code 0.

Example:
  export GITHUB_APP_ID=12345 GITHUB_APP_PRIVATE_KEY_FILE=app.pem
  export GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE=access-token.example.com
  access-token serve --port 8080";

/// Run the broker: the service that workflows ask for tokens
///
/// It trades the OIDC token of a workflow job for an installation token of a GitHub App, if the policies of the owner and
/// of the repositories allow that. Every setting is a flag and an environment variable.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    settings: Settings,

    /// Check the settings and end: print what is in force, secrets as `set`, or name everything that is wrong. Asks
    /// nobody on the network.
    #[arg(long)]
    check_config: bool,

    /// What the command line says that cannot be a setting's value, each in a line.
    #[arg(skip)]
    wrong: Vec<String>,

    /// The settings in force, each in a line.
    #[arg(skip)]
    in_force: Vec<String>,
}

impl Arguments {
    /// The same with what was found out while the settings were read.
    pub(crate) fn with_findings(self, wrong: Vec<String>, in_force: Vec<String>) -> Self {
        Self { wrong, in_force, ..self }
    }
}

/// Serves until a signal comes.
pub(crate) fn run(arguments: Arguments, output: &mut impl std::io::Write) -> Result<Exit, Failure> {
    let Arguments { settings, check_config, mut wrong, in_force } = arguments;
    let log_format = settings.log_format;
    let log_level: Result<LogLevel, _> = settings.log_level.parse();
    let configuration = Configuration::try_from(settings);
    if let Err(errors) = &configuration {
        wrong.extend(errors.iter().map(ToString::to_string));
    }
    if let Err(error) = &log_level {
        wrong.push(error.to_string());
    }
    let (Ok(configuration), Ok(log_level), []) = (configuration, log_level, wrong.as_slice()) else {
        return Ok(complain(&wrong));
    };
    if check_config {
        for line in in_force {
            writeln!(output, "{line}")?;
        }
        for warning in configuration.warnings() {
            let _ = writeln!(std::io::stderr(), "access-token: warning: {}", terminal::one_line(&warning));
        }
        return Ok(Exit::Fine);
    }
    let _log = start_log(log_level, log_format).map_err(Failure::failed)?;
    runtime()?.block_on(async {
        let order_to_stop = order_to_stop().map_err(Failure::failed)?;
        let server = Server::bind(configuration).await.map_err(Failure::failed)?;
        server.run(order_to_stop).await.map_err(Failure::failed)?;
        Ok(Exit::Fine)
    })
}

/// One line for each setting that is wrong.
fn complain(wrong: &[String]) -> Exit {
    for line in wrong {
        // An error stream that went away is nobody whom to tell that.
        let _ = writeln!(std::io::stderr(), "access-token: {}", terminal::one_line(line));
    }
    Exit::Usage
}
