//! Answers that are no tokens: one JSON shape for all of them.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use policy::caller::Caller;
use policy::decision::{Denial, Issue};
use policy::denial::Told;
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
    Denied(Refusal),
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

/// A denial, as far as its caller may know it.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// To be told as it stands, with the caller's effective subjects.
    Told(Told, Vec<String>),
    /// To a caller of another owner, in words that its request alone makes.
    ///
    /// SECURITY: many of these wait for their moment, and the words can be a hundred times as long as the request. So
    /// they are made when the answer leaves.
    Stranger(Box<(Caller, TokenRequest)>),
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
        Self::Denied(if caller.is_of(&request.owner) {
            Refusal::Told(denial.told_to(caller, request), caller.subjects().to_vec())
        } else {
            Refusal::Stranger(Box::new((caller.clone(), request.clone())))
        })
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) | Self::Replayed => StatusCode::UNAUTHORIZED,
            Self::Denied(_) => StatusCode::FORBIDDEN,
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
            Self::Denied(_) => Outcome::Denied,
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

    /// What the caller is told; nothing of an internal error, and of a denial only when it leaves.
    pub(crate) fn message(&self) -> Option<&str> {
        Some(match self {
            Self::BadRequest(message) | Self::Unauthorized(message) => message,
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
            Self::Denied(_) | Self::Internal(_) => return None,
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
        let refusal = match &self {
            Self::Denied(refusal) => Some(refusal.words()),
            _ => None,
        };
        let told = refusal.as_ref().map(|(told, _)| told.as_ref());
        let body = ErrorBody {
            request_id,
            status: status.as_u16(),
            error: status.canonical_reason().unwrap_or_default(),
            message: told.map_or_else(|| self.message(), |told| Some(&told.message)),
            issues: told.map(|told| told.issues.as_slice()),
            effective_subjects: refusal.as_ref().map(|(_, subjects)| *subjects),
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

impl Refusal {
    /// What the caller is told, and its effective subjects.
    fn words(&self) -> (Cow<'_, Told>, &[String]) {
        match self {
            Self::Told(told, subjects) => (Cow::Borrowed(told), subjects),
            Self::Stranger(parts) => {
                let (caller, request) = parts.as_ref();
                // Nothing of a denial is told to a stranger, so that any will do.
                let denial = Denial { issues: Vec::new() };
                (Cow::Owned(denial.told_to(caller, request)), caller.subjects())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::{HeaderMap, HeaderName};
    use github_types::Claims;
    use serde_json::json;

    use super::*;

    async fn answer(failure: Failure) -> (StatusCode, HeaderMap, String) {
        let header = HeaderName::from_static("x-request-id");
        let headers = HeaderMap::from_iter([(header.clone(), HeaderValue::from_static("id-1"))]);
        let response = failure.into_response(&RequestId::of(&headers, &header), Style::Compact);
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn what_waits_to_be_told_to_a_stranger_is_no_longer_than_its_request() {
        let claims = json!({
            "repository": "octo-org/app",
            "repository_owner": "octo-org",
            "sub": "repo:octo-org/app:ref:refs/heads/main",
        });
        let caller = Caller::new(Claims::new(claims.as_object().unwrap()).unwrap());
        let body = json!({"owner": "octocat", "repositories": ["x"], "permissions": {"contents": "read"}});
        let request = TokenRequest::read(&body, caller.repository()).unwrap();
        let failure = Failure::denied(&Denial { issues: Vec::new() }, &caller, &request);
        assert!(matches!(failure, Failure::Denied(Refusal::Stranger(_))), "{failure:?}");
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
