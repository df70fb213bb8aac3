//! What a route answers: an [`Answer`] when it does what was asked, a [`Problem`] when it refuses.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::error::{Error, WorldError};

/// What a handler gives back.
pub(crate) type Outcome = Result<Answer, Problem>;

/// A finished answer, before headers that every answer has. SECURITY: no `Debug`, since the body may hold a token.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) payload: Payload,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

/// The body of an answer.
pub(crate) enum Payload {
    Empty,
    Json(Value),
    Raw { content_type: &'static str, bytes: Bytes },
}

impl Answer {
    /// 200 with a JSON body.
    pub(crate) fn ok(body: Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    pub(crate) fn json(status: StatusCode, body: Value) -> Self {
        Self { status, payload: Payload::Json(body), headers: Vec::new() }
    }

    pub(crate) fn raw(content_type: &'static str, bytes: Bytes) -> Self {
        Self { status: StatusCode::OK, payload: Payload::Raw { content_type, bytes }, headers: Vec::new() }
    }

    /// A status without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, payload: Payload::Empty, headers: Vec::new() }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// A refusal, in GitHub's shape: `message`, `documentation_url`, `status` and sometimes `errors`.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    message: Cow<'static, str>,
    errors: Option<Value>,
    documentation: Option<&'static str>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into(), errors: None, documentation: None }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 401 for a token that is unknown, expired or revoked.
    pub(crate) fn bad_credentials() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Bad credentials").documented("https://docs.github.com/rest")
    }

    pub(crate) fn unauthorized(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message).documented("https://docs.github.com/rest")
    }

    /// 403 for a token without the permission.
    pub(crate) fn not_accessible() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Resource not accessible by integration")
    }

    pub(crate) fn unprocessable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 422 for a body that is JSON of the wrong shape.
    pub(crate) fn invalid_request(detail: &str) -> Self {
        Self::unprocessable(format!("Invalid request.\n\n{detail}"))
    }

    /// The same problem with this page instead of the route's own.
    pub(crate) fn documented(mut self, url: &'static str) -> Self {
        self.documentation = Some(url);
        self
    }

    /// The same problem with details of each error.
    pub(crate) fn with_errors(mut self, errors: Value) -> Self {
        self.errors = Some(errors);
        self
    }

    /// The answer that tells the client; `documentation` is the page of the route.
    pub(crate) fn into_answer(self, documentation: &'static str) -> Answer {
        let mut body = Map::new();
        body.insert("message".into(), self.message.into());
        body.insert("documentation_url".into(), self.documentation.unwrap_or(documentation).into());
        body.insert("status".into(), json!(self.status.as_str()));
        if let Some(errors) = self.errors {
            body.insert("errors".into(), errors);
        }
        Answer::json(self.status, Value::Object(body))
    }
}

impl From<WorldError> for Problem {
    /// 500 that says what is wrong with the world, because the person who asks is the one who wrote it.
    fn from(error: WorldError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, format!("sandbox: {error}"))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, format!("sandbox: {error}"))
    }
}
