//! GitHub's REST API as a GitHub App sees it: find an installation, read a policy file, mint a token, revoke it.
//!
//! The crate knows what GitHub says and how it fails. It knows no policies, decides nothing and caches nothing but
//! the App's own JWT, which is costly to sign.
//!
//! - Failures are told apart ([`ErrorKind`]): being rate-limited, down, slow or strange is never "no".
//! - Emptiness that GitHub would read as "everything" cannot be written: see [`TokenScope`].
//! - Credentials are [`Secret`](github_types::Secret)s; they go into one header, which is marked sensitive, and
//!   never into a URL, an error or a redirect.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use github_app::{AppJwt, AppKey, GitHub, TokenScope};
//! use github_types::{Level, PermissionSet, RepositoryList, RepositorySelection, Secret};
//!
//! # async fn example(pem: Secret) -> Result<(), Box<dyn std::error::Error>> {
//! let app = AppJwt::new("12345".parse()?, Arc::new(AppKey::from_pem(&pem)?));
//! let github = GitHub::new("https://api.github.com".parse()?, app)?;
//! let Some(installation) = github.find_installation(&"octo-org".parse()?).await? else { return Ok(()) };
//! let scope = TokenScope {
//!     permissions: PermissionSet::one("contents".parse()?, Level::Read),
//!     repositories: RepositorySelection::Listed(RepositoryList::one("website".parse()?)),
//! };
//! let minted = github.mint(installation.id, &scope).await?;
//! github.revoke(&minted.token).await?;
//! # Ok(())
//! # }
//! ```

mod answer;
mod api_url;
mod app_jwt;
mod app_key;
mod app_metadata;
mod bot_user;
mod breaker;
mod budget;
mod call;
mod client;
mod deadline;
mod entity_tag;
mod error;
mod excerpt;
#[cfg(test)]
mod fake_github;
mod find_installation;
mod installation_token;
mod mint;
mod minted_token;
mod pace;
mod quota;
mod rate_limit;
mod read_policy;
mod restraint;
mod revoke;
mod signer;
mod standing;
mod turns;

pub use api_url::{ApiUrl, ApiUrlError};
pub use app_jwt::{AppId, AppIdError, AppJwt};
pub use app_key::{AppKey, AppKeyError};
pub use app_metadata::AppMetadata;
pub use bot_user::BotUser;
pub use client::{ClientError, GitHub};
pub use deadline::within;
pub use entity_tag::{EntityTag, EntityTagError};
pub use error::{Error, ErrorKind};
pub use find_installation::{Installation, InstallationAnswer, InstallationId, Reach};
pub use installation_token::{FRESH, InstallationToken, LIFETIME};
pub use minted_token::{MintedToken, Mismatch, TokenScope};
pub use pace::Pace;
pub use read_policy::{MAX_POLICY_BYTES, PolicyText, Unusable};
pub use signer::{Looking, Signer, Signing, SigningError, derive};
