//! Answers with something wrong in them, as faults order it.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use http_body::{Body as HttpBody, Frame};
use serde_json::{Map, Value};

use super::respond;
use crate::answer::{Answer, Payload};
use crate::rest::JSON;

/// Another status than the route would give; a body without a content type of its own counts as JSON.
pub(super) fn status(status: u16, headers: &BTreeMap<String, String>, body: Option<String>) -> Response {
    let mut response =
        Response::new(Body::from(body.unwrap_or_else(|| r#"{"message":"Server Error"}"#.to_owned())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The headers of the whole answer, but only the first half of the body before the connection ends.
pub(super) async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    // An answer without a body is given a length that is never reached.
    let announced = bytes.len().max(2);
    parts.headers.insert(CONTENT_LENGTH, announced.into());
    parts.status = with_body(parts.status);
    Response::from_parts(parts, Body::new(Half { bytes: bytes.slice(..bytes.len() / 2), step: 0 }))
}

/// A body that is neither JSON nor text, although the headers say so.
pub(super) fn garbage(mut answer: Answer) -> Response {
    answer.payload =
        Payload::Raw { content_type: JSON, bytes: Bytes::from_static(b"<html>\xff\xfe{\"token\":") };
    answer.status = with_body(answer.status);
    respond(answer)
}

/// The same answer under another content type.
pub(super) fn mislabel(mut response: Response, content_type: &str) -> Response {
    if let Ok(value) = HeaderValue::try_from(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}

/// The status of an answer that is given a body although it has none.
pub(super) fn with_body(status: StatusCode) -> StatusCode {
    match status {
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => StatusCode::OK,
        status => status,
    }
}

/// The answer with these fields instead of its own; `null` takes a field away.
pub(super) fn replace(mut answer: Answer, fields: &Map<String, Value>) -> Response {
    let body = match &answer.payload {
        Payload::Json(body) => body.clone(),
        Payload::Raw { bytes, .. } => serde_json::from_slice(bytes).unwrap_or_default(),
        Payload::Empty => Value::Null,
    };
    if let Value::Object(mut body) = body {
        crate::jobs::merge(&mut body, fields);
        answer.payload = Payload::Json(Value::Object(body));
    }
    respond(answer)
}

/// Sends its bytes, waits once so that they get on the wire, then fails.
struct Half {
    bytes: Bytes,
    step: u8,
}

impl HttpBody for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.step += 1;
        match self.step {
            1 => Poll::Ready(Some(Ok(Frame::data(self.bytes.clone())))),
            2 => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            _ => Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        }
    }
}
