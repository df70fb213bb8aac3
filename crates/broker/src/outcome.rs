//! How requests end, in one word.

/// How a request ended. The names are labels of a metric and fields of audit events: they are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A token was minted and handed over to the connection.
    Granted,
    /// A dry run's yes.
    WouldGrant,
    /// The decision was no.
    Denied,
    /// Nobody vouches for the caller.
    Unauthorized,
    /// The body is no request, or did not arrive.
    BadRequest,
    /// The caller asks too often.
    RateLimited,
    /// The OIDC token has obtained a token already.
    Replayed,
    /// Too many requests were in progress.
    Shed,
    /// GitHub gave an answer that cannot be used.
    GithubFailed,
    /// GitHub, an issuer or the store is not to be had at the moment, or the OIDC token is being used already.
    Unavailable,
    /// The time was up.
    TooSlow,
    /// Our bug.
    Internal,
    /// No such path or method.
    NotFound,
}

impl Outcome {
    /// All, in their order.
    pub(crate) const ALL: [Self; 13] = [
        Self::Granted,
        Self::WouldGrant,
        Self::Denied,
        Self::Unauthorized,
        Self::BadRequest,
        Self::RateLimited,
        Self::Replayed,
        Self::Shed,
        Self::GithubFailed,
        Self::Unavailable,
        Self::TooSlow,
        Self::Internal,
        Self::NotFound,
    ];

    /// The stable name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::WouldGrant => "would_grant",
            Self::Denied => "denied",
            Self::Unauthorized => "unauthorized",
            Self::BadRequest => "bad_request",
            Self::RateLimited => "rate_limited",
            Self::Replayed => "replayed",
            Self::Shed => "shed",
            Self::GithubFailed => "github_failed",
            Self::Unavailable => "unavailable",
            Self::TooSlow => "too_slow",
            Self::Internal => "internal",
            Self::NotFound => "not_found",
        }
    }
}
