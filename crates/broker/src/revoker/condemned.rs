//! A token that is to be revoked, and what became of it.

use std::fmt;
use std::sync::Arc;

use github_app::{Error, InstallationToken};

use crate::log::field::chain;

/// Why a token is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It was minted for somebody who did not get it.
    Undelivered,
    /// It has read the policies that it was minted for.
    Read,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Undelivered => "an undelivered token",
            Self::Read => "a reading token",
        })
    }
}

/// A token on its way to be revoked.
///
/// INVARIANT: it does not go away unseen. Whatever ends it, a panic or the end of the process included, is logged
/// with the token's hash and counted.
pub(crate) struct Condemned {
    pub(crate) token: Arc<InstallationToken>,
    pub(crate) why: Why,
    hash: String,
    is_settled: bool,
}

impl Condemned {
    pub(crate) fn new(token: Arc<InstallationToken>, why: Why, hash: String) -> Self {
        Self { token, why, hash, is_settled: false }
    }

    pub(crate) fn revoked(mut self) {
        self.is_settled = true;
        count("revoked");
        match self.why {
            Why::Undelivered => tracing::info!(token_hash = self.hash, "{} was revoked", self.why),
            Why::Read => tracing::debug!(token_hash = self.hash, "{} was revoked", self.why),
        }
    }

    /// It will be tried again.
    pub(crate) fn failed(&self, error: &Error, seconds: f64) {
        count("failed");
        let (token_hash, error) = (&self.hash, chain(error));
        tracing::warn!(token_hash, error, seconds, "{} could not be revoked yet", self.why);
    }

    /// Nobody will try again: the token lives until it expires.
    pub(crate) fn given_up(mut self, reason: &str) {
        self.give_up(reason);
    }

    fn give_up(&mut self, reason: &str) {
        self.is_settled = true;
        count("given_up");
        tracing::error!(token_hash = self.hash, error = reason, "{} could not be revoked", self.why);
    }
}

impl Drop for Condemned {
    fn drop(&mut self) {
        if !self.is_settled {
            self.give_up("its revocation was interrupted");
        }
    }
}

fn count(result: &'static str) {
    metrics::counter!("access_token_revocations_total", "result" => result).increment(1);
}
