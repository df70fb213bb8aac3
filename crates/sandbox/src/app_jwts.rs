//! The App's JWTs whose signatures were found right.
//!
//! An App shows the same one for minutes, and checking a signature takes longer than all the rest of a request. Only that is
//! remembered: what a JWT claims is held against the clock and the world each time.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::digest::sha256;
use crate::jwt::{Claims, verify_rs256};
use crate::keys::SigningKey;

/// The claims of each, by the digest of the whole JWT.
#[derive(Debug, Default)]
pub(crate) struct AppJwts(RwLock<HashMap<[u8; 32], Arc<Claims>>>);

impl AppJwts {
    /// What the JWT claims; `None` unless it is signed by this key, which must be the same one each time.
    pub(crate) fn claims(&self, jwt: &str, key: &SigningKey) -> Option<Arc<Claims>> {
        let digest = sha256(jwt.as_bytes());
        if let Some(claims) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&digest) {
            return Some(Arc::clone(claims));
        }
        let claims = Arc::new(verify_rs256(jwt, &key.modulus, &key.exponent)?);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= LIMIT {
            known.clear();
        }
        known.insert(digest, Arc::clone(&claims));
        Some(claims)
    }
}

/// How many are remembered; one more forgets the others.
const LIMIT: usize = 1000;
