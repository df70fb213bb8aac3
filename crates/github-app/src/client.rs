//! The client: where GitHub is, who we are there, and the connections to it.

use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

use crate::restraint::Restraint;
use crate::standing::Standing;
use crate::{ApiUrl, AppJwt, InstallationToken, Pace};

/// How long a connection may take to be made; a part of the limit of a try.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// GitHub refuses requests without a user agent.
const USER_AGENT: &str = concat!("access-token/", env!("CARGO_PKG_VERSION"));

/// A GitHub App's view of GitHub.
///
/// Connections are kept and shared. Proxies are taken from the environment (`HTTPS_PROXY`, `NO_PROXY`), trusted
/// certificates from the platform (`SSL_CERT_FILE`).
#[derive(Debug)]
pub struct GitHub {
    api: ApiUrl,
    app: AppJwt,
    http: Client,
    pace: Pace,
    restraint: Restraint,
    strays: Strays,
    standing: Standing,
}

/// Who takes the tokens that nobody will be given.
#[derive(Default)]
struct Strays(OnceLock<TakeStray>);

pub(crate) type TakeStray = Box<dyn Fn(InstallationToken) + Send + Sync>;

impl fmt::Debug for Strays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Strays")
    }
}

/// The HTTP client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error(
    "the HTTP client for GitHub cannot be set up; trusted certificates come from the system or SSL_CERT_FILE"
)]
pub struct ClientError(#[source] reqwest::Error);

impl GitHub {
    /// The GitHub at `api`, for the App that `app` proves to be.
    ///
    /// # Errors
    /// When there are no trusted certificates, or a proxy in the environment is malformed.
    pub fn new(api: ApiUrl, app: AppJwt) -> Result<Self, ClientError> {
        Self::over(Client::builder(), api, app)
    }

    /// The same with other time limits and waits.
    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { restraint: Restraint::at(&pace), pace, ..self }
    }

    pub(crate) fn over(http: ClientBuilder, api: ApiUrl, app: AppJwt) -> Result<Self, ClientError> {
        let version = HeaderName::from_static("x-github-api-version");
        let http = http
            .user_agent(USER_AGENT)
            .default_headers(HeaderMap::from_iter([(version, HeaderValue::from_static("2022-11-28"))]))
            // SECURITY: a redirect would carry the credential, or the request for one, to wherever it points.
            .redirect(Policy::none())
            .referer(false)
            .https_only(api.is_https())
            .connect_timeout(CONNECT_LIMIT)
            .build()
            .map_err(ClientError)?;
        let pace = Pace::default();
        let restraint = Restraint::at(&pace);
        Ok(Self { api, app, http, pace, restraint, strays: Strays::default(), standing: Standing::default() })
    }

    pub(crate) fn api(&self) -> &ApiUrl {
        &self.api
    }

    pub(crate) fn app(&self) -> &AppJwt {
        &self.app
    }

    pub(crate) fn http(&self) -> &Client {
        &self.http
    }

    pub(crate) fn strays(&self) -> &OnceLock<TakeStray> {
        &self.strays.0
    }

    /// The wall clock, in seconds since the Unix epoch: what dates the App's JWT and reads GitHub's reset times.
    pub(crate) fn unix_now(&self) -> u64 {
        unix_now().saturating_add((self.pace.ahead)().as_secs())
    }

    pub(crate) fn pace(&self) -> &Pace {
        &self.pace
    }

    pub(crate) fn standing(&self) -> &Standing {
        &self.standing
    }

    pub(crate) fn restraint(&self) -> &Restraint {
        &self.restraint
    }
}

/// The machine's clock.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
