//! One request as a handler sees it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::answer::Problem;
use crate::github::GitHub;

/// A request that has arrived completely. SECURITY: no `Debug`, since the headers hold credentials.
pub(crate) struct Incoming {
    pub(crate) github: Arc<GitHub>,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) now: i64,
    /// The parts of the path that the route names, percent-decoded.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
}

impl Incoming {
    /// A part of the path; empty if the route has no such part.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header, if it is readable text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON object, refused as GitHub does; an empty body counts as `{}`.
    pub(crate) fn object(&self) -> Result<Map<String, Value>, Problem> {
        if self.body.is_empty() {
            return Ok(Map::new());
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Problem::new(StatusCode::BAD_REQUEST, "Body should be a JSON object")),
            Err(_) => Err(Problem::new(StatusCode::BAD_REQUEST, "Problems parsing JSON")),
        }
    }

    /// The body in the shape that one of the sandbox's own routes wants; the problem says what is wrong with it.
    pub(crate) fn order<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("sandbox: {error}")))
    }
}
