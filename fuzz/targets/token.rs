//! Any text as a token, and any as an issuer's keys: none of it is accepted, since nobody signed it.
#![no_main]

use fuzz::{first, parts};
use libfuzzer_sys::fuzz_target;
use oidc::{Expectations, KeySet, UnverifiedToken, verify};

fuzz_target!(|data: &[u8]| {
    let Some(parts) = parts(data) else { return };
    let [token, keys] = first(&parts);
    let keys = KeySet::from_json(keys.as_bytes());
    let (Ok(token), Ok(keys)) = (token.parse::<UnverifiedToken>(), keys) else { return };
    let expectations = Expectations {
        issuer: "https://token.actions.githubusercontent.com".to_owned(),
        audiences: vec!["https://broker.example".to_owned()],
        subjects: Vec::new(),
    };
    assert!(verify(&token, &keys, &expectations, 1_790_000_000).is_err());
});
