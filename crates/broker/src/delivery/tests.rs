//! Answers with tokens on real connections, whose clients end in all ways.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{delete, get};
use github_types::Secret;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::*;
use crate::connections::{Limits, serve};
use crate::fake_github;

mod http_2;

const TEXT: &str = r#"{"token":"ghs_value"}"#;
const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/// A server that answers with a token when it is told to, and a client.
struct Stage {
    client: TcpStream,
    /// Orders one answer.
    go: Arc<Notify>,
    /// Requests that wait for that order.
    arrivals: mpsc::UnboundedReceiver<()>,
    /// The tokens that were revoked, by the number of their answer.
    revocations: mpsc::UnboundedReceiver<String>,
    tasks: TaskTracker,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Instant>,
}

impl Stage {
    async fn start() -> Self {
        let (revoked, revocations) = mpsc::unbounded_channel();
        let revoke = async move |headers: HeaderMap| {
            let token = headers["authorization"].to_str().unwrap();
            revoked.send(token.trim_start_matches("Bearer ghs_").to_owned()).unwrap();
            StatusCode::NO_CONTENT
        };
        let routes = Router::new().route("/installation/token", delete(revoke));
        let tasks = TaskTracker::new();
        let revoker = Revoker::new(fake_github::start(routes).await, tasks.clone());
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let (go, number) = (Arc::new(Notify::new()), Arc::new(AtomicU32::new(1)));
        let answer = {
            let go = Arc::clone(&go);
            async move || {
                arrived.send(()).unwrap();
                go.notified().await;
                let text = format!("ghs_{}", number.fetch_add(1, Ordering::SeqCst));
                let token = InstallationToken::new(Secret::new(text), Instant::now());
                let token = Undelivered::new(revoker, token, String::new());
                Response::new(axum::body::Body::new(token.into_body(TEXT.into())))
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/", get(answer));
        let (stop, stopped) = oneshot::channel();
        let stopped = async move { drop(stopped.await) };
        let serving = tokio::spawn(serve(listener, routes, Limits::default(), stopped));
        let client = TcpStream::connect(address).await.unwrap();
        Self { client, go, arrivals, revocations, tasks, stop, serving }
    }

    /// The same with a request that waits for its answer.
    async fn asked() -> Self {
        let mut stage = Self::start().await;
        stage.client.write_all(ASK).await.unwrap();
        stage.arrivals.recv().await.unwrap();
        stage
    }

    async fn read(&mut self, bytes: usize) -> String {
        let mut answer = vec![0; bytes];
        self.client.read_exact(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// Reads up to the end of one answer.
    async fn read_answer(&mut self) -> String {
        let mut answer = String::new();
        while !answer.ends_with(TEXT) {
            answer.push_str(&self.read(1).await);
        }
        answer
    }

    /// Waits until an answer lies unread with the client's operating system.
    async fn answered(&self) {
        self.go.notify_one();
        while !self.unread().await.ends_with(TEXT) {
            tokio::task::yield_now().await;
        }
    }

    async fn unread(&self) -> String {
        let mut all = vec![0; 4096];
        let length = self.client.peek(&mut all).await.unwrap();
        all.truncate(length);
        String::from_utf8(all).unwrap()
    }

    fn reset(self) -> Ended {
        self.client.set_zero_linger().unwrap();
        self.close()
    }

    fn close(self) -> Ended {
        let Self { client, revocations, tasks, stop, serving, .. } = self;
        drop(client);
        Ended { revocations, tasks, stop, serving }
    }
}

/// What is left when the client has gone.
struct Ended {
    revocations: mpsc::UnboundedReceiver<String>,
    tasks: TaskTracker,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Instant>,
}

impl Ended {
    /// The tokens that were revoked when all has come to its end.
    async fn revoked(mut self) -> Vec<String> {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
        self.tasks.close();
        self.tasks.wait().await;
        let mut revoked = Vec::new();
        while let Ok(token) = self.revocations.try_recv() {
            revoked.push(token);
        }
        revoked
    }
}

const NONE: [&str; 0] = [];

#[tokio::test]
async fn a_token_that_was_read_is_not_revoked() {
    let mut stage = Stage::asked().await;
    stage.go.notify_one();
    let answer = stage.read_answer().await;
    assert!(answer.contains(&format!("content-length: {}\r\n", TEXT.len())), "{answer}");
    assert_eq!(stage.close().revoked().await, NONE);
}

/// The answer is ordered in the same moment in which the client goes: the runtime has not noticed yet.
#[tokio::test]
async fn a_token_for_a_client_that_has_just_gone_is_revoked() {
    for end in [Stage::reset, Stage::close] {
        let stage = Stage::asked().await;
        let go = Arc::clone(&stage.go);
        let mut ended = end(stage);
        go.notify_one();
        assert_eq!(ended.revocations.recv().await.as_deref(), Some("1"));
    }
}

#[tokio::test]
async fn a_token_that_was_written_and_not_read_is_revoked() {
    for end in [Stage::reset, Stage::close] {
        let stage = Stage::asked().await;
        stage.answered().await;
        assert_eq!(end(stage).revoked().await, ["1"]);
    }
}

#[tokio::test]
async fn a_token_that_was_read_but_for_its_last_byte_is_revoked() {
    for end in [Stage::reset, Stage::close] {
        let mut stage = Stage::asked().await;
        stage.answered().await;
        let length = stage.unread().await.len();
        stage.read(length - 1).await;
        assert_eq!(end(stage).revoked().await, ["1"]);
    }
}

#[tokio::test]
async fn a_client_that_asks_again_has_received_what_came_before() {
    for end in [Stage::reset, Stage::close] {
        let mut stage = Stage::asked().await;
        stage.go.notify_one();
        stage.read_answer().await;
        stage.client.write_all(ASK).await.unwrap();
        stage.arrivals.recv().await.unwrap();
        stage.answered().await;
        assert_eq!(end(stage).revoked().await, ["2"]);
    }
}

#[tokio::test]
async fn requests_that_were_sent_in_advance_prove_nothing() {
    let mut stage = Stage::start().await;
    stage.client.write_all(&[ASK, ASK, ASK].concat()).await.unwrap();
    stage.go.notify_one();
    stage.arrivals.recv().await.unwrap();
    stage.arrivals.recv().await.unwrap();
    stage.answered().await;
    let revoked = stage.close().revoked().await;
    assert!(revoked.starts_with(&["1".to_owned(), "2".to_owned()]), "{revoked:?}");
}

#[tokio::test]
async fn a_client_that_dies_before_it_gets_round_to_reading_has_received_nothing() {
    let stage = Stage::asked().await;
    stage.answered().await;
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(5)).await;
    tokio::time::resume();
    assert_eq!(stage.close().revoked().await, ["1"]);
}
