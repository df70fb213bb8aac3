//! The answers that are no tokens.

use std::time::Duration;

use policy::denial::Told;
use serde_json::{Map, Value, json};

use crate::failure::{Failure, Refusal};
use crate::throttle::Limited;

const WAIT: Duration = Duration::from_secs(5);

/// One failure for each status, with when it happens.
fn samples() -> [(Failure, &'static str); 13] {
    let told = Told { issues: Vec::new(), message: String::new() };
    let denied = Failure::Denied(Refusal::Told(told, Vec::new()));
    [
        (
            Failure::BadRequest("`permissions` is missing".to_owned()),
            "the body is not JSON, or no request; the message lists every problem, one a line",
        ),
        (
            Failure::Unauthorized("the token expired 75 seconds ago".to_owned()),
            "there is no OIDC token that can be believed and is served here",
        ),
        (denied, "the decision is no"),
        (Failure::NotFound, "no such path"),
        (Failure::MethodNotAllowed, "the path has other methods"),
        (Failure::RequestTimeout, "the body did not arrive in time"),
        (Failure::PayloadTooLarge, "the body is larger than 100 KiB"),
        (Failure::UnsupportedMediaType, "the body is not JSON by its content type"),
        (Failure::TooManyRequests(Limited::Repository, WAIT), "the caller asks too often"),
        (Failure::Internal(String::new()), "a bug; the log has the cause under the request id"),
        (
            Failure::BadGateway("GitHub gave an answer that cannot be used"),
            "GitHub gave an answer that cannot be used",
        ),
        (
            Failure::Unavailable("GitHub is unavailable at the moment", WAIT),
            "the broker or GitHub cannot serve the request at the moment",
        ),
        (Failure::GatewayTimeout("GitHub did not answer in time", WAIT), "the time was up"),
    ]
}

/// The responses by their status; `error` is the schema of all of them.
pub(super) fn responses(error: &Value) -> Map<String, Value> {
    let response = |(failure, when): (Failure, &'static str)| {
        let status = failure.status().as_u16();
        let (schema, example) = match &failure {
            Failure::Denied(_) => {
                (json!({"required": ["message", "issues", "effective_subjects"]}), denial())
            }
            Failure::Internal(_) => (json!({"not": {"required": ["message"]}}), example(&failure)),
            _ => (json!({"required": ["message"]}), example(&failure)),
        };
        let of_status = json!({"properties": {"status": {"const": status}}});
        let mut headers = Map::from_iter([("x-request-id".to_owned(), super::request_id_header())]);
        if let Some((name, header)) = header_of(status) {
            headers.insert(name.to_owned(), header);
        }
        let schema = json!({"allOf": [error, of_status, schema]});
        let content = json!({"schema": schema, "examples": {"usual": {"value": example}}});
        let response =
            json!({"description": when, "headers": headers, "content": {"application/json": content}});
        (status.to_string(), response)
    };
    samples().into_iter().map(response).collect()
}

/// What answers with that status have beside the request id.
fn header_of(status: u16) -> Option<(&'static str, Value)> {
    let wait = "the seconds to wait before asking again";
    match status {
        401 => Some(("www-authenticate", json!({"schema": {"const": "Bearer"}}))),
        405 => Some(("allow", json!({"schema": {"type": "string"}}))),
        429 | 503 | 504 => {
            Some(("retry-after", json!({"description": wait, "schema": {"type": "integer", "minimum": 1}})))
        }
        _ => None,
    }
}

const REQUEST_ID: &str = "5f0c6a0c1d2e4b7a9f8e7d6c5b4a3928";

fn example(failure: &Failure) -> Value {
    let status = failure.status();
    let reason = status.canonical_reason().unwrap_or_default();
    match failure.message() {
        None => json!({"requestId": REQUEST_ID, "status": status.as_u16(), "error": reason}),
        Some(message) => {
            json!({"requestId": REQUEST_ID, "status": status.as_u16(), "error": reason, "message": message})
        }
    }
}

fn denial() -> Value {
    json!({
        "requestId": REQUEST_ID,
        "status": 403,
        "error": "Forbidden",
        "message": "Issues:\n- octo-org/website:\n  - secrets: write - Not authorized\n\
                    Effective OIDC token subjects:\n- repo:octo-org/app:ref:refs/heads/main",
        "issues": [{
            "owner": "octo-org",
            "repository": "website",
            "permission": "secrets",
            "level": "write",
            "code": "not-granted-by-repository-policy",
            "message": "Not authorized",
        }],
        "effective_subjects": ["repo:octo-org/app:ref:refs/heads/main"],
    })
}
