//! Who asks: the bearer token of a request, verified.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, header};
use oidc::{Expectations, SubjectPattern, UnverifiedToken, VerifiedClaims, VerifyError, verify};

use crate::failure::Failure;
use crate::issuers::{Issuers, Need};

/// Where the token travels when the signature of a gateway takes up `authorization`.
const X_AUTHORIZATION: HeaderName = HeaderName::from_static("x-authorization");
/// What to wait before asking again when an issuer has no keys for us.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Knows whom to believe.
pub(crate) struct Authenticator {
    pub(crate) issuers: Issuers,
    pub(crate) audiences: Vec<String>,
    pub(crate) subjects: Vec<SubjectPattern>,
}

impl Authenticator {
    /// Verifies the token of a request; `now` is in seconds since the Unix epoch.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
        now: u64,
    ) -> Result<VerifiedClaims, Failure> {
        let unauthorized = |error: &dyn ToString| Failure::Unauthorized(error.to_string());
        let token: UnverifiedToken = bearer(headers)?.parse().map_err(|error| unauthorized(&error))?;
        // SECURITY: compared with the configured issuers before anything is fetched.
        let issuer = self.issuers.find(token.issuer()).ok_or_else(|| {
            Failure::Unauthorized("the token's issuer is not among the trusted issuers".to_owned())
        })?;
        let expectations = Expectations {
            issuer: issuer.name.clone(),
            audiences: self.audiences.clone(),
            subjects: self.subjects.clone(),
        };
        for need in [Need::Known, Need::Newer] {
            let keys = self.issuers.keys(issuer, need).await.ok_or(Failure::Unavailable(
                "the keys of the token's issuer cannot be fetched at the moment",
                RETRY_AFTER,
            ))?;
            match verify(&token, &keys, &expectations, now) {
                Err(VerifyError::UnknownKey(_)) if need == Need::Known => {}
                verified => return verified.map_err(|error| unauthorized(&error)),
            }
        }
        Err(Failure::Internal("the last look-up of a key did not end the loop".to_owned()))
    }
}

/// The one bearer token of a request.
fn bearer(headers: &HeaderMap) -> Result<&str, Failure> {
    let name = if headers.contains_key(X_AUTHORIZATION) { X_AUTHORIZATION } else { header::AUTHORIZATION };
    let mut values = headers.get_all(&name).iter();
    let wrong = |message: &str| Failure::Unauthorized(format!("{message}: expected `{name}: Bearer TOKEN`"));
    let value = values.next().ok_or_else(|| wrong("the request has no token"))?;
    if values.next().is_some() {
        return Err(wrong("the request has more than one token"));
    }
    let text = value.to_str().map_err(|_| wrong("the token is malformed"))?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(wrong("the request has credentials of another scheme")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Option<String> {
        let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        bearer(&headers).ok().map(str::to_owned)
    }

    #[test]
    fn finds_the_token_beside_a_gateways_signature() {
        assert_eq!(read(&[("authorization", "Bearer a")]).as_deref(), Some("a"));
        assert_eq!(read(&[("authorization", "bearer  a ")]).as_deref(), Some("a"));
        assert_eq!(
            read(&[("authorization", "AWS4-HMAC-SHA256 x"), ("x-authorization", "Bearer a")]).as_deref(),
            Some("a")
        );
    }

    #[test]
    fn refuses_everything_else() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[("authorization", "Basic a")]), None);
        assert_eq!(read(&[("authorization", "Bearer")]), None);
        assert_eq!(read(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]), None);
        assert_eq!(read(&[("authorization", "Bearer a"), ("x-authorization", "b")]), None);
    }
}
