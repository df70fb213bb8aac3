//! What an issuer publishes: where its keys are, and the keys.

use oidc::KeySet;
use reqwest::Client;
use serde::Deserialize;

use crate::log::field::chain;

/// How large an answer of an issuer may be, in bytes.
const MAX_BYTES: usize = 256 * 1024;

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

/// The keys of an issuer, as it publishes them.
pub(crate) async fn fetch(http: &Client, issuer: &str) -> Result<KeySet, FetchError> {
    let base = issuer.trim_end_matches('/');
    let place = match discover(http, issuer, base).await {
        Ok(place) => place,
        Err(error) => {
            tracing::debug!(
                issuer,
                error = chain(&error),
                "no discovery document, trying `.well-known/jwks`"
            );
            format!("{base}/.well-known/jwks")
        }
    };
    Ok(KeySet::from_json(&get(http, &place).await?)?)
}

async fn discover(http: &Client, issuer: &str, base: &str) -> Result<String, FetchError> {
    let document = get(http, &format!("{base}/.well-known/openid-configuration")).await?;
    let discovery: Discovery = serde_json::from_slice(&document).map_err(|_| FetchError::Form)?;
    // OpenID Connect Discovery 1.0 §4.3: the document must be of the very issuer. Its keys must not come by a
    // less safe way than the issuer itself.
    let is_safe = discovery.jwks_uri.starts_with("https://") || issuer.starts_with("http://");
    if discovery.issuer == issuer && is_safe { Ok(discovery.jwks_uri) } else { Err(FetchError::Discovery) }
}

async fn get(http: &Client, url: &str) -> Result<Vec<u8>, FetchError> {
    let transport = |error: reqwest::Error| FetchError::Transport(error.without_url());
    let mut answer = http.get(url).send().await.map_err(transport)?;
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
