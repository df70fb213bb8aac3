//! The sandbox as a command: says when it is ready, stops on a signal.

use std::fs;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tokio::sync::oneshot;

use crate::error::Error;
use crate::keys::{app_key_file, create_private_directory};
use crate::random;
use crate::server::{Options, Sandbox};

/// What the command line says.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The directory of the world.
    pub world: PathBuf,
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Where the keys are kept; without it a private temporary directory holds them while the sandbox runs.
    pub state: Option<PathBuf>,
    /// How long every answer of the REST API takes at least.
    pub latency: Duration,
    /// How to say that it is ready.
    pub format: Format,
    /// Whether to stop when standard input ends, so that nothing is left behind by a parent that dies.
    pub until_stdin_closes: bool,
}

/// How the ready message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A few lines for a person, with what to set to start a broker.
    Human,
    /// One line of JSON: `url`, `issuer`, `api_url`, `app_id`, `client_id`, `private_key_file`.
    Json,
}

/// Runs a sandbox until it gets SIGINT or SIGTERM, or until standard input ends if `until_stdin_closes` says so.
///
/// The ready message goes to `output`, and nothing else does.
///
/// # Errors
/// If the sandbox cannot start or fails while it runs.
pub async fn run(settings: Settings, output: &mut (impl Write + Send)) -> Result<(), Error> {
    let Settings { world, port, state, latency, format, until_stdin_closes } = settings;
    // Before there is a key to take away: from here on a signal ends the sandbox, not the process.
    let stop_signal = stop_signal().map_err(Error::Terminal)?;
    let home = StateHome::choose(state)?;
    let options =
        Options { port, state: Some(home.path().to_owned()), api_latency: latency, ..Options::new(world) };
    // Not cut short by a signal: a key that is being made would be written after its home is removed.
    let mut sandbox = Sandbox::start(options).await?;
    let message = ready_message(&sandbox, home.path(), format)?;
    output.write_all(message.as_bytes()).and_then(|()| output.flush()).map_err(Error::Terminal)?;
    tokio::select! {
        () = stop_signal => (),
        () = stdin_closed(), if until_stdin_closes => (),
        error = sandbox.failed() => return Err(error),
    }
    sandbox.shutdown().await;
    Ok(())
}

fn ready_message(sandbox: &Sandbox, state: &Path, format: Format) -> Result<String, Error> {
    let (url, issuer) = (sandbox.url(), sandbox.issuer());
    let (app_id, client_id) = sandbox.app()?;
    let key = app_key_file(&absolute(state));
    let key = key.display();
    Ok(match format {
        Format::Json => {
            let ready = json!({
                "url": url,
                "issuer": issuer,
                "api_url": url,
                "app_id": app_id,
                "client_id": client_id,
                "private_key_file": key.to_string(),
            });
            format!("{ready}\n")
        }
        Format::Human => format!(
            "A GitHub of your own is ready at {url} (stop it with Ctrl-C).\n\
             To start a broker on it, set:\n\n  \
             export GITHUB_API_URL={url}\n  \
             export GITHUB_APP_ID={app_id}\n  \
             export GITHUB_APP_PRIVATE_KEY_FILE='{key}'\n  \
             export GITHUB_ACTIONS_TOKEN_ISSUER={issuer}\n  \
             export GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE=127.0.0.1\n\n\
             To get an OIDC token as a job of octo-org/app would:\n\n  \
             curl -d '{{\"claims\":{{\"repository\":\"octo-org/app\"}}}}' \\\n    \
             {url}/sandbox/jobs\n  \
             curl -H 'authorization: Bearer REQUEST_TOKEN' \\\n    \
             'REQUEST_URL&audience=127.0.0.1'\n\n\
             with the `request_token` and `request_url` that the first one answers.\n"
        ),
    })
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Where the keys are while the sandbox runs.
enum StateHome {
    Kept(PathBuf),
    /// Removed when the sandbox ends.
    Temporary(PathBuf),
}

impl StateHome {
    fn choose(state: Option<PathBuf>) -> Result<Self, Error> {
        if let Some(path) = state {
            return Ok(Self::Kept(path));
        }
        let name = format!("access-token-sandbox-{}", random::letters_and_digits(16)?);
        let path = std::env::temp_dir().join(name);
        create_private_directory(&path).map_err(|source| Error::State { path: path.clone(), source })?;
        Ok(Self::Temporary(path))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) | Self::Temporary(path) => path,
        }
    }
}

impl Drop for StateHome {
    fn drop(&mut self) {
        if let Self::Temporary(path) = self {
            // What cannot be removed is left to the system's own cleaning.
            let _ = fs::remove_dir_all(path);
        }
    }
}

/// Ends when SIGINT or SIGTERM comes, were it before anybody waits; from now on neither ends the process by itself.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
        }
    })
}

#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

/// Ends when standard input does. The thread that waits for it is left behind, as nothing can wake it.
async fn stdin_closed() {
    let (closed, wait) = oneshot::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        while matches!(io::stdin().read(&mut buffer), Ok(count) if count > 0) {}
        let _ = closed.send(());
    });
    let _ = wait.await;
}
