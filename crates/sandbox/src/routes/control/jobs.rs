//! `/sandbox/jobs` starts a workflow job; `/sandbox/id-tokens` gives many OIDC tokens at once, for load; `/sandbox/sign` signs anything
//! at all, for tests of bad tokens.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Outcome, Problem};
use crate::incoming::Incoming;
use crate::jobs::{defaults, id_token, merge};
use crate::jwt::{sign_hs256, sign_rs256, unsigned};
use crate::routes::Route;

pub(in crate::routes) static POST_JOBS: Route = Route::control("POST /sandbox/jobs", start);

pub(in crate::routes) static POST_ID_TOKENS: Route = Route::control("POST /sandbox/id-tokens", id_tokens);

pub(in crate::routes) static POST_SIGN: Route = Route::control("POST /sandbox/sign", sign);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartOrder {
    #[serde(default)]
    claims: Map<String, Value>,
}

fn start(incoming: &Incoming) -> Outcome {
    let StartOrder { claims } = incoming.order()?;
    let world = incoming.github.worlds.now()?;
    let (id, token) = incoming.github.jobs.start(defaults(&claims, &world))?;
    let url = format!("{}/runner/idtoken/{id}?api-version=2.0", incoming.github.url);
    Ok(Answer::json(StatusCode::CREATED, json!({"request_url": url, "request_token": token})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokensOrder {
    #[serde(default)]
    claims: Map<String, Value>,
    audience: Option<String>,
    count: usize,
}

/// As many OIDC tokens as a job with these claims would get, one after another; each has its own `jti`.
fn id_tokens(incoming: &Incoming) -> Outcome {
    let TokensOrder { claims, audience, count } = incoming.order()?;
    if count > TOKENS_LIMIT {
        let message = format!("sandbox: expected a count of at most {TOKENS_LIMIT}, found {count}");
        return Err(Problem::new(StatusCode::BAD_REQUEST, message));
    }
    let github = &incoming.github;
    let claims = defaults(&claims, &*github.worlds.now()?);
    let token = |_| id_token(&claims, audience.as_deref(), github, incoming.now);
    let values = (0..count).map(token).collect::<Result<Vec<_>, _>>()?;
    Ok(Answer::ok(json!({"values": values})))
}

/// How many OIDC tokens one order may be for; signing them takes about a quarter of a second.
const TOKENS_LIMIT: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignOrder {
    #[serde(default)]
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

/// Signs with RS256, whatever the header says, except for two algorithms that attackers use: `none` and `HS256`, whose shared secret
/// is the PEM of the public key.
fn sign(incoming: &Incoming) -> Outcome {
    let SignOrder { header: over, claims } = incoming.order()?;
    let key = &incoming.github.keys.issuer;
    let mut header = Map::new();
    header.insert("typ".into(), "JWT".into());
    header.insert("alg".into(), "RS256".into());
    header.insert("kid".into(), key.kid.clone().into());
    merge(&mut header, &over);
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let (header, claims) = (Value::Object(header), Value::Object(claims));
    let jwt = match algorithm.as_str() {
        "none" => unsigned(&header, &claims),
        "hs256" => sign_hs256(&header, &claims, key.public_pem().as_bytes()),
        _ => sign_rs256(&header, &claims, &key.pair)?,
    };
    Ok(Answer::ok(json!({"value": jwt})))
}
