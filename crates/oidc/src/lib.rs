//! OpenID Connect tokens of GitHub Actions: an unverified token goes in, verified claims come out.
//!
//! The crate knows no HTTP and no clock: keys and time are arguments. Nothing in a token chooses how it is
//! verified: the algorithm is always RS256, and `jku`, `jwk` and `x5u` are never looked at.
//!
//! The steps of a caller, which each take what the one before gave:
//!
//! 1. [`UnverifiedToken`] from the text. Its [`issuer`](UnverifiedToken::issuer) serves only to pick one of the
//!    configured issuers, by exact comparison, before anything is fetched.
//! 2. [`KeySet`] from what that issuer publishes.
//! 3. [`verify`]. On [`VerifyError::UnknownKey`] the keys may have been rotated: fetch them once more.
//!
//! ```
//! use oidc::UnverifiedToken;
//!
//! let error = "e30.e30.".parse::<UnverifiedToken>().unwrap_err();
//! assert_eq!(error.to_string(), "the token is not three parts joined by `.`");
//! ```

mod excerpt;
mod key_set;
mod strict_json;
mod subject_pattern;
mod token;
mod verify;

pub use key_set::{KeySet, KeySetError};
pub use strict_json::StrictValue;
pub use subject_pattern::{SubjectPattern, SubjectPatternError};
pub use token::{MAX_TOKEN_BYTES, TokenError, UnverifiedToken};
pub use verify::{Expectations, LEEWAY_SECONDS, MAX_LIFETIME_SECONDS, VerifiedClaims, VerifyError, verify};
