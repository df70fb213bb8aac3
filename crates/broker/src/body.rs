//! Bodies: JSON in within limits, JSON out.

use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use oidc::StrictValue;
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::failure::Failure;

/// The largest body of a request, in bytes.
const MAX_BYTES: usize = 100 * 1024;
/// How long a body may take to arrive.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// How long a body may take that needs no place. Most come with their head; the rate limits bound how many there are.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How JSON is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// On one line.
    Compact,
    /// Indented, for `?pretty`.
    Pretty,
}

/// A JSON body, written.
pub(crate) struct Json(Vec<u8>);

impl Json {
    pub(crate) fn new(value: &impl Serialize, style: Style) -> Self {
        let written = match style {
            Style::Compact => serde_json::to_vec(value),
            Style::Pretty => serde_json::to_vec_pretty(value),
        };
        // Writing plain structs into memory has no way to fail.
        Self(written.unwrap_or_default())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        let mut response = Body::from(self.0).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// Reads a JSON body. One that takes its time needs a place for that, so that what bodies take of the memory has a
/// limit, and yet no good request waits for those who dribble theirs.
pub(crate) async fn read<P>(
    headers: &HeaderMap,
    body: Body,
    place: impl FnOnce() -> Result<P, Failure>,
) -> Result<Value, Failure> {
    if !is_json(headers) {
        return Err(Failure::UnsupportedMediaType);
    }
    let mut arrival = pin!(timeout(TIME_LIMIT, Limited::new(body, MAX_BYTES).collect()));
    let collected = match timeout(AT_ONCE, arrival.as_mut()).await {
        Ok(collected) => collected,
        Err(_) => {
            let _place = place()?;
            arrival.await
        }
    };
    let bytes = match collected {
        Err(_) => return Err(Failure::RequestTimeout),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(Failure::PayloadTooLarge),
        Ok(Err(_)) => return Err(Failure::BadRequest("the body was cut short".to_owned())),
        Ok(Ok(collected)) => collected.to_bytes(),
    };
    parse(&bytes)
}

/// A proxy or a log that takes the other one of two fields of a name would see another request than this broker.
fn parse(bytes: &[u8]) -> Result<Value, Failure> {
    match serde_json::from_slice(bytes) {
        Ok(StrictValue(value)) => Ok(value),
        Err(error) => {
            let wrong = if error.is_data() { "the body names a field twice" } else { "the body is not JSON" };
            let (line, column) = (error.line(), error.column());
            Err(Failure::BadRequest(format!("{wrong}: line {line}, column {column}")))
        }
    }
}

/// Whether the content type says JSON; a missing one counts as JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let essence = value.to_str().ok().and_then(|text| text.split(';').next()).unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_is_said_not_at_all() {
        let wrong = |text: &str| match parse(text.as_bytes()) {
            Err(Failure::BadRequest(message)) => message,
            other => panic!("{other:?}"),
        };
        for text in [
            r#"{"owner": "a", "owner": "a"}"#,
            r#"{"permissions": {"contents": "read", "contents": "write"}}"#,
        ] {
            assert!(
                wrong(text).starts_with("the body names a field twice: line 1, column "),
                "{}",
                wrong(text)
            );
        }
        for text in ["", "{", r#"{"a": 1,}"#, "{} {}"] {
            assert!(wrong(text).starts_with("the body is not JSON: line "), "{text}: {}", wrong(text));
        }
        assert!(parse(br#"{"a": {"b": 1}, "b": [1, null, 0.5, "x"]}"#).is_ok());
    }

    #[test]
    fn knows_json_by_its_content_type() {
        let is = |text: &str| is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, text.parse().unwrap())]));
        assert!(is("application/json") && is("Application/JSON; charset=utf-8") && is("application/x+json"));
        assert!(!is("text/plain") && !is("application/jsonx") && !is("") && !is("text/json+x"));
        assert!(is_json(&HeaderMap::new()));
    }
}
