//! Answers that are no tokens: one JSON shape for all of them.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use policy::caller::Caller;
use policy::decision::{Denial, Issue};
use policy::request::TokenRequest;
use schemars::JsonSchema;
use serde::Serialize;

use crate::body::{Json, Style};
use crate::openapi::shapes;
use crate::outcome::Outcome;
use crate::request_id::RequestId;
use crate::throttle::Limited;

/// What a client waits that was turned away for want of a place. Others are done by then: it is a matter of moments.
const SHED_RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a request gets no token.
#[derive(Debug)]
pub(crate) enum Failure {
    /// 400: the body is no request.
    BadRequest(String),
    /// 401: nobody vouches for the caller.
    Unauthorized(String),
    /// 401: the OIDC token has obtained a token.
    Replayed,
    /// 403: the decision is no.
    Denied {
        /// For people.
        message: String,
        /// For machines.
        issues: Vec<Issue>,
        /// Who the caller counts as.
        effective_subjects: Vec<String>,
    },
    /// 404: no such path.
    NotFound,
    /// 405: the path has other methods.
    MethodNotAllowed,
    /// 408: the body did not arrive in time.
    RequestTimeout,
    /// 413: the body is too large.
    PayloadTooLarge,
    /// 415: the body is not JSON by its content type.
    UnsupportedMediaType,
    /// 429: the caller asks too often.
    TooManyRequests(Limited, Duration),
    /// 500: our bug. The cause is for the log alone.
    Internal(String),
    /// 502: GitHub failed.
    BadGateway(&'static str),
    /// 503: as many requests are in progress as there are places for.
    Overloaded,
    /// 503: GitHub limits us, or we are shutting down.
    Unavailable(&'static str, Duration),
    /// 504: GitHub is too slow.
    GatewayTimeout(&'static str, Duration),
}

/// What is not a token.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Error")]
pub(crate) struct ErrorBody<'a> {
    /// By which the log has more.
    #[schemars(with = "String")]
    request_id: &'a RequestId,
    status: u16,
    /// The reason phrase of the status.
    error: &'static str,
    /// For people; it may have several lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<shapes::Issue>>")]
    issues: Option<&'a [Issue]>,
    #[serde(rename = "effective_subjects", skip_serializing_if = "Option::is_none")]
    effective_subjects: Option<&'a [String]>,
}

impl Failure {
    /// A denial, as far as the caller may know it.
    pub(crate) fn denied(denial: &Denial, caller: &Caller, request: &TokenRequest) -> Self {
        let told = denial.told_to(caller, request);
        let effective_subjects = caller.subjects().to_vec();
        Self::Denied { message: told.message, issues: told.issues, effective_subjects }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) | Self::Replayed => StatusCode::UNAUTHORIZED,
            Self::Denied { .. } => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests(..) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::BadGateway(_) => StatusCode::BAD_GATEWAY,
            Self::Overloaded | Self::Unavailable(..) => StatusCode::SERVICE_UNAVAILABLE,
            Self::GatewayTimeout(..) => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// In one word.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::BadRequest(_)
            | Self::RequestTimeout
            | Self::PayloadTooLarge
            | Self::UnsupportedMediaType => Outcome::BadRequest,
            Self::Unauthorized(_) => Outcome::Unauthorized,
            Self::Denied { .. } => Outcome::Denied,
            Self::NotFound | Self::MethodNotAllowed => Outcome::NotFound,
            Self::Replayed => Outcome::Replayed,
            Self::TooManyRequests(..) => Outcome::RateLimited,
            Self::Overloaded => Outcome::Shed,
            Self::Internal(_) => Outcome::Internal,
            Self::BadGateway(_) => Outcome::GithubFailed,
            Self::Unavailable(..) => Outcome::Unavailable,
            Self::GatewayTimeout(..) => Outcome::TooSlow,
        }
    }

    /// What the caller is told; nothing of an internal error.
    pub(crate) fn message(&self) -> Option<&str> {
        Some(match self {
            Self::BadRequest(message) | Self::Unauthorized(message) | Self::Denied { message, .. } => message,
            Self::NotFound => "there is nothing at this path: tokens are at `POST /access_tokens`",
            Self::MethodNotAllowed => "this path has other methods: see the header `allow`",
            Self::RequestTimeout => "the body did not arrive in time",
            Self::PayloadTooLarge => "the body is larger than 102400 bytes",
            Self::UnsupportedMediaType => "the body must be JSON: expected `content-type: application/json`",
            Self::Replayed => "the OIDC token has obtained a token already: get a new one for each request",
            Self::TooManyRequests(Limited::Repository, _) => {
                "the repository asks too often: wait as `retry-after` says"
            }
            Self::TooManyRequests(Limited::Owner, _) => {
                "the owner's repositories ask too often: wait as `retry-after` says"
            }
            Self::TooManyRequests(Limited::Refused, _) => {
                "other owners refuse the owner's repositories too often: wait as `retry-after` says"
            }
            Self::Overloaded => "too many requests are in progress: wait as `retry-after` says",
            Self::Internal(_) => return None,
            Self::BadGateway(message) | Self::Unavailable(message, _) | Self::GatewayTimeout(message, _) => {
                message
            }
        })
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests(_, wait) | Self::Unavailable(_, wait) | Self::GatewayTimeout(_, wait) => {
                Some(*wait)
            }
            Self::Overloaded => Some(SHED_RETRY_AFTER),
            _ => None,
        }
    }

    pub(crate) fn into_response(self, request_id: &RequestId, style: Style) -> Response {
        let status = self.status();
        let (issues, effective_subjects) = match &self {
            Self::Denied { issues, effective_subjects, .. } => {
                (Some(issues.as_slice()), Some(effective_subjects.as_slice()))
            }
            _ => (None, None),
        };
        let body = ErrorBody {
            request_id,
            status: status.as_u16(),
            error: status.canonical_reason().unwrap_or_default(),
            message: self.message(),
            issues,
            effective_subjects,
        };
        let mut response = (status, Json::new(&body, style)).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = self.retry_after() {
            // Rounded up: a client that keeps to it must not come too early.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::{HeaderMap, HeaderName};

    use super::*;

    async fn answer(failure: Failure) -> (StatusCode, HeaderMap, String) {
        let header = HeaderName::from_static("x-request-id");
        let headers = HeaderMap::from_iter([(header.clone(), HeaderValue::from_static("id-1"))]);
        let response = failure.into_response(&RequestId::of(&headers, &header), Style::Compact);
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn an_internal_error_shows_nothing_internal() {
        let (status, headers, body) = answer(Failure::Internal("the key did not sign".to_owned())).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(body, r#"{"requestId":"id-1","status":500,"error":"Internal Server Error"}"#);
        assert_eq!(headers["content-type"], "application/json");
        assert!(!headers.contains_key("retry-after"));
    }

    #[tokio::test]
    async fn a_body_that_does_not_arrive_is_the_clients_failure() {
        let (status, _, body) = answer(Failure::RequestTimeout).await;
        assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
        let message = "the body did not arrive in time";
        assert_eq!(
            body,
            format!(r#"{{"requestId":"id-1","status":408,"error":"Request Timeout","message":"{message}"}}"#)
        );
    }

    #[tokio::test]
    async fn waits_are_rounded_up_to_whole_seconds() {
        for (wait, header) in [(Duration::ZERO, "1"), (Duration::from_millis(2_100), "3")] {
            let (_, headers, _) = answer(Failure::Unavailable("later", wait)).await;
            assert_eq!(headers["retry-after"], header);
        }
    }
}
