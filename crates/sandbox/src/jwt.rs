//! JSON Web Tokens: made and checked with RS256 (RFC 7515, RFC 7518 §3.3).

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::error::Error;

/// What a token was found to say once its signature was right.
pub(crate) type Claims = Map<String, Value>;

/// Signs `claims` with RS256 under exactly this `header`, whatever the header says of itself.
pub(crate) fn sign_rs256(header: &Value, claims: &Value, key: &KeyPair) -> Result<String, Error> {
    let input = signing_input(header, claims);
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature)
        .map_err(|_| Error::Crypto("sign with RS256"))?;
    Ok(join(&input, &signature))
}

/// Signs with HMAC-SHA256, for a test of servers that would take a public key for a shared secret.
pub(crate) fn sign_hs256(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let input = signing_input(header, claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
    join(&input, tag.as_ref())
}

/// A token with an empty signature, for a test of servers that would accept it.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    join(&signing_input(header, claims), &[])
}

/// Checks an RS256 signature; `None` unless the token is well-formed, says `RS256` and is signed by this key.
pub(crate) fn verify_rs256(token: &str, modulus: &[u8], exponent: &[u8]) -> Option<Claims> {
    let (input, signature) = token.rsplit_once('.')?;
    let (header, claims) = input.split_once('.')?;
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    RsaPublicKeyComponents { n: modulus, e: exponent }
        .verify(&RSA_PKCS1_2048_8192_SHA256, input.as_bytes(), &signature)
        .ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

fn signing_input(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

fn join(input: &str, signature: &[u8]) -> String {
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}
