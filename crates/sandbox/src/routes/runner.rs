//! The runner's endpoint: gives a job an OIDC token for an audience of its choice.

use serde_json::{Map, Value, json};

use super::Route;
use crate::answer::{Answer, Outcome, Problem};
use crate::incoming::Incoming;
use crate::jobs::{default_audience, merge};
use crate::jwt::sign_rs256;
use crate::random;

pub(super) static ID_TOKEN: Route = Route::service("GET /runner/idtoken/{job}", id_token);

fn id_token(incoming: &Incoming) -> Outcome {
    let credential = incoming.header("authorization").and_then(|header| header.split_once(' '));
    let token =
        credential.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let github = &incoming.github;
    let job = token.and_then(|token| github.jobs.find(incoming.parameter("job"), token));
    let job = job.ok_or_else(|| Problem::unauthorized("Unauthorized"))?;

    let audience = incoming.query("audience").filter(|audience| !audience.is_empty());
    let mut claims = Map::new();
    claims.insert("jti".into(), random::uuid()?.into());
    claims.insert("iss".into(), github.issuer().into());
    claims.insert("aud".into(), audience.map_or_else(|| default_audience(&job.claims), str::to_owned).into());
    claims.insert("iat".into(), incoming.now.into());
    claims.insert("nbf".into(), incoming.now.into());
    claims.insert("exp".into(), (incoming.now + LIFETIME).into());
    merge(&mut claims, &job.claims);
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": github.keys.issuer.kid});
    let jwt = sign_rs256(&header, &Value::Object(claims), &github.keys.issuer.pair)?;
    Ok(Answer::ok(json!({"count": jwt.len(), "value": jwt})))
}

/// Seconds that an OIDC token of a job lives.
const LIFETIME: i64 = 300;
