//! What the issuer, the audience, the subject and the times must be.

use oidc::{Expectations, MAX_LIFETIME_SECONDS, VerifyError, verify};
use serde_json::{Value, json};

use crate::issuer::{
    AUDIENCE, FOREIGN, GENUINE, ISSUER, NOW, check, entry, expectations, header, key_set, keys, payload,
    payload_with, payload_without, sign,
};

fn check_payload(payload: &Value) -> Result<(), VerifyError> {
    check(&sign(&header(), payload)).map(drop)
}

fn check_at(now: u64, payload: &Value) -> Result<(), VerifyError> {
    verify(&sign(&header(), payload).parse().unwrap(), &keys(), &expectations(), now).map(drop)
}

fn check_expecting(change: impl FnOnce(&mut Expectations)) -> Result<(), VerifyError> {
    let mut expectations = expectations();
    change(&mut expectations);
    verify(&sign(&header(), &payload()).parse().unwrap(), &keys(), &expectations, NOW).map(drop)
}

#[test]
fn accepts_what_the_issuer_signed() {
    let verified = check(&sign(&header(), &payload())).unwrap();
    assert_eq!(verified.claims().sub(), "repo:octo-org/app:ref:refs/heads/main");
    assert_eq!(verified.repository().to_string(), "octo-org/app");
    assert_eq!((verified.jti(), verified.expires_at()), (Some("f5b7"), NOW + 300));
}

#[test]
fn refuses_another_issuer_whatever_it_signs() {
    for issuer in [
        "https://token.actions.githubusercontent.com/",
        "https://token.actions.githubusercontent.com/octo-org",
        "HTTPS://token.actions.githubusercontent.com",
        "https://attacker.example",
        // Prefixes and suffixes, another user, another port, a look-alike letter, and what a URL reader makes the same.
        "https://token.actions.githubusercontent.co",
        "https://token.actions.githubusercontent.com.attacker.example",
        "https://token.actions.githubusercontent.com@attacker.example",
        "https://attacker.example/https://token.actions.githubusercontent.com",
        "https://token.actions.githubusercontent.com:443",
        "https://token.actions.githubusercontent.com#",
        "https://token.actions.githubusercontent.com/../",
        "https://token.actions.gith\u{1d64}busercontent.com",
        "https://token.actions.githubusercontent.com\u{200b}",
        " https://token.actions.githubusercontent.com",
    ] {
        let error = check_payload(&payload_with("iss", json!(issuer))).unwrap_err();
        assert_eq!(error.to_string(), format!("the token's issuer is `{issuer}`: expected `{ISSUER}`"));
    }
}

#[test]
fn the_audience_may_be_one_of_several_on_either_side() {
    for audience in [json!(AUDIENCE), json!([AUDIENCE]), json!(["other", AUDIENCE])] {
        assert_eq!(check_payload(&payload_with("aud", audience.clone())), Ok(()), "{audience}");
    }
    assert_eq!(check_expecting(|expected| expected.audiences.insert(0, "other".into())), Ok(()));
}

#[test]
fn refuses_other_audiences_and_says_which() {
    for (audience, found) in [
        (json!("https://github.com/octo-org"), "`https://github.com/octo-org`"),
        (json!(["a", "b"]), "`a` or `b`"),
        (json!([]), "none"),
        (json!(""), "``"),
        (json!(AUDIENCE.to_uppercase()), "`ACCESS-TOKEN.OCTO-ORG.EXAMPLE`"),
        (json!(format!("{AUDIENCE} ")), "`access-token.octo-org.example `"),
    ] {
        let error = check_payload(&payload_with("aud", audience)).unwrap_err();
        assert_eq!(error.to_string(), format!("the token's audience is {found}: expected `{AUDIENCE}`"));
    }
    assert!(matches!(check_payload(&payload_without("aud")), Err(VerifyError::Audience { .. })));
    assert!(matches!(
        check_expecting(|expected| expected.audiences.clear()),
        Err(VerifyError::Audience { .. })
    ));
}

#[test]
fn refuses_audiences_of_another_type() {
    for audience in [json!(null), json!(1), json!({}), json!([AUDIENCE, 1]), json!([[AUDIENCE]])] {
        let error = check_payload(&payload_with("aud", audience)).unwrap_err();
        assert_eq!(error.to_string(), "the token's claim `aud` is not a string or an array of strings");
    }
}

#[test]
fn an_endless_audience_does_not_make_an_endless_message() {
    let message = |count: usize| {
        let many: Vec<String> = (0..count).map(|n| format!("a{n}")).collect();
        check_payload(&payload_with("aud", json!(many))).unwrap_err().to_string()
    };
    let first = "the token's audience is `a0` or `a1` or `a2` or `a3` or `a4`";
    assert_eq!(message(5), format!("{first}: expected `{AUDIENCE}`"));
    for more in [6, 500] {
        assert_eq!(message(more), format!("{first} or …: expected `{AUDIENCE}`"));
    }
}

#[test]
fn an_expired_token_has_a_minute_of_grace() {
    let at = |now| check_at(now, &payload());
    assert_eq!(at(NOW + 300), Ok(()));
    assert_eq!(at(NOW + 359), Ok(()));
    assert_eq!(at(NOW + 360).unwrap_err().to_string(), "the token expired 60 seconds ago");
    assert_eq!(at(u64::MAX), Err(VerifyError::Expired { seconds: u64::MAX - NOW - 300 }));
}

#[test]
fn an_early_token_has_a_minute_of_grace() {
    for claim in ["nbf", "iat"] {
        assert_eq!(check_payload(&payload_with(claim, json!(NOW + 60))), Ok(()));
        let error = check_payload(&payload_with(claim, json!(NOW + 61))).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the token is valid only 61 seconds from now (`{claim}`): compare the clocks")
        );
        assert_eq!(check_payload(&payload_without(claim)), Ok(()));
    }
}

#[test]
fn refuses_a_token_that_never_expires() {
    assert_eq!(check_payload(&payload_without("exp")), Err(VerifyError::NoExpiry));
}

#[test]
fn refuses_times_of_another_type() {
    for claim in ["exp", "nbf", "iat"] {
        for value in
            [json!(null), json!("1900000000"), json!(-1), json!(1.5), json!(1.9e9), json!([]), json!(true)]
        {
            let error = check_payload(&payload_with(claim, value.clone())).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("the token's claim `{claim}` is not a whole number of seconds"),
                "{value}"
            );
        }
    }
}

#[test]
fn refuses_a_token_that_hardly_ever_expires() {
    let lasting = |seconds: u64| check_payload(&payload_with("exp", json!(NOW + seconds)));
    assert_eq!(lasting(MAX_LIFETIME_SECONDS), Ok(()));
    assert_eq!(
        lasting(MAX_LIFETIME_SECONDS + 1).unwrap_err().to_string(),
        "the token expires only 86401 seconds from now: expected at most 86400"
    );
    let endless = check_payload(&payload_with("exp", json!(u64::MAX)));
    assert_eq!(endless, Err(VerifyError::TooLong { seconds: u64::MAX - NOW }));
    // Two to the power of 64 is no such number any more.
    let more = check_payload(&payload_with("exp", json!(18_446_744_073_709_551_616.0)));
    assert!(matches!(more, Err(VerifyError::Malformed { name: "exp", .. })));
}

#[test]
fn serves_only_the_allowed_subjects() {
    let allowing = |patterns: &[&str]| {
        check_expecting(|expected| {
            expected.subjects = patterns.iter().map(|pattern| pattern.parse().unwrap()).collect();
        })
    };
    assert_eq!(allowing(&[]), Ok(()));
    assert_eq!(allowing(&["repo:hubot/*", "REPO:octo-org/*"]), Ok(()));
    assert_eq!(
        allowing(&["repo:octo-org/app"]).unwrap_err().to_string(),
        "the token's subject `repo:octo-org/app:ref:refs/heads/main` is not among the allowed subjects"
    );
}

#[test]
fn refuses_claims_that_do_not_say_who_asks() {
    assert!(matches!(check_payload(&payload_without("sub")), Err(VerifyError::Claims(_))));
    let error = check_payload(&payload_with("repository_owner", json!("hubot"))).unwrap_err();
    assert_eq!(error.to_string(), "the claims `repository` and `repository_owner` disagree");
    assert!(matches!(
        check_payload(&payload_with("jti", json!(7))),
        Err(VerifyError::Malformed { name: "jti", .. })
    ));
}

#[test]
fn a_token_without_an_id_has_none() {
    assert_eq!(check(&sign(&header(), &payload_without("jti"))).unwrap().jti(), None);
}

#[test]
fn a_token_without_key_id_needs_an_issuer_with_one_key() {
    let token = sign(&json!({"alg": "RS256"}), &payload()).parse().unwrap();
    for kid in [Some("1"), None] {
        assert!(verify(&token, &key_set(&[entry(&GENUINE, kid)]), &expectations(), NOW).is_ok());
    }
    let two = key_set(&[entry(&GENUINE, Some("1")), entry(&FOREIGN, Some("2"))]);
    assert_eq!(verify(&token, &two, &expectations(), NOW).unwrap_err(), VerifyError::NoKeyId);
}

#[test]
fn an_issuer_may_use_a_key_id_twice() {
    let keys = key_set(&[entry(&FOREIGN, Some("1")), entry(&GENUINE, Some("1"))]);
    assert!(verify(&sign(&header(), &payload()).parse().unwrap(), &keys, &expectations(), NOW).is_ok());
}

#[test]
fn a_fingerprint_tells_tokens_apart() {
    let of = |payload: &Value| {
        let mut expectations = expectations();
        expectations.issuer = payload["iss"].as_str().unwrap().to_owned();
        let token = sign(&header(), payload).parse().unwrap();
        *verify(&token, &keys(), &expectations, NOW).unwrap().fingerprint()
    };
    let token = of(&payload());
    assert_eq!(of(&payload_with("ref", json!("refs/heads/other"))), token, "the id is the same");
    assert_ne!(of(&payload_with("jti", json!("f5b8"))), token);
    assert_ne!(of(&payload_with("iss", json!("https://issuer.example"))), token);
    // Without an id, all counts.
    for nameless in [payload_without("jti"), payload_with("jti", json!(""))] {
        assert_eq!(of(&nameless), of(&nameless));
        assert_ne!(of(&nameless), token);
        let mut later = nameless.clone();
        later["iat"] = json!(NOW - 1);
        assert_ne!(of(&later), of(&nameless));
    }
}
