//! The log: one line an event, on standard output.

pub(crate) mod field;
pub(crate) mod help;
mod queue;

use std::io::IsTerminal as _;
use std::str::FromStr;

use tracing_subscriber::EnvFilter;

pub use self::queue::Log;
use self::queue::Queue;
use crate::settings::LogFormat;

/// From which level on our own words are logged.
#[derive(Clone, Copy, Debug)]
pub struct LogLevel(tracing::Level);

/// A text that is no level; one line that names the setting.
#[derive(Debug, thiserror::Error)]
#[error("LOG_LEVEL: expected `error`, `warn`, `info`, `debug` or `trace`, found `{0}`")]
pub struct LogLevelError(String);

impl FromStr for LogLevel {
    type Err = LogLevelError;

    fn from_str(text: &str) -> Result<Self, LogLevelError> {
        text.trim().parse().map(Self).map_err(|_| LogLevelError(text.to_owned()))
    }
}

/// The log cannot be started.
#[derive(Debug, thiserror::Error)]
#[error("the log cannot be started")]
pub struct LogError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Starts logging, for as long as what is given is there.
///
/// # Errors
/// When a log was started before, or there can be no thread for it.
pub fn start(level: LogLevel, format: Option<LogFormat>) -> Result<Log, LogError> {
    let LogLevel(level) = level;
    // Libraries below may log headers at their most talkative levels; only our own words follow the setting.
    let filter =
        EnvFilter::new(format!("warn,broker={level},github_app={level},oidc={level},policy={level}"));
    let is_terminal = std::io::stdout().is_terminal();
    let default = if is_terminal { LogFormat::Pretty } else { LogFormat::Json };
    let queue = Queue::start(std::io::stdout()).map_err(|error| LogError(error.into()))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        // What it could not write it would print, and wait for that.
        .log_internal_errors(false)
        .with_writer(queue.clone());
    match format.unwrap_or(default) {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Pretty => {
            builder.with_ansi(is_terminal && std::env::var_os("NO_COLOR").is_none()).try_init()
        }
    }
    .map_err(LogError)?;
    Ok(queue.into_log())
}
