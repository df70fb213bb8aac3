//! The Actions secrets of a repository: the key to seal them for, and putting one.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Route;
use crate::access::Call;
use crate::answer::{Answer, Outcome, Problem};
use crate::digest::stable_id;
use crate::permissions::Level;
use crate::secrets::Kept;

pub(super) static PUBLIC_KEY: Route = Route::rest(
    "GET /repos/{owner}/{repo}/actions/secrets/public-key",
    "https://docs.github.com/rest/actions/secrets#get-a-repository-public-key",
    public_key,
)
.permissions("secrets=read");

pub(super) static PUT: Route = Route::rest(
    "PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}",
    "https://docs.github.com/rest/actions/secrets#create-or-update-a-repository-secret",
    put,
)
.permissions("secrets=write");

fn public_key(call: &Call<'_>) -> Outcome {
    call.find()?.require("secrets", Level::Read)?;
    let key = STANDARD.encode(&call.github().keys.sealing);
    Ok(Answer::ok(json!({"key_id": key_id(call), "key": key})))
}

fn put(call: &Call<'_>) -> Outcome {
    let found = call.find()?;
    found.require("secrets", Level::Write)?;
    let name = call.parameter("secret_name");
    check_name(name)?;
    let body = call.incoming.object()?;
    for key in ["encrypted_value", "key_id"] {
        match body.get(key) {
            Some(Value::String(_)) => {}
            None | Some(Value::Null) => {
                return Err(Problem::invalid_request(&format!("\"{key}\" wasn't supplied.")));
            }
            Some(other) => {
                return Err(Problem::invalid_request(&format!(
                    "For 'properties/{key}', {other} is not a string."
                )));
            }
        }
    }
    let field = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let sealed = STANDARD.decode(field("encrypted_value")).unwrap_or_default();
    if field("key_id") != key_id(call) || sealed.len() < SHORTEST_SEALED_BOX {
        return Err(Problem::unprocessable(
            "Bad request - the secret is not encrypted with this repository's key",
        ));
    }
    match call.github().secrets.put(found.home.id(), name) {
        Kept::New => Ok(Answer::json(StatusCode::CREATED, json!({}))),
        Kept::Replaced => Ok(Answer::empty(StatusCode::NO_CONTENT)),
        Kept::Full => {
            Err(Problem::new(StatusCode::INSUFFICIENT_STORAGE, "sandbox: too many secrets were put"))
        }
    }
}

/// The rules of GitHub's page "Using secrets in GitHub Actions".
fn check_name(name: &str) -> Result<(), Problem> {
    let legal = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    if !legal || name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(Problem::unprocessable(
            "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces are not \
             allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).",
        ));
    }
    if name.to_ascii_uppercase().starts_with("GITHUB_") {
        return Err(Problem::unprocessable("Secret names must not start with GITHUB_."));
    }
    Ok(())
}

fn key_id(call: &Call<'_>) -> String {
    stable_id(&STANDARD.encode(&call.github().keys.sealing)).to_string()
}

/// A sealed box of libsodium has 32 bytes of key and 16 of authentication in front of the text.
const SHORTEST_SEALED_BOX: usize = 48;
