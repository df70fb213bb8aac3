//! What only brokers of the same App can have written, and only they can read.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use github_app::{Signer, SigningError, derive};

/// What the two secrets are for. Another form of what is sealed takes other words here.
const SEALING: &str = "sealing what brokers share, 1";
const NAMING: &str = "naming what brokers share, 1";

/// Seals by the App's private key: AES-256-GCM with secrets that [come from a signature](derive).
///
/// SECURITY: whoever can write to the store can delete what is sealed, or put an older one back in the same place.
/// It cannot make a new one, change one, or move one to another place.
pub(crate) struct Seal {
    key: RandomizedNonceKey,
    names: Key,
}

impl Seal {
    /// The seal of an App; the same for all who hold its key.
    pub(crate) async fn of(signer: &dyn Signer) -> Result<Self, SigningError> {
        let (key, names) = (derive(signer, SEALING).await?, derive(signer, NAMING).await?);
        let key = RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| SigningError)?;
        Ok(Self { key, names: Key::new(HMAC_SHA256, names.as_ref()) })
    }

    /// A name that does not tell what it names.
    pub(crate) fn name(&self, of: &str) -> Vec<u8> {
        sign(&self.names, of.as_bytes()).as_ref().to_vec()
    }

    /// Seals what belongs to a place.
    pub(crate) fn close(&self, place: &str, mut content: Vec<u8>) -> Option<Vec<u8>> {
        let nonce = self.key.seal_in_place_append_tag(Aad::from(place), &mut content).ok()?;
        Some([nonce.as_ref().as_slice(), &content].concat())
    }

    /// What was sealed for that place.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, content) = sealed.split_at_checked(NONCE_LEN)?;
        let (nonce, mut content) = (Nonce::try_assume_unique_for_key(nonce).ok()?, content.to_vec());
        let length = self.key.open_in_place(nonce, Aad::from(place), &mut content).ok()?.len();
        content.truncate(length);
        Some(content)
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}

#[cfg(test)]
mod tests {
    use github_app::AppKey;
    use github_types::Secret;

    use super::*;
    use crate::fake_github::{PEM, new_pem};

    async fn seal(pem: &str) -> Seal {
        Seal::of(&AppKey::from_pem(&Secret::new(pem)).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn all_who_hold_the_key_can_open_it() {
        let (one, other) = (seal(&PEM).await, seal(&PEM).await);
        let sealed = one.close("a", b"text".to_vec()).unwrap();
        assert_eq!(other.open("a", &sealed).unwrap(), b"text");
        assert_eq!(one.name("octo-org/website"), other.name("octo-org/website"));
        assert_ne!(one.name("octo-org/website"), one.name("octo-org/docs"));
        // Never the same twice, and nothing to be read in it.
        assert_ne!(one.close("a", b"text".to_vec()).unwrap(), sealed);
        assert!(!sealed.windows(4).any(|bytes| bytes == b"text"));
    }

    #[tokio::test]
    async fn nobody_else_can() {
        let (ours, theirs) = (seal(&PEM).await, seal(&new_pem()).await);
        let sealed = theirs.close("a", b"text".to_vec()).unwrap();
        assert_eq!(ours.open("a", &sealed), None);
        assert_ne!(ours.name("octo-org/website"), theirs.name("octo-org/website"));
    }

    #[tokio::test]
    async fn what_was_changed_or_moved_is_nothing() {
        let seal = seal(&PEM).await;
        let sealed = seal.close("a", b"text".to_vec()).unwrap();
        assert_eq!(seal.open("b", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open("a", &changed), None, "byte {at}");
            assert_eq!(seal.open("a", &sealed[..at]), None, "cut at {at}");
        }
    }
}
