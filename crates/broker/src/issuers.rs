//! The issuers that are trusted, each with its own keys.

use std::sync::Arc;
use std::time::Duration;

use oidc::KeySet;
use reqwest::Client;
use reqwest::redirect::Policy;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long keys are used before they are fetched again.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// How long keys are used when fetching them again fails.
const STALE: Duration = Duration::from_secs(60 * 60);
/// How often a key that is not known may cause a fetch.
const PAUSE: Duration = Duration::from_secs(5);
/// How long one answer of an issuer may take, and how large it may be in bytes.
const TIME_LIMIT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 256 * 1024;

/// The configured issuers. Nothing is ever fetched from a place that a token names.
pub(crate) struct Issuers {
    http: Client,
    list: Vec<Issuer>,
}

/// One issuer.
pub(crate) struct Issuer {
    pub(crate) name: String,
    /// Held while fetching, so that many callers cause one fetch.
    keys: Mutex<Keys>,
}

#[derive(Default)]
struct Keys {
    known: Option<(Arc<KeySet>, Instant)>,
    last_try: Option<Instant>,
}

/// Which keys a caller needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Those at hand, unless they are too old.
    Known,
    /// Newer ones: a token names a key that is not among those at hand.
    Newer,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Why there are no keys; for the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("no answer")]
    Transport(#[source] reqwest::Error),
    #[error("status {0}")]
    Status(u16),
    #[error("more than {MAX_BYTES} bytes")]
    TooLarge,
    #[error("not the JSON expected")]
    Form,
    #[error("the discovery document is of another issuer, or names an unsafe place for the keys")]
    Discovery,
    #[error(transparent)]
    Keys(#[from] oidc::KeySetError),
}

impl Issuers {
    pub(crate) fn new(names: Vec<String>) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .user_agent(concat!("access-token/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .timeout(TIME_LIMIT)
            .build()?;
        let issuer = |name| Issuer { name, keys: Mutex::default() };
        Ok(Self { http, list: names.into_iter().map(issuer).collect() })
    }

    /// The configured issuer of exactly that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Issuer> {
        self.list.iter().find(|issuer| issuer.name == name)
    }

    /// The issuer's keys; none when there are none that may be used.
    pub(crate) async fn keys(&self, issuer: &Issuer, need: Need) -> Option<Arc<KeySet>> {
        let mut keys = issuer.keys.lock().await;
        let now = Instant::now();
        let age = keys.known.as_ref().map(|(_, at)| now.duration_since(*at));
        let is_wanted = need == Need::Newer || age.is_none_or(|age| age >= FRESH);
        let may_ask = keys.last_try.is_none_or(|at| now.duration_since(at) >= PAUSE);
        if is_wanted && may_ask {
            keys.last_try = Some(now);
            match self.fetch(&issuer.name).await {
                Ok(set) => keys.known = Some((Arc::new(set), now)),
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(issuer = issuer.name, error, "the issuer's keys cannot be fetched");
                }
            }
        }
        let known = keys.known.as_ref().filter(|(_, at)| now.duration_since(*at) < STALE);
        known.map(|(set, _)| Arc::clone(set))
    }

    async fn fetch(&self, issuer: &str) -> Result<KeySet, FetchError> {
        let base = issuer.trim_end_matches('/');
        let place = match self.discover(issuer, base).await {
            Ok(place) => place,
            Err(error) => {
                tracing::debug!(issuer, %error, "no discovery document, trying `.well-known/jwks`");
                format!("{base}/.well-known/jwks")
            }
        };
        Ok(KeySet::from_json(&self.get(&place).await?)?)
    }

    async fn discover(&self, issuer: &str, base: &str) -> Result<String, FetchError> {
        let document = self.get(&format!("{base}/.well-known/openid-configuration")).await?;
        let discovery: Discovery = serde_json::from_slice(&document).map_err(|_| FetchError::Form)?;
        // OpenID Connect Discovery 1.0 §4.3: the document must be of the very issuer. Its keys must not come by a
        // less safe way than the issuer itself.
        let is_safe = discovery.jwks_uri.starts_with("https://") || issuer.starts_with("http://");
        if discovery.issuer == issuer && is_safe {
            Ok(discovery.jwks_uri)
        } else {
            Err(FetchError::Discovery)
        }
    }

    async fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let transport = |error: reqwest::Error| FetchError::Transport(error.without_url());
        let mut answer = self.http.get(url).send().await.map_err(transport)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(transport)? {
            if bytes.len() + chunk.len() > MAX_BYTES {
                return Err(FetchError::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}
