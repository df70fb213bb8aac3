//! The OIDC issuer: where its keys are, and the keys.

use serde_json::json;

use super::Route;
use crate::answer::{Answer, Outcome};
use crate::incoming::Incoming;

pub(super) static CONFIGURATION: Route =
    Route::service("GET /oidc/.well-known/openid-configuration", configuration);

pub(super) static KEYS: Route = Route::service("GET /oidc/.well-known/jwks", keys);

/// OpenID Connect Discovery 1.0, with the members that GitHub's issuer has.
#[expect(clippy::unnecessary_wraps, reason = "all handlers have one shape")]
fn configuration(incoming: &Incoming) -> Outcome {
    let issuer = incoming.github.issuer();
    Ok(Answer::ok(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks"),
        "subject_types_supported": ["public", "pairwise"],
        "response_types_supported": ["id_token"],
        "claims_supported": [
            "sub", "aud", "exp", "iat", "iss", "jti", "nbf", "ref", "sha", "repository", "repository_id",
            "repository_owner", "repository_owner_id", "repository_visibility", "run_id", "run_number", "run_attempt",
            "actor", "actor_id", "workflow", "workflow_ref", "workflow_sha", "head_ref", "base_ref", "event_name",
            "ref_protected", "ref_type", "environment", "job_workflow_ref", "job_workflow_sha", "runner_environment",
        ],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
    })))
}

#[expect(clippy::unnecessary_wraps, reason = "all handlers have one shape")]
fn keys(incoming: &Incoming) -> Outcome {
    Ok(Answer::ok(json!({"keys": [incoming.github.keys.issuer.jwk()]})))
}
