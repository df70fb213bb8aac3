//! A token on its way: delivered, or revoked.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use github_app::InstallationToken;
use http_body::{Body, Frame, SizeHint};
use tokio::task::JoinHandle;

use crate::revoker::Revoker;

/// A token that nobody has received yet; when this is dropped, it is revoked.
pub(crate) struct Undelivered {
    revoker: Revoker,
    token: Option<InstallationToken>,
    hash: String,
}

impl Undelivered {
    pub(crate) fn new(revoker: Revoker, token: InstallationToken, hash: String) -> Self {
        Self { revoker, token: Some(token), hash }
    }

    /// The token's text, for the answer's body.
    pub(crate) fn expose(&self) -> &str {
        self.token.as_ref().map_or("", |token| token.secret().expose())
    }

    /// An answer's body with the token in it.
    pub(crate) fn into_body(self, bytes: Vec<u8>) -> TokenBody {
        TokenBody::new(self, bytes)
    }

    fn delivered(mut self) {
        self.token = None;
    }
}

impl Drop for Undelivered {
    fn drop(&mut self) {
        if let Some(token) = self.token.take() {
            self.revoker.undelivered(token, std::mem::take(&mut self.hash));
        }
    }
}

/// A body that revokes its token when it is dropped before the connection has taken the last byte.
///
/// That byte is held back until the ones before it were written, and the runtime has looked at the connection once
/// more. A client that has gone by then is found out while the token is still here.
pub(crate) struct TokenBody {
    token: Option<Undelivered>,
    /// All but the last byte.
    bytes: Bytes,
    last: Bytes,
    /// Ends when the runtime has looked at its connections.
    pause: Option<JoinHandle<()>>,
}

impl TokenBody {
    fn new(token: Undelivered, bytes: Vec<u8>) -> Self {
        let mut bytes = Bytes::from(bytes);
        let last = bytes.split_off(bytes.len().saturating_sub(1));
        Self { token: Some(token), bytes, last, pause: None }
    }
}

impl Body for TokenBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if !self.bytes.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))));
        }
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        // A task of its own, because a connection asks more than once between two looks of the runtime.
        let pause = self.pause.get_or_insert_with(|| tokio::spawn(tokio::task::yield_now()));
        // How it ends does not matter.
        let _ = ready!(Pin::new(pause).poll(context));
        if let Some(token) = self.token.take() {
            token.delivered();
        }
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.last)))))
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact((self.bytes.len() + self.last.len()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::Router;
    use axum::http::StatusCode;
    use axum::response::Response;
    use axum::routing::{delete, get};
    use github_types::Secret;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::{Notify, mpsc};
    use tokio::time::Instant;
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::connections::{Limits, serve};
    use crate::fake_github;

    const TEXT: &str = r#"{"token":"ghs_value"}"#;

    /// A server that is about to answer with a token, and a client that has asked for it.
    struct Stage {
        client: TcpStream,
        /// Orders the answer.
        go: Arc<Notify>,
        revocations: mpsc::UnboundedReceiver<()>,
        tasks: TaskTracker,
    }

    impl Stage {
        async fn start() -> Self {
            let (revoked, revocations) = mpsc::unbounded_channel();
            let revoke = async move || {
                revoked.send(()).unwrap();
                StatusCode::NO_CONTENT
            };
            let routes = Router::new().route("/installation/token", delete(revoke));
            let tasks = TaskTracker::new();
            let revoker = Revoker::new(fake_github::start(routes).await, tasks.clone());
            let (arrived, mut arrivals) = mpsc::unbounded_channel();
            let go = Arc::new(Notify::new());
            let answer = {
                let go = Arc::clone(&go);
                async move || {
                    arrived.send(()).unwrap();
                    go.notified().await;
                    let token = InstallationToken::new(Secret::new("ghs_value"), Instant::now());
                    let token = Undelivered::new(revoker, token, String::new());
                    Response::new(axum::body::Body::new(token.into_body(TEXT.into())))
                }
            };
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let routes = Router::new().route("/", get(answer));
            tokio::spawn(serve(listener, routes, Limits::default(), std::future::pending()));
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
            arrivals.recv().await.unwrap();
            Self { client, go, revocations, tasks }
        }
    }

    #[tokio::test]
    async fn a_token_that_was_taken_is_not_revoked() {
        let mut stage = Stage::start().await;
        stage.go.notify_one();
        let mut answer = String::new();
        stage.client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(&format!("content-length: {}\r\n", TEXT.len())), "{answer}");
        assert!(answer.ends_with(&format!("\r\n\r\n{TEXT}")), "{answer}");
        stage.tasks.close();
        stage.tasks.wait().await;
        assert!(stage.revocations.try_recv().is_err());
    }

    /// The answer is ordered in the same moment in which the client goes: the runtime has not noticed yet.
    #[tokio::test]
    async fn a_token_for_a_client_that_has_just_reset_is_revoked() {
        let mut stage = Stage::start().await;
        stage.client.set_zero_linger().unwrap();
        drop(stage.client);
        stage.go.notify_one();
        assert_eq!(stage.revocations.recv().await, Some(()));
    }

    #[tokio::test]
    async fn a_token_for_a_client_that_has_just_closed_is_revoked() {
        let mut stage = Stage::start().await;
        drop(stage.client);
        stage.go.notify_one();
        assert_eq!(stage.revocations.recv().await, Some(()));
    }
}
