//! The issuers that are trusted, each with its own keys.

mod cached;
mod fetch;

use std::sync::Arc;
use std::time::Duration;

use oidc::KeySet;
use reqwest::Client;
use reqwest::redirect::Policy;

use self::cached::Cached;
pub(crate) use self::cached::Need;
use self::fetch::fetch;
use crate::log::field::chain;
use crate::log::help::help;

/// The configured issuers. Nothing is ever fetched from a place that a token names.
pub(crate) struct Issuers {
    http: Client,
    list: Vec<Issuer>,
}

/// One issuer.
pub(crate) struct Issuer {
    pub(crate) name: String,
    keys: Arc<Cached<KeySet>>,
}

impl Issuers {
    /// Each answer may take as long as `limit`.
    pub(crate) fn new(names: Vec<String>, limit: Duration) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .user_agent(concat!("access-token/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .timeout(limit)
            .build()?;
        let issuer = |name| Issuer { name, keys: Arc::default() };
        Ok(Self { http, list: names.into_iter().map(issuer).collect() })
    }

    /// The configured issuer of exactly that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Issuer> {
        self.list.iter().find(|issuer| issuer.name == name)
    }

    /// The issuer's keys; none when there are none that may be used.
    pub(crate) async fn keys(&self, issuer: &Issuer, need: Need) -> Option<Arc<KeySet>> {
        let (http, name) = (self.http.clone(), issuer.name.clone());
        let refresh = async move {
            match fetch(&http, &name).await {
                Ok(keys) => Some(keys),
                Err(error) => {
                    tracing::warn!(
                        issuer = name,
                        error = chain(&error),
                        help = help(&error),
                        "the issuer's keys cannot be fetched"
                    );
                    None
                }
            }
        };
        issuer.keys.get(need, refresh).await
    }
}
