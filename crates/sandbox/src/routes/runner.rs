//! The runner's endpoint: gives a job an OIDC token for an audience of its choice.

use serde_json::json;

use super::Route;
use crate::answer::{Answer, Outcome, Problem};
use crate::incoming::Incoming;
use crate::jobs::id_token;

pub(super) static ID_TOKEN: Route = Route::service("GET /runner/idtoken/{job}", get);

fn get(incoming: &Incoming) -> Outcome {
    let credential = incoming.header("authorization").and_then(|header| header.split_once(' '));
    let token =
        credential.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let github = &incoming.github;
    let job = token.and_then(|token| github.jobs.find(incoming.parameter("job"), token));
    let job = job.ok_or_else(|| Problem::unauthorized("Unauthorized"))?;

    let audience = incoming.query("audience").filter(|audience| !audience.is_empty());
    let jwt = id_token(&job.claims, audience, github, incoming.now)?;
    Ok(Answer::ok(json!({"count": jwt.len(), "value": jwt})))
}
