//! What signs for an App: a private key, or a service that keeps one.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

/// Begins every message that is signed to derive a secret.
///
/// SECURITY: such a signature must never be one of a JWT. A JWT's signing input is base64url and one dot (RFC 7515
/// §5.1), so that no message with a space can be one, whatever follows.
const DERIVATION: &str = "access-token derives a secret for: ";

/// What a [`Signer`] gives in the end.
pub type Signing<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, SigningError>> + Send + 'a>>;

/// What a [`Signer`] does when it looks for another key.
pub type Looking<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Signs for an App, wherever its private key lies: [in memory](crate::AppKey), or in a service that signs and never
/// gives the key out.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The RS256 signature of a message (RFC 7518 §3.3).
    ///
    /// # Errors
    /// When there is none.
    fn sign<'a>(&'a self, message: &'a [u8]) -> Signing<'a>;

    /// A number that is another one once another key signs. What was signed before is signed anew then.
    fn generation(&self) -> u64 {
        0
    }

    /// Looks whether there is another key by now: GitHub has refused what this one has signed.
    fn look_again(&self) -> Looking<'_> {
        Box::pin(ready(()))
    }
}

/// The key did not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the App's private key did not sign")]
pub struct SigningError;

/// A secret that only who can sign with this key can know; the same for the same label as long as the key is.
///
/// It comes by HKDF (RFC 5869) from the signature of a message that can be no JWT. Such signatures have no random
/// part (RFC 8017 §8.2), so that all who hold the key derive the same.
///
/// # Errors
/// When the key does not sign.
pub async fn derive(signer: &dyn Signer, label: &str) -> Result<Zeroizing<[u8; 32]>, SigningError> {
    let signature = Zeroizing::new(signer.sign(format!("{DERIVATION}{label}").as_bytes()).await?);
    let mut secret = Zeroizing::new([0; 32]);
    let key = Salt::new(HKDF_SHA256, DERIVATION.as_bytes()).extract(&signature);
    let info = [label.as_bytes()];
    let expanded = key.expand(&info, HKDF_SHA256).and_then(|expanded| expanded.fill(secret.as_mut()));
    expanded.map(|()| secret).map_err(|_| SigningError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AppKey;
    use crate::app_key::tests::{example, other};

    async fn derived(key: AppKey, label: &str) -> [u8; 32] {
        *derive(&key, label).await.unwrap()
    }

    #[tokio::test]
    async fn derives_the_same_for_the_same_key_and_label_only() {
        let first = derived(example().0, "cache").await;
        assert_eq!(derived(example().0, "cache").await, first);
        assert_ne!(derived(example().0, "cache2").await, first);
        assert_ne!(derived(other(), "cache").await, first);
        assert_ne!(first, [0; 32]);
    }

    /// Remembers what it was asked to sign.
    #[derive(Debug, Default)]
    struct Recording(std::sync::Mutex<Vec<Vec<u8>>>);

    impl Signer for Recording {
        fn sign<'a>(&'a self, message: &'a [u8]) -> Signing<'a> {
            self.0.lock().unwrap().push(message.to_vec());
            Box::pin(ready(Ok(vec![1; 256])))
        }
    }

    #[tokio::test]
    async fn what_is_signed_for_a_secret_is_never_a_jwt() {
        let signer = Recording::default();
        // The label is ours, but even one made to look like a JWT could not be taken for one.
        for label in ["", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0"] {
            derive(&signer, label).await.unwrap();
        }
        for message in signer.0.lock().unwrap().iter() {
            assert!(message.contains(&b' '));
        }
    }
}
