//! Tokens that somebody else than the issuer made, or bent.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oidc::{TokenError, UnverifiedToken, VerifyError, verify};
use serde_json::{Value, json};

use crate::issuer::{
    FOREIGN, GENUINE, NOW, check, entry, expectations, header, key_set, keys, payload, payload_with,
    public_key_der, sign, sign_text, signed_part,
};

fn refused(token: &str) -> TokenError {
    token.parse::<UnverifiedToken>().unwrap_err()
}

fn header_with(name: &str, value: Value) -> Value {
    let mut header = header();
    header[name] = value;
    header
}

#[test]
fn refuses_an_unsigned_token() {
    let signed = signed_part(r#"{"alg":"none","kid":"1"}"#, &payload().to_string());
    assert_eq!(refused(&format!("{signed}.")), TokenError::Form);
    assert_eq!(refused(&format!("{signed}.AAAA")), TokenError::Algorithm("none".to_owned()));
    let signed = signed_part(&header().to_string(), &payload().to_string());
    assert_eq!(refused(&format!("{signed}.")), TokenError::Form);
    assert_eq!(check(&format!("{signed}.AAAA")).unwrap_err(), VerifyError::Signature);
}

#[test]
fn refuses_the_public_key_as_a_shared_secret() {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &public_key_der());
    for (algorithm, expected) in [("HS256", Some(TokenError::Algorithm("HS256".to_owned()))), ("RS256", None)]
    {
        let header = header_with("alg", json!(algorithm)).to_string();
        let signed = signed_part(&header, &payload().to_string());
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
        let token = format!("{signed}.{signature}");
        match expected {
            Some(error) => assert_eq!(refused(&token), error),
            None => assert_eq!(check(&token).unwrap_err(), VerifyError::Signature),
        }
    }
}

#[test]
fn refuses_another_key_under_the_same_id() {
    let token = sign_text(&header().to_string(), &payload().to_string(), &FOREIGN, &RSA_PKCS1_SHA256);
    assert_eq!(check(&token).unwrap_err(), VerifyError::Signature);
}

#[test]
fn a_key_that_the_issuer_does_not_publish_is_told_apart() {
    let token = sign(&header_with("kid", json!("2")), &payload());
    let error = check(&token).unwrap_err();
    assert_eq!(error, VerifyError::UnknownKey("2".to_owned()));
    assert_eq!(error.to_string(), "the token's key `2` is not among the issuer's keys");
}

#[test]
fn a_token_signed_by_another_of_the_issuers_keys_needs_that_ones_id() {
    let both = key_set(&[entry(&GENUINE, Some("1")), entry(&FOREIGN, Some("2"))]);
    let token = sign(&header_with("kid", json!("2")), &payload()).parse().unwrap();
    assert_eq!(verify(&token, &both, &expectations(), NOW).unwrap_err(), VerifyError::Signature);
}

#[test]
fn keys_that_the_token_brings_along_count_for_nothing() {
    let own = entry(&FOREIGN, Some("1"));
    for (name, value) in [
        ("jwk", own.clone()),
        ("jku", json!("https://attacker.example/jwks")),
        ("x5u", json!("https://attacker.example/cert")),
        ("x5c", json!(["MIIB"])),
    ] {
        let header = header_with(name, value);
        let forged = sign_text(&header.to_string(), &payload().to_string(), &FOREIGN, &RSA_PKCS1_SHA256);
        assert_eq!(check(&forged).unwrap_err(), VerifyError::Signature, "{name}");
        // They do no harm either: the issuer's own key decides.
        assert!(check(&sign(&header, &payload())).is_ok(), "{name}");
    }
}

#[test]
fn refuses_another_padding_or_digest_under_the_name_rs256() {
    for padding in [&RSA_PSS_SHA256, &RSA_PKCS1_SHA512] as [&'static dyn aws_lc_rs::signature::RsaEncoding; 2]
    {
        let token = sign_text(&header().to_string(), &payload().to_string(), &GENUINE, padding);
        assert_eq!(check(&token).unwrap_err(), VerifyError::Signature);
    }
}

#[test]
fn refuses_a_payload_that_was_exchanged() {
    let good = sign(&header(), &payload());
    let signature = good.rsplit_once('.').unwrap().1;
    let other = payload_with("sub", json!("repo:octo-org/app:environment:production"));
    let bent = format!("{}.{signature}", signed_part(&header().to_string(), &other.to_string()));
    assert_eq!(check(&bent).unwrap_err(), VerifyError::Signature);
}

#[test]
fn refuses_every_token_with_one_letter_changed() {
    let good = sign(&header(), &payload());
    for at in 0..good.len() {
        let mut bent = good.clone().into_bytes();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        let bent = String::from_utf8(bent).unwrap();
        let accepted = bent
            .parse::<UnverifiedToken>()
            .is_ok_and(|token| verify(&token, &keys(), &expectations(), NOW).is_ok());
        assert!(!accepted, "letter {at}");
    }
}

#[test]
fn refuses_a_signature_of_another_length() {
    let good = sign(&header(), &payload());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    let padded: Vec<u8> = [0].into_iter().chain(bytes.iter().copied()).collect();
    for other in [&bytes[1..], &bytes[..255], &longer, &padded] {
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(other));
        assert_eq!(check(&token).unwrap_err(), VerifyError::Signature);
    }
}

#[test]
fn refuses_duplicate_claims_even_when_they_are_signed() {
    let text = payload().to_string();
    let twice = text.replacen('{', r#"{"sub":"repo:octo-org/admin:ref:refs/heads/main","#, 1);
    let token = sign_text(&header().to_string(), &twice, &GENUINE, &RSA_PKCS1_SHA256);
    assert_eq!(refused(&token), TokenError::Json("payload"));
    let token = sign_text(r#"{"alg":"none","alg":"RS256","kid":"1"}"#, &text, &GENUINE, &RSA_PKCS1_SHA256);
    assert_eq!(refused(&token), TokenError::Json("header"));
}

#[test]
fn refuses_trailing_data_and_padding() {
    let good = sign(&header(), &payload());
    assert!(check(&good).is_ok());
    for (token, error) in [
        (format!("{good}="), TokenError::Encoding("signature")),
        (format!("{good}=="), TokenError::Encoding("signature")),
        (format!("{good}\n"), TokenError::Encoding("signature")),
        (format!("{good}.AAAA"), TokenError::Form),
        (format!("{good}."), TokenError::Form),
        (format!("{good},{good}"), TokenError::Form),
        (format!("{good}{}", "A".repeat(20_000)), TokenError::TooLong),
    ] {
        assert_eq!(refused(&token), error);
    }
    let trailing = format!("{} {{}}", payload());
    let token = sign_text(&header().to_string(), &trailing, &GENUINE, &RSA_PKCS1_SHA256);
    assert_eq!(refused(&token), TokenError::Json("payload"));
}

#[test]
fn refuses_a_second_spelling_of_a_good_signature() {
    // 256 bytes leave four spare bits in the last letter: fifteen other letters decode to the same bytes
    // wherever a decoder is lax, and would let one token pass for many.
    let good = sign(&header(), &payload());
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (start, last) = good.split_at(good.len() - 1);
    for letter in letters.chars().filter(|letter| last != letter.to_string()) {
        let accepted = format!("{start}{letter}")
            .parse::<UnverifiedToken>()
            .is_ok_and(|token| verify(&token, &keys(), &expectations(), NOW).is_ok());
        assert!(!accepted, "{letter}");
    }
}

#[test]
fn refuses_an_encrypted_token() {
    // Five parts (RFC 7516 §3.1), and three that say that they are encrypted.
    let five = ["eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ", "AAAA", "AAAA", "AAAA", "AAAA"].join(".");
    assert_eq!(refused(&five), TokenError::Form);
    let header = header_with("alg", json!("RSA-OAEP")).to_string();
    let three = sign_text(&header, &payload().to_string(), &GENUINE, &RSA_PKCS1_SHA256);
    assert_eq!(refused(&three), TokenError::Algorithm("RSA-OAEP".to_owned()));
}

#[test]
fn refuses_a_token_within_a_token() {
    // RFC 7519 §5.2: the payload is another token.
    let header = header_with("cty", json!("JWT")).to_string();
    let nested = sign_text(&header, &sign(&self::header(), &payload()), &GENUINE, &RSA_PKCS1_SHA256);
    assert_eq!(refused(&nested), TokenError::Json("payload"));
}

#[test]
fn refuses_what_was_signed_for_another_purpose() {
    let token = sign(&header_with("typ", json!("at+jwt")), &payload());
    assert_eq!(refused(&token), TokenError::Type("at+jwt".to_owned()));
}

#[test]
fn refuses_an_unencoded_payload() {
    // RFC 7797: with `b64: false` the payload would be signed as it is. Without `crit` it must not count at all.
    let header = header_with("b64", json!(false)).to_string();
    let unencoded = format!("{}.{}", URL_SAFE_NO_PAD.encode(&header), payload());
    assert!(format!("{unencoded}.AAAA").parse::<UnverifiedToken>().is_err());
    assert!(check(&sign_text(&header, &payload().to_string(), &GENUINE, &RSA_PKCS1_SHA256)).is_ok());
}

#[test]
fn no_message_repeats_the_token() {
    let good = sign(&header_with("kid", json!("2")), &payload());
    let [header, payload, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let token: UnverifiedToken = good.parse().unwrap();
    let error = verify(&token, &keys(), &expectations(), NOW).unwrap_err();
    for text in [format!("{token:?}"), error.to_string(), format!("{error:?}")] {
        for part in [header, payload, signature] {
            assert!(!text.contains(part), "{text}");
        }
    }
}
