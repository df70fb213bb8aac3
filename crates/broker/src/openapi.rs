//! The description of the HTTP interface: OpenAPI 3.1.
//!
//! The schemas come from the types of requests and answers, by `schemars`: what OpenAPI 3.1 calls a schema is JSON
//! Schema 2020-12, which that crate writes, following the attributes of `serde`. The routes are few, and stand here.

mod errors;
pub(crate) mod shapes;

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use self::shapes::TokenRequestBody;
use crate::exchange::{TokenAnswer, WouldGrant};
use crate::failure::ErrorBody;

/// The document; it is always the same.
pub(crate) static DOCUMENT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document()));

const DESCRIPTION: &str = "Trades a GitHub Actions OIDC token for a least-privilege GitHub token.";

fn document() -> Value {
    let mut schemas = Schemas::new();
    let token_request = schemas.of_requests::<TokenRequestBody>();
    let token_answer = schemas.of_answers::<TokenAnswer<'_>>();
    let would_grant = schemas.of_answers::<WouldGrant<'_>>();
    let error = schemas.of_answers::<ErrorBody<'_>>();
    let responses = errors::responses(&error);
    let mut of_access_tokens = Map::from_iter([(
        "200".to_owned(),
        json!({
            "description": "a token; for a dry run, that it would be granted",
            "headers": {"x-request-id": request_id_header()},
            "content": {"application/json": {
                "schema": {"oneOf": [token_answer, would_grant]},
                "examples": {"token": {"value": token_example()}, "dry run": {"value": would_grant_example()}},
            }},
        }),
    )]);
    for status in responses.keys().filter(|status| !["404", "405"].contains(&status.as_str())) {
        of_access_tokens.insert(status.clone(), json!({"$ref": format!("#/components/responses/{status}")}));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "access-token",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": {
            "/access_tokens": {"post": {
                "operationId": "createAccessToken",
                "summary": "Ask for a token",
                "security": [{"oidc": []}],
                "parameters": [parameter("dry_run", "decide, but mint nothing"), parameter("pretty", "indent the answer")],
                "requestBody": {
                    "required": true,
                    "content": {"application/json": {
                        "schema": token_request,
                        "example": {"owner": "octo-org", "repositories": ["website"], "permissions": {"contents": "write"}},
                    }},
                },
                "responses": of_access_tokens,
            }},
            "/": text("describe", "What this is", &[("200", "one line")]),
            "/healthz": text("isAlive", "Whether the process is up", &[("200", "`ok`")]),
            "/readyz": text("isReady", "Whether requests can be served", &[
                ("200", "`ready`"),
                ("503", "`not ready`, and each check in a line"),
            ]),
            "/openapi.json": {"get": {
                "operationId": "openapi",
                "summary": "This document",
                "responses": {"200": {
                    "description": "OpenAPI 3.1",
                    "content": {"application/json": {"schema": {"type": "object"}}},
                }},
            }},
        },
        "components": {
            "schemas": schemas.into_definitions(),
            "responses": responses,
            "securitySchemes": {"oidc": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "the OIDC token of a GitHub Actions job, for the broker's host name as audience; \
                                `x-authorization` takes it in the same form",
            }},
        },
    })
}

fn parameter(name: &str, description: &str) -> Value {
    let schema = json!({"enum": ["true", "false", ""]});
    json!({"name": name, "in": "query", "description": description, "schema": schema, "allowEmptyValue": true})
}

fn request_id_header() -> Value {
    json!({"description": "by which the request is found in the log", "schema": {"type": "string"}})
}

/// A path that answers in plain text.
fn text(id: &str, summary: &str, answers: &[(&str, &str)]) -> Value {
    let answers = answers.iter().map(|(status, description)| {
        let content = json!({"text/plain": {"schema": {"type": "string"}}});
        ((*status).to_owned(), json!({"description": description, "content": content}))
    });
    let answers: Map<String, Value> = answers.collect();
    json!({"get": {"operationId": id, "summary": summary, "responses": answers}})
}

fn token_example() -> Value {
    json!({
        "token": "ghs_…",
        "token_hash": "uFtsMF9HA3yVLh4IDPbJEmyVCYyZpUCwf83mS1YHOKA=",
        "expires_at": "2026-11-01T13:00:00Z",
        "owner": "octo-org",
        "repositories": ["website"],
        "permissions": {"contents": "write"},
        "app_slug": "octo-access",
        "installation_id": 1,
        "bot_user_id": 41_898_282,
        "git_name": "octo-access[bot]",
        "git_email": "41898282+octo-access[bot]@users.noreply.github.com",
    })
}

fn would_grant_example() -> Value {
    json!({"granted": true, "by": [{
        "permission": "contents",
        "level": "write",
        "repository": "website",
        "policy": "octo-org/website",
        "statement": 1,
        "subject": "repo:octo-org/app:ref:refs/heads/main",
        "pattern": "repo:octo-org/app:ref:refs/heads/main",
    }]})
}

/// The schemas of both directions; what is optional is not the same in the two.
struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
            })
        };
        Self { requests: settings().into_generator(), answers: settings().for_serialize().into_generator() }
    }

    fn of_requests<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    fn of_answers<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    fn into_definitions(mut self) -> Map<String, Value> {
        let mut definitions = self.requests.take_definitions(true);
        definitions.extend(self.answers.take_definitions(true));
        definitions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` in a part of the document.
    fn references(value: &Value) -> Vec<String> {
        match value {
            Value::Object(fields) => fields
                .iter()
                .flat_map(|(name, value)| match value {
                    Value::String(target) if name == "$ref" => vec![target.clone()],
                    other => references(other),
                })
                .collect(),
            Value::Array(list) => list.iter().flat_map(references).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn every_reference_has_its_target() {
        let document = document();
        let references = references(&document);
        assert!(references.len() > 10, "{references:?}");
        for reference in references {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_status_of_a_failure_is_described() {
        let document = document();
        let statuses: Vec<&String> =
            document["components"]["responses"].as_object().unwrap().keys().collect();
        let expected =
            ["400", "401", "403", "404", "405", "408", "413", "415", "429", "500", "502", "503", "504"];
        assert_eq!(statuses, expected);
    }

    #[test]
    fn a_token_must_be_there_and_a_list_of_repositories_need_not() {
        let document = document();
        let required = document["components"]["schemas"]["Token"]["required"].as_array().unwrap();
        assert!(required.contains(&json!("token")) && !required.contains(&json!("repositories")));
        assert_eq!(document["components"]["schemas"]["TokenRequest"]["required"], json!(["permissions"]));
    }
}
