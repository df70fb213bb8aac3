//! The installation tokens that were handed out; only their digests are kept.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::clock::timestamp;
use crate::digest::sha256;
use crate::error::Error;
use crate::permissions::Level;
use crate::random;
use crate::world::{App, TokenFormat};

/// Seconds that an installation token lives.
pub(crate) const LIFETIME: i64 = 3600;

/// What an installation token may do.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) sha256: [u8; 32],
    /// The account of the installation, as the world wrote it when the token was made.
    pub(crate) owner: String,
    pub(crate) installation_id: u64,
    pub(crate) permissions: BTreeMap<String, Level>,
    /// The repositories it is limited to, by id, with their names; `None` for all of the installation.
    pub(crate) repositories: Option<BTreeMap<u64, String>>,
    pub(crate) expires_at: i64,
    revoked: AtomicBool,
}

impl Token {
    fn is_alive(&self, now: i64) -> bool {
        now < self.expires_at && !self.revoked.load(Ordering::Relaxed)
    }

    pub(crate) fn revoke(&self) {
        self.revoked.store(true, Ordering::Relaxed);
    }

    /// What may be told about the token: everything but itself.
    fn describe(&self) -> Value {
        let names = |repositories: &BTreeMap<u64, String>| repositories.values().cloned().collect::<Vec<_>>();
        json!({
            "sha256": STANDARD.encode(self.sha256),
            "installation_id": self.installation_id,
            "permissions": self.permissions,
            "repositories": self.repositories.as_ref().map(names),
            "expires_at": timestamp(self.expires_at),
            "revoked": self.revoked.load(Ordering::Relaxed),
        })
    }
}

/// What a new token shall be able to do.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) owner: String,
    pub(crate) installation_id: u64,
    pub(crate) permissions: BTreeMap<String, Level>,
    pub(crate) repositories: Option<BTreeMap<u64, String>>,
}

/// All tokens, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Tokens(RwLock<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_digest: HashMap<[u8; 32], Arc<Token>>,
    oldest_first: VecDeque<Arc<Token>>,
}

impl Tokens {
    /// Makes a token on these terms and returns its text with its record.
    pub(crate) fn mint(&self, terms: Terms, app: &App, now: i64) -> Result<(String, Arc<Token>), Error> {
        let text = match app.token_format {
            TokenFormat::Opaque => format!("ghs_{}", random::letters_and_digits(36)?),
            TokenFormat::Jwt => jwt_form(app.id, terms.installation_id, now)?,
        };
        let Terms { owner, installation_id, permissions, repositories } = terms;
        let token = Arc::new(Token {
            sha256: sha256(text.as_bytes()),
            owner,
            installation_id,
            permissions,
            repositories,
            expires_at: now + LIFETIME,
            revoked: AtomicBool::new(false),
        });
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        while kept.oldest_first.len() >= TOKEN_LIMIT
            || kept.oldest_first.front().is_some_and(|oldest| oldest.expires_at <= now)
        {
            let Some(oldest) = kept.oldest_first.pop_front() else { break };
            kept.by_digest.remove(&oldest.sha256);
        }
        kept.by_digest.insert(token.sha256, Arc::clone(&token));
        kept.oldest_first.push_back(Arc::clone(&token));
        Ok((text, token))
    }

    /// The token of this text, if it is still good.
    pub(crate) fn find(&self, text: &str, now: i64) -> Option<Arc<Token>> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.by_digest.get(&sha256(text.as_bytes())).filter(|token| token.is_alive(now)).cloned()
    }

    /// All tokens that are kept, oldest first, without their texts.
    pub(crate) fn describe(&self) -> Value {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        kept.oldest_first.iter().map(|token| token.describe()).collect()
    }

    /// The one token with this digest, in base64, as a list: empty if it is not kept.
    pub(crate) fn describe_one(&self, digest: &str) -> Value {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let digest: Option<[u8; 32]> = STANDARD.decode(digest).ok().and_then(|bytes| bytes.try_into().ok());
        digest
            .and_then(|digest| kept.by_digest.get(&digest))
            .map(|token| token.describe())
            .into_iter()
            .collect()
    }
}

/// The long form of a token: 520 characters, of which the last part looks like a JWT.
fn jwt_form(app: u64, installation: u64, now: i64) -> Result<String, Error> {
    let prefix = format!("ghs_{app}_");
    let signature = random::letters_and_digits(43)?;
    let mut kid = String::from("sandbox");
    loop {
        let header = URL_SAFE_NO_PAD.encode(json!({"alg": "HS256", "kid": kid, "typ": "JWT"}).to_string());
        let room = JWT_TOKEN_LENGTH.saturating_sub(prefix.len() + header.len() + signature.len() + 2);
        // No base64 text has a length of 4n + 1: another byte in the header makes the room fit.
        if room % 4 != 1 {
            let claims = json!({"installation": installation, "iat": now, "jti": ""}).to_string();
            let padding = (room / 4 * 3 + (room % 4).saturating_sub(1)).saturating_sub(claims.len());
            let jti = random::letters_and_digits(padding)?;
            let claims = json!({"installation": installation, "iat": now, "jti": jti}).to_string();
            return Ok(format!("{prefix}{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims)));
        }
        kid.push('0');
    }
}

/// How many tokens are kept; making one more forgets the oldest, which from then on answers 401.
const TOKEN_LIMIT: usize = 100_000;

const JWT_TOKEN_LENGTH: usize = 520;

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> Terms {
        Terms {
            owner: "octo-org".into(),
            installation_id: 1,
            permissions: BTreeMap::new(),
            repositories: None,
        }
    }

    #[test]
    fn the_long_form_has_520_characters_whatever_the_app_id() {
        for id in [1, 12, 123, 1234, 12345, 123_456, u64::MAX] {
            let app = App { id, token_format: TokenFormat::Jwt, ..App::default() };
            let (text, _) = Tokens::default().mint(terms(), &app, 1_700_000_000).unwrap();
            assert_eq!(text.len(), 520, "app id {id}");
            assert!(text.starts_with(&format!("ghs_{id}_ey")), "app id {id}");
            assert_eq!(text.split('.').count(), 3, "app id {id}");
        }
    }

    #[test]
    fn a_token_is_good_for_an_hour() {
        let tokens = Tokens::default();
        let (text, _) = tokens.mint(terms(), &App::default(), 1000).unwrap();
        assert!(tokens.find(&text, 1000 + LIFETIME - 1).is_some());
        assert!(tokens.find(&text, 1000 + LIFETIME).is_none());
    }

    #[test]
    fn expired_tokens_are_forgotten_when_a_new_one_is_made() {
        let tokens = Tokens::default();
        tokens.mint(terms(), &App::default(), 1000).unwrap();
        tokens.mint(terms(), &App::default(), 1000 + LIFETIME).unwrap();
        assert_eq!(tokens.describe().as_array().unwrap().len(), 1);
    }
}
