//! An issuer with keys of its own, made for each test run.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaEncoding, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc::{Expectations, KeySet, UnverifiedToken, VerifiedClaims, VerifyError, verify};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";
pub(crate) const AUDIENCE: &str = "access-token.octo-org.example";
pub(crate) const NOW: u64 = 1_800_000_000;

/// The issuer's key and one that it does not have. Making a key takes a moment, so there are only these.
pub(crate) static GENUINE: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
pub(crate) static FOREIGN: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

pub(crate) fn header() -> Value {
    json!({"alg": "RS256", "kid": "1", "typ": "JWT"})
}

pub(crate) fn payload() -> Value {
    json!({
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "repo:octo-org/app:ref:refs/heads/main",
        "repository": "octo-org/app",
        "repository_owner": "octo-org",
        "jti": "f5b7",
        "iat": NOW - 5,
        "nbf": NOW - 5,
        "exp": NOW + 300,
    })
}

/// The payload with one claim changed.
pub(crate) fn payload_with(name: &str, value: Value) -> Value {
    let mut payload = payload();
    payload[name] = value;
    payload
}

/// The payload with one claim missing.
pub(crate) fn payload_without(name: &str) -> Value {
    let mut payload = payload();
    payload.as_object_mut().unwrap().remove(name);
    payload
}

pub(crate) fn signed_part(header: &str, payload: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload))
}

/// A token whose RSA signature is right for that key, whatever header and payload say.
pub(crate) fn sign_text(
    header: &str,
    payload: &str,
    key: &RsaKeyPair,
    padding: &'static dyn RsaEncoding,
) -> String {
    let signed = signed_part(header, payload);
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(crate) fn sign(header: &Value, payload: &Value) -> String {
    sign_text(&header.to_string(), &payload.to_string(), &GENUINE, &RSA_PKCS1_SHA256)
}

pub(crate) fn entry(key: &RsaKeyPair, kid: Option<&str>) -> Value {
    let public = key.public_key();
    json!({
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
        "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
    })
}

pub(crate) fn key_set(entries: &[Value]) -> KeySet {
    KeySet::from_json(json!({ "keys": entries }).to_string().as_bytes()).unwrap()
}

pub(crate) fn keys() -> KeySet {
    key_set(&[entry(&GENUINE, Some("1"))])
}

pub(crate) fn public_key_der() -> Vec<u8> {
    let der: PublicKeyX509Der<'_> = GENUINE.public_key().as_der().unwrap();
    der.as_ref().to_vec()
}

pub(crate) fn expectations() -> Expectations {
    Expectations { issuer: ISSUER.to_owned(), audiences: vec![AUDIENCE.to_owned()], subjects: vec![] }
}

/// What becomes of a token that is well-formed.
pub(crate) fn check(token: &str) -> Result<VerifiedClaims, VerifyError> {
    verify(&token.parse::<UnverifiedToken>().unwrap(), &keys(), &expectations(), NOW)
}
