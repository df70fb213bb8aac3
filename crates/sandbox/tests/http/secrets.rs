//! Secrets of a repository.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::bench::Bench;

const PUBLIC_KEY: &str = "/repos/octo-org/website/actions/secrets/public-key";
const DEPLOY_KEY: &str = "/repos/octo-org/website/actions/secrets/DEPLOY_KEY";

/// A body that is good but for these fields.
async fn body(bench: &Bench, token: &str, more: Value) -> Value {
    let key = bench.get(PUBLIC_KEY, token).await.json();
    let mut body = json!({"key_id": key["key_id"], "encrypted_value": STANDARD.encode([7; 60])});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn the_public_key_has_32_bytes() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"secrets": "read"})).await;
    let key = bench.get(PUBLIC_KEY, &token).await.json();
    assert_eq!(STANDARD.decode(key["key"].as_str().unwrap()).unwrap().len(), 32);
    assert!(key["key_id"].is_string());
}

#[tokio::test]
async fn a_secret_is_created_then_updated() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"secrets": "write"})).await;
    let body = body(&bench, &token, json!({})).await;
    let created = bench.put(DEPLOY_KEY, &token, &body).await;
    assert_eq!((created.status.as_u16(), created.text.as_str()), (201, "{}"));
    let updated = bench.put(&DEPLOY_KEY.to_lowercase().replace("octo-org", "Octo-Org"), &token, &body).await;
    assert_eq!((updated.status.as_u16(), updated.text.as_str()), (204, ""));
}

#[tokio::test]
async fn reading_the_key_is_not_enough_to_put() {
    let bench = Bench::start().await;
    let reader = bench.token_for(&["website"], json!({"secrets": "read"})).await;
    let body = body(&bench, &reader, json!({})).await;
    let expected = (403, "Resource not accessible by integration".to_owned());
    assert_eq!(bench.put(DEPLOY_KEY, &reader, &body).await.refusal(), expected);
    let stranger = bench.token_for(&["website"], json!({"contents": "write"})).await;
    assert_eq!(bench.get(PUBLIC_KEY, &stranger).await.refusal(), expected);
    let elsewhere = bench.token_for(&["docs"], json!({"secrets": "write"})).await;
    assert_eq!(bench.put(DEPLOY_KEY, &elsewhere, &body).await.refusal(), (404, "Not Found".into()));
}

#[tokio::test]
async fn refuses_what_is_not_sealed_for_this_key() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"secrets": "write"})).await;
    for (more, message) in [
        (json!({"key_id": null}), "Invalid request.\n\n\"key_id\" wasn't supplied."),
        (json!({"encrypted_value": null}), "Invalid request.\n\n\"encrypted_value\" wasn't supplied."),
        (json!({"key_id": 1}), "Invalid request.\n\nFor 'properties/key_id', 1 is not a string."),
        (json!({"key_id": "1"}), "Bad request - the secret is not encrypted with this repository's key"),
        (
            json!({"encrypted_value": "plain text"}),
            "Bad request - the secret is not encrypted with this repository's key",
        ),
        (
            json!({"encrypted_value": "c2hvcnQ="}),
            "Bad request - the secret is not encrypted with this repository's key",
        ),
    ] {
        let body = body(&bench, &token, more).await;
        assert_eq!(bench.put(DEPLOY_KEY, &token, &body).await.refusal(), (422, message.into()));
    }
}

#[tokio::test]
async fn refuses_names_that_secrets_cannot_have() {
    let bench = Bench::start().await;
    let token = bench.token_for(&["website"], json!({"secrets": "write"})).await;
    let body = body(&bench, &token, json!({})).await;
    for name in ["1ST", "DEPLOY-KEY", "GITHUB_TOKEN", "github_x", "%20"] {
        let path = format!("/repos/octo-org/website/actions/secrets/{name}");
        let (status, message) = bench.put(&path, &token, &body).await.refusal();
        assert_eq!(status, 422, "{name}");
        assert!(message.starts_with("Secret names "), "{message}");
    }
}
