//! `access-token serve`: the broker.

use broker::{Configuration, Server, Settings, start_log};

use super::{order_to_stop, runtime};
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
If a required setting is absent or a value is wrong, one line says which, and
the exit code is 2. SIGTERM and SIGINT end the broker after the requests in
flight, with exit code 0.

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
}

/// Serves until a signal comes.
pub(crate) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let settings = arguments.settings;
    let (log_level, log_format) = (settings.log_level.clone(), settings.log_format);
    let configuration = Configuration::try_from(settings).map_err(Failure::usage)?;
    start_log(&log_level, log_format).map_err(|error| Failure::usage(anyhow::Error::msg(error)))?;
    runtime()?.block_on(async {
        let order_to_stop = order_to_stop().map_err(Failure::failed)?;
        let server = Server::bind(configuration).await.map_err(Failure::failed)?;
        server.run(order_to_stop).await.map_err(Failure::failed)?;
        Ok(Exit::Fine)
    })
}
