//! The broker: an HTTP service that trades a workflow's OIDC token for a GitHub installation token that the
//! policies of the owner and of the target repositories allow.
//!
//! One exchange reads from top to bottom: [`route`] → `exchange` → `authenticate` → `load` → `mint` → `record`.
//! It holds no rules: who the caller is says the crate `oidc`, what is allowed says the crate `policy`, and what
//! GitHub answers says the crate `github-app`.

mod audit;
mod authenticate;
mod body;
mod cache;
mod client;
mod committer;
mod configuration;
mod connections;
mod delivery;
mod exchange;
mod failure;
#[cfg(test)]
mod fake_github;
mod github_failure;
mod installations;
mod issuers;
mod key_file;
mod load;
mod log;
mod metrics;
mod mint;
mod moments;
mod openapi;
mod outcome;
mod pace;
mod places;
mod policies;
mod readers;
mod readiness;
mod receipt;
mod record;
mod replay;
mod request_id;
mod revoker;
mod route;
mod server;
mod settings;
mod shed;
mod store;
mod throttle;
mod token_hash;

pub use audit::AuditLogError;
pub use configuration::{Configuration, ConfigurationError, ConfigurationErrors};
pub use log::{Log, LogError, LogLevel, LogLevelError, start as start_log};
#[doc(hidden)]
pub use pace::Pace;
pub use server::{Server, ServerError};
pub use settings::{LogFormat, Settings, StoreFailure, Switch};
