//! The App's private key.

mod pem;

use std::fmt;
use std::future::ready;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use github_types::Secret;

use crate::signer::{Signer, Signing, SigningError};
use pem::Format;

/// The private RSA key of a GitHub App.
///
/// It cannot be printed or written out. The key lies in memory of aws-lc, which wipes what it frees (`OPENSSL_free`
/// in its `crypto/mem.c`); what was needed to read it is wiped at once.
pub struct AppKey(RsaKeyPair);

/// A text that is no private key of an App. Nothing of the text is repeated but the label of its PEM block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppKeyError {
    /// There is no PEM block.
    #[error("the private key is not PEM: expected `-----BEGIN RSA PRIVATE KEY-----` and so on")]
    NoPem,
    /// There are several.
    #[error("the private key is more than one PEM block: expected one")]
    Several,
    /// The block is of another kind.
    #[error("the PEM block is labelled `{0}`: expected `RSA PRIVATE KEY` or `PRIVATE KEY`")]
    Label(String),
    /// A passphrase protects the key.
    #[error("the private key is encrypted: expected one without a passphrase")]
    Encrypted,
    /// The end of the block is missing.
    #[error("the private key is cut short: it has no line `-----END {0}-----`")]
    CutShort(&'static str),
    /// The body is not base64.
    #[error("the private key is damaged: its PEM block is not base64")]
    Encoding,
    /// The body is not such a key.
    #[error("the private key is not an RSA key of 2048 to 8192 bits, or it is damaged")]
    Key,
}

impl AppKey {
    /// Reads a key in PKCS#1 or PKCS#8, as PEM; newlines may be real, escaped (`\n`), or lost, and the whole may be
    /// base64 once more.
    ///
    /// GitHub hands keys out as PKCS#1. Environment variables are where newlines get lost, and secret managers where
    /// base64 is added.
    ///
    /// # Errors
    /// When `pem` is anything but one unencrypted private RSA key.
    pub fn from_pem(pem: &Secret) -> Result<Self, AppKeyError> {
        let (format, der) = pem::read(pem.expose())?;
        let key = match format {
            Format::Pkcs1 => RsaKeyPair::from_der(&der),
            Format::Pkcs8 => RsaKeyPair::from_pkcs8(&der),
        };
        key.map(Self).map_err(|_| AppKeyError::Key)
    }

    /// An RS256 signature (RFC 7518 §3.3).
    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SigningError)?;
        Ok(signature)
    }
}

impl Signer for AppKey {
    fn sign<'a>(&'a self, message: &'a [u8]) -> Signing<'a> {
        Box::pin(ready(self.signature(message)))
    }
}

impl fmt::Debug for AppKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppKey(…)")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    static PAIR: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

    static OTHER: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

    fn pkcs8() -> Vec<u8> {
        der(&PAIR)
    }

    fn der(pair: &RsaKeyPair) -> Vec<u8> {
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        der.as_ref().to_vec()
    }

    /// PKCS#8 is PKCS#1 behind 26 bytes that say "RSA" (for keys of this size).
    fn pkcs1() -> Vec<u8> {
        pkcs8()[26..].to_vec()
    }

    fn block(label: &str, der: &[u8], newline: &str) -> String {
        let body = STANDARD.encode(der);
        let lines: Vec<&str> =
            body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let lines = lines.join(newline);
        format!("-----BEGIN {label}-----{newline}{lines}{newline}-----END {label}-----{newline}")
    }

    /// A key for the tests of other files, and what verifies its signatures.
    pub(crate) fn example() -> (AppKey, UnparsedPublicKey<Vec<u8>>) {
        let key = AppKey::from_pem(&Secret::new(block("PRIVATE KEY", &pkcs8(), "\n"))).unwrap();
        let public = PAIR.public_key().as_ref().to_vec();
        (key, UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public))
    }

    /// Another key than that of [`example`].
    pub(crate) fn other() -> AppKey {
        AppKey::from_pem(&Secret::new(block("PRIVATE KEY", &der(&OTHER), "\n"))).unwrap()
    }

    fn read(pem: &str) -> Result<AppKey, AppKeyError> {
        AppKey::from_pem(&Secret::new(pem))
    }

    /// What configuration puts around a key.
    fn around(pem: &str) -> [String; 7] {
        let whole = STANDARD.encode(pem);
        let lines = whole.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap());
        [
            pem.to_owned(),
            format!("\"{pem}\""),
            format!("'{pem}' \t"),
            format!("\u{feff}  {}", pem.trim()),
            format!(" {whole}\n"),
            format!("\"{}\"", whole.trim_end_matches('=')),
            lines.collect::<Vec<_>>().join("\r\n"),
        ]
    }

    #[test]
    fn reads_both_formats_however_newlines_were_kept() {
        for (label, der) in [("RSA PRIVATE KEY", pkcs1()), ("PRIVATE KEY", pkcs8())] {
            for newline in ["\n", "\r\n", "\\n", "\\r\\n", "\\\\n", " ", "", "\n\n", "\t"] {
                let pem = block(label, &der, newline);
                for pem in around(&pem) {
                    let key = read(&pem).unwrap();
                    let signature = key.signature(b"message").unwrap();
                    assert!(example().1.verify(b"message", &signature).is_ok(), "{label} {newline:?}");
                }
            }
        }
    }

    #[test]
    fn says_what_is_wrong_with_another_text() {
        let good = block("PRIVATE KEY", &pkcs8(), "\n");
        let (cut, _) = good.rsplit_once("-----END").unwrap();
        for (pem, message) in [
            ("", "the private key is not PEM: expected `-----BEGIN RSA PRIVATE KEY-----` and so on"),
            (
                "/etc/app.pem",
                "the private key is not PEM: expected `-----BEGIN RSA PRIVATE KEY-----` and so on",
            ),
            // Base64, but of no PEM, or twice.
            (
                &STANDARD.encode("my-private-key"),
                "the private key is not PEM: expected `-----BEGIN RSA PRIVATE KEY-----` and so on",
            ),
            (
                &STANDARD.encode(STANDARD.encode(&good)),
                "the private key is not PEM: expected `-----BEGIN RSA PRIVATE KEY-----` and so on",
            ),
            (
                &STANDARD.encode(cut),
                "the private key is cut short: it has no line `-----END PRIVATE KEY-----`",
            ),
            (&good.repeat(2), "the private key is more than one PEM block: expected one"),
            (
                &block("CERTIFICATE", b"x", "\n"),
                "the PEM block is labelled `CERTIFICATE`: expected `RSA PRIVATE KEY` or `PRIVATE KEY`",
            ),
            (
                &block("OPENSSH PRIVATE KEY", b"x", "\n"),
                "the PEM block is labelled `OPENSSH PRIVATE KEY`: expected `RSA PRIVATE KEY` or `PRIVATE KEY`",
            ),
            (
                &block("ENCRYPTED PRIVATE KEY", b"x", "\n"),
                "the private key is encrypted: expected one without a passphrase",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nAAAA\n-----END RSA PRIVATE KEY-----",
                "the private key is encrypted: expected one without a passphrase",
            ),
            (cut, "the private key is cut short: it has no line `-----END PRIVATE KEY-----`"),
            (&good.replace('M', "*"), "the private key is damaged: its PEM block is not base64"),
            (
                &block("PRIVATE KEY", &pkcs1(), "\n"),
                "the private key is not an RSA key of 2048 to 8192 bits, or it is damaged",
            ),
            (
                &block("RSA PRIVATE KEY", &pkcs1()[..600], "\n"),
                "the private key is not an RSA key of 2048 to 8192 bits, or it is damaged",
            ),
        ] {
            assert_eq!(read(pem).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn nothing_of_the_key_is_printed() {
        assert_eq!(format!("{:?}", example().0), "AppKey(…)");
        // A key whose first line lost its dashes must not become the label that a message repeats.
        let broken = block("PRIVATE KEY", &pkcs8(), " ").replacen("KEY-----", "KEY", 1);
        assert_eq!(read(&broken).unwrap_err(), AppKeyError::NoPem);
    }
}
