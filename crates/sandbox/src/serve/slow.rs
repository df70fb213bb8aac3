//! Bodies that take their time, or never end.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::response::Response;
use http_body::{Body as HttpBody, Frame};
use tokio::time::{Duration, Sleep, sleep};

use super::broken::with_body;

/// The whole answer, but each byte of the body takes `pause`; an answer without a body is given one.
pub(super) async fn dribble(response: Response, pause: Duration) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let bytes = if bytes.is_empty() { Bytes::from_static(b"{}") } else { bytes };
    parts.status = with_body(parts.status);
    parts.headers.insert(CONTENT_LENGTH, bytes.len().into());
    Response::from_parts(parts, Body::new(Dribble { bytes, pause, wait: Box::pin(sleep(pause)) }))
}

/// The whole answer, and then so many spaces.
pub(super) async fn endless(response: Response, bytes: u64) -> Response {
    let (mut parts, body) = response.into_parts();
    let first = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.status = with_body(parts.status);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::new(Endless { first: Some(first), left: bytes }))
}

/// Sends a byte after each pause.
struct Dribble {
    bytes: Bytes,
    pause: Duration,
    wait: Pin<Box<Sleep>>,
}

impl HttpBody for Dribble {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.wait.as_mut().poll(cx));
        let pause = self.pause;
        self.wait.set(sleep(pause));
        Poll::Ready(Some(Ok(Frame::data(self.bytes.split_to(1)))))
    }
}

/// Sends its first bytes, then spaces, a piece at a time.
struct Endless {
    first: Option<Bytes>,
    left: u64,
}

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(first) = self.first.take().filter(|first| !first.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let piece = usize::try_from(self.left).unwrap_or(SPACES.len()).min(SPACES.len());
        self.left -= piece as u64;
        let frame = Frame::data(Bytes::from_static(SPACES.split_at(piece).0));
        Poll::Ready((piece > 0).then_some(Ok(frame)))
    }
}

/// Spaces, which JSON may end with.
static SPACES: &[u8] = &[b' '; 16 * 1024];
