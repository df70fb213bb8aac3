//! How a call to GitHub can fail, told apart by what may be done about it.

use std::time::Duration;

use crate::SigningError;

/// A call that gave no answer that counts.
///
/// None of these is ever a "no": what GitHub does not have is an `Ok` of the call in question. The text is for a
/// log; it holds no credential, and of URLs only the route.
#[derive(Debug, thiserror::Error)]
#[error("`{route}` failed{}", .request_id.as_ref().map(|id| format!(" (GitHub's request {id})")).unwrap_or_default())]
pub struct Error {
    route: &'static str,
    request_id: Option<String>,
    #[source]
    kind: ErrorKind,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// GitHub's primary or secondary rate limit.
    #[error("GitHub limits the App's rate: try again in {} seconds", .retry_after.as_secs())]
    RateLimited {
        /// How long GitHub wants to be left alone.
        retry_after: Duration,
    },
    /// A 5xx, no connection, or one that broke.
    #[error("GitHub is unavailable{}", .status.map(|status| format!(" (status {status})")).unwrap_or_default())]
    Unavailable {
        /// The status, when there was an answer.
        status: Option<u16>,
        /// How long GitHub wants to be left alone, when it says so.
        retry_after: Option<Duration>,
        /// What broke, when there was no answer. Without the URL.
        #[source]
        cause: Option<reqwest::Error>,
    },
    /// Nothing was sent: so many calls have failed that GitHub is left alone for a while.
    #[error("GitHub is down: it is left alone for {} seconds", .retry_after.as_secs_f64().ceil())]
    Down {
        /// For how long.
        retry_after: Duration,
    },
    /// No answer in time.
    #[error("GitHub did not answer in time")]
    TimedOut,
    /// GitHub does not mint such a token (422): a permission or repository is beyond the installation.
    #[error("GitHub refuses to mint the token: {reason}")]
    MintRefused {
        /// GitHub's words.
        reason: String,
    },
    /// A status that the call does not have, such as a 401 for the App's JWT or a redirect.
    #[error("GitHub answered {status}{}", .message.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    Unexpected {
        /// The status.
        status: u16,
        /// GitHub's words, when there are any.
        message: Option<String>,
    },
    /// The right status with a body that cannot be used.
    #[error("GitHub's answer is not {expected}")]
    Malformed {
        /// What it should have been.
        expected: &'static str,
    },
    /// The App cannot prove who it is.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The credential is not one that can be sent.
    #[error("the credential has characters that no HTTP header can carry")]
    Credential,
}

impl Error {
    pub(crate) fn new(route: &'static str, kind: impl Into<ErrorKind>) -> Self {
        Self { route, request_id: None, kind: kind.into() }
    }

    pub(crate) fn with_request_id(self, request_id: Option<String>) -> Self {
        Self { request_id, ..self }
    }

    /// The call as method and route template, such as `DELETE /installation/token`.
    pub fn route(&self) -> &'static str {
        self.route
    }

    /// GitHub's id of the request, by which its support finds it.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What went wrong.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// What went wrong, without where.
    pub fn into_kind(self) -> ErrorKind {
        self.kind
    }
}

impl ErrorKind {
    /// A failure below HTTP. The URL is left out of it: it is no secret, but says nothing either.
    ///
    /// A connection that takes too long counts as slow, not as refused, so that nobody waits for it again.
    pub(crate) fn transport(cause: reqwest::Error) -> Self {
        if cause.is_timeout() {
            return Self::TimedOut;
        }
        Self::Unavailable { status: None, retry_after: None, cause: Some(cause.without_url()) }
    }

    /// Whether the request certainly did not reach GitHub.
    pub(crate) fn is_unsent(&self) -> bool {
        matches!(self, Self::Unavailable { cause: Some(cause), .. } if cause.is_connect())
    }

    /// Whether the same request may succeed in a moment.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable { status: None | Some(502..=504), retry_after: None, .. })
    }
}
