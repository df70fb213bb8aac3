//! Any text as a token, and any as an issuer's keys: none of it is accepted, since nobody signed it. And any header and
//! payload, signed: what is accepted is what a slow reading of the contract accepts as well.
//!
//! The parts are a token and keys, or the word `signed`, a header and a payload.
#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use conformance::oracle::effective_subjects;
use fuzz::{first, parts};
use libfuzzer_sys::fuzz_target;
use oidc::{Expectations, KeySet, UnverifiedToken, verify};
use serde_json::{Map, Value, json};

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const AUDIENCE: &str = "https://broker.example";
const NOW: u64 = 1_790_000_000;
/// What the contract allows two clocks to differ by, and how far away the end of a token may be.
const LEEWAY: u64 = 60;
const LONGEST: u64 = 24 * 60 * 60;

fuzz_target!(|data: &[u8]| {
    let Some(parts) = parts(data) else { return };
    let [one, other, payload] = first(&parts);
    if one == "signed" {
        let (Some(token), Some(claims)) = (SIGNER.token(other, payload), claims(payload)) else { return };
        let is_accepted = verify(&token, &SIGNER.keys, &expectations(), NOW).is_ok();
        assert!(!is_accepted || is_sound(&claims), "accepted: {payload}");
    } else if let (Ok(token), Ok(keys)) = (one.parse(), KeySet::from_json(other.as_bytes())) {
        assert!(verify(&token, &keys, &expectations(), NOW).is_err());
    }
});

fn expectations() -> Expectations {
    Expectations { issuer: ISSUER.to_owned(), audiences: vec![AUDIENCE.to_owned()], subjects: Vec::new() }
}

fn claims(payload: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(payload).ok()
}

/// Whether a signed payload may be accepted, to be checked by eye.
fn is_sound(claims: &Map<String, Value>) -> bool {
    let time = |name: &str| claims.get(name).and_then(Value::as_u64);
    let is_past =
        |name: &str| !claims.contains_key(name) || time(name).is_some_and(|time| time <= NOW + LEEWAY);
    let audience = claims.get("aud");
    let for_us = |audience: &Value| audience == AUDIENCE;
    claims.get("iss").is_some_and(|issuer| issuer == ISSUER)
        && audience.is_some_and(|aud| for_us(aud) || aud.as_array().is_some_and(|all| all.iter().any(for_us)))
        && time("exp").is_some_and(|end| end > NOW - LEEWAY && end <= NOW + LONGEST)
        && is_past("nbf")
        && is_past("iat")
        && effective_subjects(claims).is_ok()
}

static SIGNER: LazyLock<Signer> = LazyLock::new(Signer::new);

/// An issuer with a key of its own, new in each run: no find depends on which one it is.
struct Signer {
    key: KeyPair,
    keys: KeySet,
}

impl Signer {
    fn new() -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
        let number = |bytes: &[u8]| BASE64.encode(bytes);
        let modulus = number(key.public_key().modulus().big_endian_without_leading_zero());
        let exponent = number(key.public_key().exponent().big_endian_without_leading_zero());
        let keys = json!({"keys": [
            {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "a", "n": modulus, "e": exponent},
        ]});
        Self { key, keys: KeySet::from_json(keys.to_string().as_bytes()).expect("a key set") }
    }

    /// A signed token, if it is one at all: what cannot be read is not worth a signature.
    fn token(&self, header: &str, payload: &str) -> Option<UnverifiedToken> {
        let signed = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
        format!("{signed}.AAAA").parse::<UnverifiedToken>().ok()?;
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).expect("a signature");
        format!("{signed}.{}", BASE64.encode(signature)).parse().ok()
    }
}
