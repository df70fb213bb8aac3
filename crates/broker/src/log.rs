//! The log: one line an event, on standard output.

pub(crate) mod field;
pub(crate) mod help;

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::settings::LogFormat;

/// Starts logging.
///
/// # Errors
/// When `level` is not a level, in one line that names the setting; or when a log was started before.
pub fn start(level: &str, format: Option<LogFormat>) -> Result<(), String> {
    let level: tracing::Level = level.parse().map_err(|_| {
        format!("LOG_LEVEL: expected `error`, `warn`, `info`, `debug` or `trace`, found `{level}`")
    })?;
    // Libraries below may log headers at their most talkative levels; only our own words follow the setting.
    let filter =
        EnvFilter::new(format!("warn,broker={level},github_app={level},oidc={level},policy={level}"));
    let is_terminal = std::io::stdout().is_terminal();
    let default = if is_terminal { LogFormat::Pretty } else { LogFormat::Json };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    match format.unwrap_or(default) {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Pretty => {
            builder.with_ansi(is_terminal && std::env::var_os("NO_COLOR").is_none()).try_init()
        }
    }
    .map_err(|error| error.to_string())
}
