//! The JWT by which the App proves who it is.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use github_types::Secret;
use serde_json::json;

use crate::signer::{Signer, SigningError};

/// How long before now a JWT is dated, in seconds, so that GitHub accepts it if its clock is behind ours.
///
/// Source: GitHub's page on generating a JWT for an App.
const BACKDATED: u64 = 60;
/// How long from now a JWT expires, in seconds; GitHub refuses more than ten minutes by *its* clock.
const LIFETIME: u64 = 540;
/// How long a JWT is used again, in seconds: at least a minute of its lifetime is left then.
const REUSED: u64 = 480;
/// How long a JWT that GitHub refuses is not signed again for that, in seconds: a key that GitHub does not know must
/// not double the number of calls.
const YOUNG: u64 = 5;

/// The id of a GitHub App: its number, or its client ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppId(String);

/// A string that is no id of an App.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the App ID is neither a number such as `12345` nor a client ID such as `Iv1.8a61f9b3a7aba766`")]
pub struct AppIdError;

/// The App's identity: signs JWTs for it, and keeps the latest, since signing takes longer than all the rest.
pub struct AppJwt {
    id: AppId,
    signer: Arc<dyn Signer>,
    latest: Mutex<Option<Signed>>,
    /// Held while one is signed, so that a burst of calls signs once.
    signing: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Signed {
    at: u64,
    generation: u64,
    jwt: Secret,
}

impl AppJwt {
    /// The App of that id, for which `signer` signs.
    pub fn new(id: AppId, signer: Arc<dyn Signer>) -> Self {
        Self { id, signer, latest: Mutex::default(), signing: tokio::sync::Mutex::default() }
    }

    /// What signs for the App.
    pub fn signer(&self) -> &Arc<dyn Signer> {
        &self.signer
    }

    /// A JWT that GitHub accepts at `now`, in seconds since the Unix epoch; a new one every few minutes, and when
    /// another key signs.
    ///
    /// # Errors
    /// When the key does not sign, which a key that could be read always does.
    pub async fn at(&self, now: u64) -> Result<Secret, SigningError> {
        if let Some(jwt) = self.latest(now, REUSED) {
            return Ok(jwt);
        }
        let _signing = self.signing.lock().await;
        match self.latest(now, REUSED) {
            Some(jwt) => Ok(jwt),
            None => self.sign(now).await,
        }
    }

    /// Another JWT in place of one that GitHub has refused; none when a new one would be the same over again.
    ///
    /// # Errors
    /// When the key does not sign.
    pub async fn after_refusal(&self, refused: &Secret, now: u64) -> Result<Option<Secret>, SigningError> {
        self.signer.look_again().await;
        let _signing = self.signing.lock().await;
        match self.latest(now, YOUNG) {
            Some(latest) if latest.expose() == refused.expose() => Ok(None),
            Some(latest) => Ok(Some(latest)),
            None => self.sign(now).await.map(Some),
        }
    }

    /// The latest JWT, if it is of the key that signs now, and not older than that.
    fn latest(&self, now: u64, seconds: u64) -> Option<Secret> {
        // Nothing can panic half-way through a change.
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = latest.as_ref().filter(|signed| signed.generation == self.signer.generation())?;
        // A clock that was set back makes the JWT one from the future: sign anew.
        (signed.at..signed.at.saturating_add(seconds)).contains(&now).then(|| signed.jwt.clone())
    }

    async fn sign(&self, now: u64) -> Result<Secret, SigningError> {
        let header = json!({"alg": "RS256", "typ": "JWT"});
        let claims = json!({"iat": now.saturating_sub(BACKDATED), "exp": now.saturating_add(LIFETIME), "iss": self.id.0});
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        // Before signing: if the key changes meanwhile, the JWT counts as one of the key before, and is not used again.
        let generation = self.signer.generation();
        let signature = self.signer.sign(signed.as_bytes()).await?;
        let jwt = Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)));
        let latest = Signed { at: now, generation, jwt: jwt.clone() };
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(latest);
        Ok(jwt)
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
pub(crate) mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use serde_json::Value;

    use super::*;
    use crate::AppKey;
    use crate::app_key::tests::{example, other};
    use crate::signer::{Looking, Signing};

    const NOW: u64 = 1_800_000_000;

    fn app() -> AppJwt {
        AppJwt::new("Iv1.octo".parse().unwrap(), Arc::new(example().0))
    }

    fn decode(part: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn signs_what_github_asks_for() {
        let jwt = app().at(NOW).await.unwrap();
        let (signed, signature) = jwt.expose().rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        assert_eq!(decode(header), json!({"alg": "RS256", "typ": "JWT"}));
        assert_eq!(decode(claims), json!({"iat": NOW - 60, "exp": NOW + 540, "iss": "Iv1.octo"}));
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(example().1.verify(signed.as_bytes(), &signature).is_ok());
    }

    async fn at(app: &AppJwt, now: u64) -> String {
        app.at(now).await.unwrap().expose().to_owned()
    }

    #[tokio::test]
    async fn signs_again_only_when_it_must() {
        let app = app();
        let first = at(&app, NOW).await;
        assert_eq!(at(&app, NOW + 479).await, first);
        let second = at(&app, NOW + 480).await;
        assert_ne!(second, first);
        assert_eq!(at(&app, NOW + 480).await, second);
        assert_ne!(at(&app, NOW + 479).await, second, "the clock was set back");
    }

    /// Two keys, of which the second one signs once somebody looks for it.
    #[derive(Debug)]
    pub(crate) struct Rotating([AppKey; 2], AtomicU64);

    impl Signer for Rotating {
        fn sign<'a>(&'a self, message: &'a [u8]) -> Signing<'a> {
            self.0[usize::from(self.generation() > 0)].sign(message)
        }

        fn generation(&self) -> u64 {
            self.1.load(Ordering::SeqCst)
        }

        fn look_again(&self) -> Looking<'_> {
            Box::pin(async { self.1.store(1, Ordering::SeqCst) })
        }
    }

    pub(crate) fn rotating() -> (AppJwt, Arc<Rotating>) {
        let signer = Arc::new(Rotating([example().0, other()], AtomicU64::new(0)));
        (AppJwt::new("1".parse().unwrap(), signer.clone()), signer)
    }

    #[tokio::test]
    async fn another_key_signs_at_once() {
        let (app, signer) = rotating();
        let first = at(&app, NOW).await;
        signer.look_again().await;
        let second = at(&app, NOW).await;
        assert_ne!(second, first);
        assert_eq!(at(&app, NOW).await, second);
    }

    #[tokio::test]
    async fn a_refusal_makes_it_look_for_another_key() {
        let (app, _) = rotating();
        let refused = app.at(NOW).await.unwrap();
        let second = app.after_refusal(&refused, NOW).await.unwrap().unwrap();
        assert_ne!(second.expose(), refused.expose());
        // Others that were refused with the first one at the same time get the same.
        let third = app.after_refusal(&refused, NOW).await.unwrap().unwrap();
        assert_eq!(third.expose(), second.expose());
    }

    #[tokio::test]
    async fn a_refused_jwt_is_not_signed_again_and_again() {
        let app = app();
        let refused = app.at(NOW).await.unwrap();
        assert!(app.after_refusal(&refused, NOW + 4).await.unwrap().is_none());
        assert!(app.after_refusal(&refused, NOW + 5).await.unwrap().is_some());
    }

    /// Counts its signatures, and takes its time for each.
    #[derive(Debug, Default)]
    struct Counting(AtomicU64);

    impl Signer for Counting {
        fn sign<'a>(&'a self, _: &'a [u8]) -> Signing<'a> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Box::pin(async {
                tokio::task::yield_now().await;
                Ok(vec![1])
            })
        }
    }

    #[tokio::test]
    async fn a_burst_of_calls_signs_once() {
        let signer = Arc::new(Counting::default());
        let app = AppJwt::new("1".parse().unwrap(), signer.clone());
        let (first, second, third) = tokio::join!(at(&app, NOW), at(&app, NOW + 1), at(&app, NOW + 2));
        assert!(first == second && second == third);
        assert_eq!(signer.0.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn shows_its_id_and_nothing_else() {
        let app = app();
        app.at(NOW).await.unwrap();
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
