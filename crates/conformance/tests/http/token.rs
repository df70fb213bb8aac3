//! OIDC tokens, sound and otherwise.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use conformance::case::{Signature, Token, merge};
use serde_json::{Value, json};

use crate::stage::{AUDIENCE, Stage};

/// Every token has an id of its own, as GitHub's have.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A sound token of the caller with these claims.
pub(crate) async fn sound(stage: &Stage, claims: &Value) -> String {
    made(stage, None, claims, &Token::default()).await
}

/// A token as a case orders it; `stranger` is another issuer, for signatures of somebody else.
pub(crate) async fn made(stage: &Stage, stranger: Option<&Stage>, claims: &Value, order: &Token) -> String {
    let claims = merge(all_claims(stage, claims), Value::Object(order.claims.clone()));
    let claims = with_values(&claims, &all_claims(stage, &json!({})));
    let header = Value::Object(order.header.clone());
    match order.signature {
        Signature::Sound => stage.sign(&header, &claims).await,
        Signature::Foreign => {
            let stranger = stranger.expect("a stranger to sign");
            stranger.sign(&merge(json!({"kid": stage.key_id().await}), header), &claims).await
        }
        Signature::Spoiled => spoil(&stage.sign(&header, &claims).await),
    }
}

/// The claims of a caller, with those that make a token of them.
pub(crate) fn all_claims(stage: &Stage, claims: &Value) -> Value {
    let now = unix_now();
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let mut all = json!({
        "iss": stage.sandbox.issuer(), "aud": AUDIENCE, "jti": format!("0f3b1b6e-{id}"),
        "iat": now, "nbf": now, "exp": now + 300,
    });
    for (name, value) in claims.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    all
}

pub(crate) fn unix_now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// Puts the values in place that depend on the time or on a sound token.
fn with_values(claims: &Value, sound: &Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in claims.as_object_mut().unwrap() {
        if let Some(seconds) = value["seconds_from_now"].as_i64() {
            *value = json!(unix_now() + seconds);
        } else if let Some(text) = value["append"].as_str() {
            *value = json!(format!("{}{text}", sound[name].as_str().unwrap()));
        }
    }
    claims
}

/// Changes a character in the middle of the signature, so that it stays well-formed.
fn spoil(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (before, after) = signature.split_at(100);
    let (first, rest) = after.split_at(1);
    let other = if first == "A" { "B" } else { "A" };
    format!("{signed}.{before}{other}{rest}")
}
