//! The keys of the sandbox: the App's, the issuer's, and the one that secrets are sealed for.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::agreement;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::digest::{hex, sha256};
use crate::error::Error;

/// An RSA key that signs, with its public half at hand.
pub(crate) struct SigningKey {
    pub(crate) pair: KeyPair,
    /// PKCS#1 PEM, the form in which GitHub hands out the keys of Apps.
    pub(crate) pem: String,
    pub(crate) modulus: Vec<u8>,
    pub(crate) exponent: Vec<u8>,
    /// Names the key in a token's header.
    pub(crate) kid: String,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Makes a new RSA key of 2048 bits.
    pub(crate) fn generate() -> Result<Self, Error> {
        let failed = |_| Error::Crypto("make an RSA key");
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
        let pkcs1 = pkcs8.as_ref().get(PKCS8_HEADER..).ok_or(Error::Crypto("encode an RSA key"))?;
        let pem = pem("RSA PRIVATE KEY", pkcs1);
        Ok(Self::of(pair, pem))
    }

    /// Reads the key in `directory/name`, or makes one and keeps it there, readable by its owner only.
    pub(crate) fn kept(directory: &Path, name: &str) -> Result<Self, Error> {
        let path = directory.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Self::from_pem(&text).ok_or(Error::Key { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = Self::generate()?;
                write_private(&path, &key.pem).map_err(|source| Error::State { path, source })?;
                Ok(key)
            }
            Err(source) => Err(Error::State { path, source }),
        }
    }

    fn from_pem(text: &str) -> Option<Self> {
        let base64: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(base64.trim()).ok()?;
        let pair = KeyPair::from_der(&der).or_else(|_| KeyPair::from_pkcs8(&der)).ok()?;
        Some(Self::of(pair, text.to_owned()))
    }

    fn of(pair: KeyPair, pem: String) -> Self {
        let public = pair.public_key();
        let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
        let exponent = public.exponent().big_endian_without_leading_zero().to_vec();
        let kid = hex(&sha256(public.as_ref())).chars().take(40).collect();
        Self { pair, pem, modulus, exponent, kid }
    }

    /// The public half as a JSON Web Key (RFC 7517).
    pub(crate) fn jwk(&self) -> Value {
        json!({
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": self.kid,
            "n": URL_SAFE_NO_PAD.encode(&self.modulus),
            "e": URL_SAFE_NO_PAD.encode(&self.exponent),
        })
    }

    /// The public half in PKCS#1 PEM.
    pub(crate) fn public_pem(&self) -> String {
        pem("RSA PUBLIC KEY", self.pair.public_key().as_ref())
    }
}

/// Everything that signs or unseals in one sandbox.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) app: SigningKey,
    pub(crate) issuer: SigningKey,
    /// The public X25519 key that clients seal secrets for.
    pub(crate) sealing: Vec<u8>,
}

impl Keys {
    /// Makes new keys, or keeps them in the directory `state` from one run to the next.
    pub(crate) fn prepare(state: Option<&Path>) -> Result<Self, Error> {
        let failed = |_| Error::Crypto("make an X25519 key");
        let sealing = agreement::PrivateKey::generate(&agreement::X25519).map_err(failed)?;
        let sealing = sealing.compute_public_key().map_err(failed)?.as_ref().to_vec();
        let (app, issuer) = match state {
            None => (SigningKey::generate()?, SigningKey::generate()?),
            Some(directory) => {
                create_private_directory(directory)
                    .map_err(|source| Error::State { path: directory.to_owned(), source })?;
                (SigningKey::kept(directory, APP_KEY_FILE)?, SigningKey::kept(directory, "issuer.pem")?)
            }
        };
        Ok(Self { app, issuer, sealing })
    }
}

/// Where the App's private key lies in a state directory.
pub(crate) fn app_key_file(state: &Path) -> PathBuf {
    state.join(APP_KEY_FILE)
}

/// Makes a directory (and its parents) that only its owner may enter; one that exists stays as it is.
pub(crate) fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, character) in STANDARD.encode(der).chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}

const APP_KEY_FILE: &str = "app.pem";

/// Bytes before the PKCS#1 key in the PKCS#8 form of an RSA key of 2048 bits (RFC 5208 §5): the outer sequence (4), the version (3),
/// the algorithm (15) and the head of the octet string (4).
const PKCS8_HEADER: usize = 26;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_can_be_read_back_from_its_pem() {
        let key = SigningKey::generate().unwrap();
        assert!(key.pem.starts_with("-----BEGIN RSA PRIVATE KEY-----\nMII"));
        let again = SigningKey::from_pem(&key.pem).unwrap();
        assert_eq!(again.kid, key.kid);
    }

    #[test]
    fn debug_shows_no_private_key() {
        let shown = format!("{:?}", SigningKey::generate().unwrap());
        assert!(shown.starts_with("SigningKey { kid:"));
        assert!(shown.len() < 100, "`{shown}`");
    }
}
