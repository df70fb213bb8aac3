//! The settings as a person gives them: environment variables, each of which is a flag too.

use std::fmt::Display;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{StringValueParser, TypedValueParser};
use github_types::Secret;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// A JSON object on each line.
    Json,
    /// For people.
    Pretty,
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// What becomes of requests when the store is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum StoreFailure {
    /// They are served by what this instance knows alone.
    Open,
    /// They are told to come back.
    Closed,
}

/// The settings of the broker.
#[derive(clap::Args)]
pub struct Settings {
    /// The GitHub App's ID or client ID.
    #[arg(long, env = "GITHUB_APP_ID", value_name = "ID")]
    pub github_app_id: Option<String>,

    // SECURITY: a key begins with dashes. Unless it may, as the word after the flag it is an unknown flag, and repeated.
    /// The GitHub App's private key: PEM, PKCS#1 or PKCS#8; newlines may be written `\n` or be lost. Better given
    /// by the environment than by the flag, which other users of the machine can see.
    #[arg(
        long,
        env = "GITHUB_APP_PRIVATE_KEY",
        value_name = "PEM",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret()
    )]
    pub github_app_private_key: Option<Secret>,

    /// A file with that key, in place of the key itself. When it changes, the new key signs within seconds.
    #[arg(long, env = "GITHUB_APP_PRIVATE_KEY_FILE", value_name = "FILE")]
    pub github_app_private_key_file: Option<PathBuf>,

    /// The audiences that OIDC tokens may have, with commas between: the host name under which workflows reach
    /// this broker.
    #[arg(long, env = "GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE", value_name = "HOST,…")]
    pub github_actions_token_allowed_audience: Option<String>,

    /// The subjects that are served, with commas between; `*` is any characters, `?` is one, letter case does not
    /// count. All, when it is not set.
    #[arg(long, env = "GITHUB_ACTIONS_TOKEN_ALLOWED_SUBJECTS", value_name = "PATTERN,…")]
    pub github_actions_token_allowed_subjects: Option<String>,

    /// The issuers of OIDC tokens that are trusted, with commas between.
    #[arg(
        long,
        env = "GITHUB_ACTIONS_TOKEN_ISSUER",
        value_name = "URL,…",
        default_value = "https://token.actions.githubusercontent.com"
    )]
    pub github_actions_token_issuer: String,

    /// GitHub's REST API; of GitHub Enterprise Server it is `https://HOST/api/v3`.
    #[arg(long, env = "GITHUB_API_URL", value_name = "URL", default_value = "https://api.github.com")]
    pub github_api_url: String,

    /// The port to listen on; 0 takes any that is free, and the log says which.
    #[arg(long, env = "PORT", default_value_t = 3000, value_parser = number::<u16>())]
    pub port: u16,

    /// The address to listen on.
    #[arg(long, env = "HOST", default_value = "0.0.0.0", value_parser = address)]
    pub host: IpAddr,

    /// How many requests a repository may make in a minute; 0 is no limit.
    #[arg(long, env = "RATE_LIMIT_PER_MINUTE", value_name = "REQUESTS", default_value_t = 600, value_parser = number::<u32>())]
    pub rate_limit_per_minute: u32,

    /// How many requests all repositories of one owner may make in a minute; 0 is no limit.
    #[arg(long, env = "OWNER_RATE_LIMIT_PER_MINUTE", value_name = "REQUESTS", default_value_t = 6000, value_parser = number::<u32>())]
    pub owner_rate_limit_per_minute: u32,

    /// How many requests to other owners all repositories of one owner may make in a minute that are refused; 0 is no
    /// limit. What a repository asks of an owner that has granted it something in the last 25 hours is not limited.
    #[arg(long, env = "REFUSED_LIMIT_PER_MINUTE", value_name = "REQUESTS", default_value_t = 60, value_parser = number::<u32>())]
    pub refused_limit_per_minute: u32,

    /// Whether an OIDC token that has obtained a token is refused from then on: `on`, or `off` in an emergency.
    #[arg(long, env = "REPLAY_GUARD", value_name = "SWITCH", default_value = "on")]
    pub replay_guard: Switch,

    /// A server that speaks the Redis protocol, by which several instances share rate limits and the replay guard:
    /// `redis://` or `rediss://`. Better given by the environment than by the flag.
    #[arg(long, env = "REDIS_URL", value_name = "URL", hide_env_values = true, value_parser = secret())]
    pub redis_url: Option<Secret>,

    /// What becomes of requests when what they are counted or remembered in is away or full: `open` serves them all
    /// the same, `closed` answers 503.
    #[arg(long, env = "STORE_FAILURE", value_name = "MODE", default_value = "open")]
    pub store_failure: StoreFailure,

    /// The milliseconds after which a refusal leaves that goes to a caller of another owner, so that the time tells
    /// nothing; if the decision takes longer, after 2, 4, 8 … times as many. 0 lets it leave at once.
    #[arg(long, env = "REFUSAL_INTERVAL_MS", value_name = "MILLISECONDS", default_value_t = 5000, value_parser = number::<u32>())]
    pub refusal_interval_ms: u32,

    /// How many requests may be in progress at once, and how many more may still be sending their bodies; one more, or
    /// more than three quarters of either from callers of one owner, is turned away (503).
    #[arg(long, env = "MAX_IN_FLIGHT", value_name = "REQUESTS", default_value_t = 1024, value_parser = number::<u32>())]
    pub max_in_flight: u32,

    /// How many calls to GitHub may be under way at once, for the App and for each installation; further ones wait.
    /// GitHub allows 100; an Enterprise Server may allow more.
    #[arg(long, env = "MAX_GITHUB_CALLS", value_name = "CALLS", default_value_t = 100, value_parser = number::<u32>())]
    pub max_github_calls: u32,

    /// Where `GET /metrics` is answered, such as `0.0.0.0:9090`; without it, nowhere. Not for strangers: what changes
    /// there tells why a request was refused.
    #[arg(long, env = "METRICS_ADDRESS", value_name = "ADDRESS:PORT", value_parser = address_and_port)]
    pub metrics_address: Option<SocketAddr>,

    /// What is logged: `error`, `warn`, `info`, `debug` or `trace`.
    #[arg(long, env = "LOG_LEVEL", value_name = "LEVEL", default_value = "info")]
    pub log_level: String,

    /// How the log is written: `json`, or `pretty`, which is the default on a terminal.
    #[arg(long, env = "LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,

    /// Where audit events are written, one for each request for a token: `off`, `stdout`, or the path of a file.
    #[arg(long, env = "AUDIT_LOG", value_name = "WHERE", default_value = "off")]
    pub audit_log: String,

    /// The header from which the id of a request is taken, and in which it is answered.
    #[arg(long, env = "REQUEST_ID_HEADER", value_name = "HEADER", default_value = "x-request-id")]
    pub request_id_header: String,
}

/// SECURITY: what comes from the environment is wiped when it has been used; only the environment itself keeps it.
fn secret() -> impl TypedValueParser<Value = Secret> {
    StringValueParser::new().map(Secret::new)
}

/// A text that is no such value; what it says is what was expected.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Expected(String);

/// A whole number, whose message names the range.
fn number<N>() -> impl TypedValueParser<Value = N>
where
    N: FromStr + Bounded + Display + Clone + Send + Sync + 'static,
{
    let range = || Expected(format!("expected a whole number from 0 to {}", N::MOST));
    StringValueParser::new().try_map(move |text| text.trim().parse::<N>().map_err(|_| range()))
}

/// The largest value of a kind of number.
trait Bounded {
    const MOST: Self;
}

impl Bounded for u16 {
    const MOST: Self = Self::MAX;
}

impl Bounded for u32 {
    const MOST: Self = Self::MAX;
}

/// An address; brackets, as URLs have them around one of IPv6, do no harm.
fn address(text: &str) -> Result<IpAddr, Expected> {
    let inner = text.trim().strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let address = match inner {
        Some(inner) => inner.parse::<Ipv6Addr>().map(IpAddr::V6),
        None => text.trim().parse(),
    };
    address.map_err(|_| Expected("expected an IP address such as `127.0.0.1`, `0.0.0.0` or `::`".to_owned()))
}

fn address_and_port(text: &str) -> Result<SocketAddr, Expected> {
    let expected = "expected an IP address and a port such as `127.0.0.1:9090` or `[::]:9090`";
    text.trim().parse().map_err(|_| Expected(expected.to_owned()))
}
