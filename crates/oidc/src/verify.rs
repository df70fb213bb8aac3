//! Verification: from a token and an issuer's keys to claims that the issuer vouches for.

use std::ops::Deref;

use aws_lc_rs::digest::{Context, SHA256};
use github_types::{Claims, ClaimsError};
use serde_json::{Map, Value};

use crate::excerpt::excerpt;
use crate::{KeySet, SubjectPattern, UnverifiedToken};

/// How far the clocks of issuer and verifier may be apart, in seconds.
///
/// A guard against replays must remember a token for as long after its expiry.
pub const LEEWAY_SECONDS: u64 = 60;

/// How far in the future the expiry of a token may be, in seconds. GitHub's tokens live for minutes.
///
/// Whoever remembers tokens until they expire need not do so for longer.
pub const MAX_LIFETIME_SECONDS: u64 = 24 * 60 * 60;

/// What a token must say to be accepted.
#[derive(Clone, Debug)]
pub struct Expectations {
    /// The issuer, compared exactly.
    pub issuer: String,
    /// The audiences, one of which the token must be for. Without any, no token is accepted.
    pub audiences: Vec<String>,
    /// The subjects that are served; without any pattern, all.
    pub subjects: Vec<SubjectPattern>,
}

/// The claims of a token that was verified.
///
/// INVARIANT: only [`verify`] makes one, so that whoever holds it need not ask again.
#[derive(Clone, Debug)]
pub struct VerifiedClaims {
    claims: Claims,
    token_id: Option<String>,
    fingerprint: [u8; 32],
    expires_at: u64,
}

/// Why a token is not accepted. The text is meant for its sender and repeats nothing that is secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Another issuer than the one whose keys are at hand.
    #[error("the token's issuer is `{found}`: expected `{expected}`")]
    Issuer {
        /// Who claims to have issued it.
        found: String,
        /// Who should have.
        expected: String,
    },
    /// The issuer does not publish the key, or not yet as far as the caller's copy of its keys goes.
    #[error("the token's key `{0}` is not among the issuer's keys")]
    UnknownKey(String),
    /// The token does not say which of several keys it is signed with.
    #[error("the token does not say with which of the issuer's keys it is signed (`kid`)")]
    NoKeyId,
    /// The key did not sign this.
    #[error("the token's signature is wrong")]
    Signature,
    /// A registered claim has another form than RFC 7519 §4.1 gives it.
    #[error("the token's claim `{name}` is not {expected}")]
    Malformed {
        /// The claim.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The token would be valid for ever.
    #[error("the token has no expiry (`exp`)")]
    NoExpiry,
    /// The token would be valid for too long.
    #[error("the token expires only {seconds} seconds from now: expected at most {MAX_LIFETIME_SECONDS}")]
    TooLong {
        /// How far in the future its expiry is.
        seconds: u64,
    },
    /// The token was valid once.
    #[error("the token expired {seconds} seconds ago")]
    Expired {
        /// For how long, without the leeway.
        seconds: u64,
    },
    /// The token is not valid yet.
    #[error("the token is valid only {seconds} seconds from now (`{claim}`): compare the clocks")]
    NotYetValid {
        /// `nbf` or `iat`.
        claim: &'static str,
        /// How far in the future that is, without the leeway.
        seconds: u64,
    },
    /// The token was made for somebody else.
    #[error("the token's audience is {found}: expected {expected}")]
    Audience {
        /// The token's, quoted.
        found: String,
        /// The allowed ones, quoted.
        expected: String,
    },
    /// The server does not serve this caller.
    #[error("the token's subject `{0}` is not among the allowed subjects")]
    Subject(String),
    /// The claims do not say who the caller is.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
}

/// Verifies a token; `now` is in seconds since the Unix epoch.
///
/// The signature is checked before anything that the token says is looked at, the issuer's name excepted.
///
/// # Errors
/// When the token is not one that `expectations` allow, with the first reason found. After
/// [`VerifyError::UnknownKey`] newer keys may help, after any other they do not.
pub fn verify(
    token: &UnverifiedToken,
    keys: &KeySet,
    expectations: &Expectations,
    now: u64,
) -> Result<VerifiedClaims, VerifyError> {
    if token.issuer() != expectations.issuer {
        return Err(VerifyError::Issuer {
            found: excerpt(token.issuer()),
            expected: expectations.issuer.clone(),
        });
    }
    check_signature(token, keys)?;
    let payload = token.payload();
    let expires_at = check_times(payload, now)?;
    check_audience(payload, &expectations.audiences)?;
    let claims = Claims::new(payload)?;
    if !expectations.subjects.is_empty()
        && !expectations.subjects.iter().any(|pattern| pattern.matches(claims.sub()))
    {
        return Err(VerifyError::Subject(excerpt(claims.sub())));
    }
    let token_id = string(payload, "jti")?.filter(|id| !id.is_empty());
    let fingerprint = fingerprint(token, token_id.as_deref());
    Ok(VerifiedClaims { claims, token_id, fingerprint, expires_at })
}

/// By the issuer's name for the token; by all that was signed where the issuer has not named it.
fn fingerprint(token: &UnverifiedToken, id: Option<&str>) -> [u8; 32] {
    let (kind, parts) = match id {
        // The lengths keep an issuer and an id from being read as another issuer with another id.
        Some(id) => (b"id", [token.issuer().as_bytes(), id.as_bytes()]),
        None => (b"as", [b"".as_slice(), token.signed()]),
    };
    let mut context = Context::new(&SHA256);
    context.update(kind);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let digest = context.finish();
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(digest.as_ref()).for_each(|(byte, value)| *byte = *value);
    bytes
}

fn check_signature(token: &UnverifiedToken, keys: &KeySet) -> Result<(), VerifyError> {
    let mut known = false;
    for key in keys.candidates(token.kid()) {
        known = true;
        if key.verify_sig(token.signed(), token.signature()).is_ok() {
            return Ok(());
        }
    }
    Err(match token.kid() {
        _ if known => VerifyError::Signature,
        Some(kid) => VerifyError::UnknownKey(excerpt(kid)),
        None => VerifyError::NoKeyId,
    })
}

/// Checks `exp`, `nbf` and `iat`; gives the expiry.
fn check_times(payload: &Map<String, Value>, now: u64) -> Result<u64, VerifyError> {
    let expires_at = time(payload, "exp")?.ok_or(VerifyError::NoExpiry)?;
    if now >= expires_at.saturating_add(LEEWAY_SECONDS) {
        return Err(VerifyError::Expired { seconds: now - expires_at });
    }
    let seconds = expires_at.saturating_sub(now);
    if seconds > MAX_LIFETIME_SECONDS {
        return Err(VerifyError::TooLong { seconds });
    }
    for claim in ["nbf", "iat"] {
        let from = time(payload, claim)?.unwrap_or(0);
        if from > now.saturating_add(LEEWAY_SECONDS) {
            return Err(VerifyError::NotYetValid { claim, seconds: from - now });
        }
    }
    Ok(expires_at)
}

fn check_audience(payload: &Map<String, Value>, allowed: &[String]) -> Result<(), VerifyError> {
    let malformed = || VerifyError::Malformed { name: "aud", expected: "a string or an array of strings" };
    let found: Vec<&str> = match payload.get("aud") {
        None => Vec::new(),
        Some(Value::String(audience)) => vec![audience],
        Some(Value::Array(audiences)) => {
            audiences.iter().map(Value::as_str).collect::<Option<_>>().ok_or_else(malformed)?
        }
        Some(_) => return Err(malformed()),
    };
    if found.iter().any(|audience| allowed.iter().any(|allowed| allowed == audience)) {
        return Ok(());
    }
    Err(VerifyError::Audience { found: quoted(&found), expected: quoted(allowed) })
}

/// A time of RFC 7519's `NumericDate`; GitHub writes whole seconds, and nothing else is taken.
fn time(payload: &Map<String, Value>, name: &'static str) -> Result<Option<u64>, VerifyError> {
    let malformed = VerifyError::Malformed { name, expected: "a whole number of seconds" };
    payload.get(name).map(|value| value.as_u64().ok_or(malformed)).transpose()
}

fn string(payload: &Map<String, Value>, name: &'static str) -> Result<Option<String>, VerifyError> {
    let malformed = VerifyError::Malformed { name, expected: "a string" };
    payload.get(name).map(|value| value.as_str().map(str::to_owned).ok_or(malformed)).transpose()
}

/// A few values for a message; the rest is left out.
fn quoted<T: AsRef<str>>(values: &[T]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<String> =
        values.iter().take(SHOWN).map(|value| format!("`{}`", excerpt(value.as_ref()))).collect();
    if values.len() > SHOWN {
        shown.push("…".to_owned());
    }
    if shown.is_empty() { "none".to_owned() } else { shown.join(" or ") }
}

impl VerifiedClaims {
    /// The claims themselves.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The unique id of the token, when it has one.
    pub fn jti(&self) -> Option<&str> {
        self.token_id.as_deref()
    }

    /// SHA-256 over what tells this token from all others: its issuer and id, or without an id all that was signed.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// When the token expires, in seconds since the Unix epoch; it is accepted for [`LEEWAY_SECONDS`] longer.
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }
}

impl Deref for VerifiedClaims {
    type Target = Claims;

    fn deref(&self) -> &Claims {
        &self.claims
    }
}
