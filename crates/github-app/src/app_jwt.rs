//! The JWT by which the App proves who it is.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use github_types::Secret;
use serde_json::json;

use crate::AppKey;

/// How long before now a JWT is dated, in seconds, so that GitHub accepts it if its clock is behind ours.
///
/// Source: GitHub's page on generating a JWT for an App.
const BACKDATED: u64 = 60;
/// How long from now a JWT expires, in seconds; GitHub refuses more than ten minutes by *its* clock.
const LIFETIME: u64 = 540;
/// How long a JWT is used again, in seconds: at least a minute of its lifetime is left then.
const REUSED: u64 = 480;

/// The id of a GitHub App: its number, or its client ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppId(String);

/// A string that is no id of an App.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the App ID is neither a number such as `12345` nor a client ID such as `Iv1.8a61f9b3a7aba766`")]
pub struct AppIdError;

/// The key did not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the App's private key did not sign")]
pub struct SigningError;

/// The App's identity: signs JWTs for it, and keeps the latest, since signing takes longer than all the rest.
pub struct AppJwt {
    id: AppId,
    key: AppKey,
    latest: Mutex<Option<Signed>>,
}

struct Signed {
    at: u64,
    jwt: Secret,
}

impl AppJwt {
    /// The App of that id, whose key this is.
    pub fn new(id: AppId, key: AppKey) -> Self {
        Self { id, key, latest: Mutex::new(None) }
    }

    /// A JWT that GitHub accepts at `now`, in seconds since the Unix epoch; a new one every few minutes.
    ///
    /// # Errors
    /// When the key does not sign, which a key that could be read always does.
    pub fn at(&self, now: u64) -> Result<Secret, SigningError> {
        // Held while signing, so that a burst of calls signs once. A panic elsewhere cannot spoil what it guards.
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        match &*latest {
            // A clock that was set back makes the JWT one from the future: sign anew.
            Some(signed) if (signed.at..signed.at.saturating_add(REUSED)).contains(&now) => {
                Ok(signed.jwt.clone())
            }
            _ => {
                let jwt = self.sign(now)?;
                *latest = Some(Signed { at: now, jwt: jwt.clone() });
                Ok(jwt)
            }
        }
    }

    fn sign(&self, now: u64) -> Result<Secret, SigningError> {
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let claims = json!({"iat": now.saturating_sub(BACKDATED), "exp": now.saturating_add(LIFETIME), "iss": self.id.0});
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.key.sign(signed.as_bytes()).map_err(|_| SigningError)?;
        Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

impl fmt::Debug for AppJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppJwt").field("id", &self.id).finish_non_exhaustive()
    }
}

impl FromStr for AppId {
    type Err = AppIdError;

    fn from_str(text: &str) -> Result<Self, AppIdError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AppIdError)
        }
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::app_key::tests::example;

    const NOW: u64 = 1_800_000_000;

    fn app() -> AppJwt {
        AppJwt::new("Iv1.octo".parse().unwrap(), example().0)
    }

    fn decode(part: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[test]
    fn signs_what_github_asks_for() {
        let jwt = app().at(NOW).unwrap();
        let (signed, signature) = jwt.expose().rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        assert_eq!(decode(header), json!({"alg": "RS256", "typ": "JWT"}));
        assert_eq!(decode(claims), json!({"iat": NOW - 60, "exp": NOW + 540, "iss": "Iv1.octo"}));
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(example().1.verify(signed.as_bytes(), &signature).is_ok());
    }

    #[test]
    fn signs_again_only_when_it_must() {
        let app = app();
        let at = |now: u64| app.at(now).unwrap().expose().to_owned();
        let first = at(NOW);
        assert_eq!(at(NOW + 479), first);
        let second = at(NOW + 480);
        assert_ne!(second, first);
        assert_eq!(at(NOW + 480), second);
        assert_ne!(at(NOW + 479), second, "the clock was set back");
    }

    #[test]
    fn shows_its_id_and_nothing_else() {
        let app = app();
        app.at(NOW).unwrap();
        assert_eq!(format!("{app:?}"), "AppJwt { id: AppId(\"Iv1.octo\"), .. }");
    }

    #[test]
    fn knows_ids_by_their_form() {
        for id in ["12345", "Iv1.8a61f9b3a7aba766", "Iv23liAbCdEf"] {
            assert_eq!(id.parse::<AppId>().unwrap().to_string(), id);
        }
        for text in ["", "1 2", "12345\n", "a/b", "\"1\"", &"1".repeat(65)] {
            assert_eq!(text.parse::<AppId>(), Err(AppIdError), "{text}");
        }
    }
}
