//! A server for the tests of this crate: it answers what it is told to, in order, and remembers what it was asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, ClientBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::app_key::tests::example;
use crate::{AppJwt, GitHub, Pace};

/// What to do with a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Write these bytes and close the connection.
    Write(Vec<u8>),
    /// Write these bytes and leave the connection open.
    Hang(Vec<u8>),
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// A server on a free port that handles one request per reply, and then none.
pub(crate) struct FakeGitHub {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FakeGitHub {
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        tokio::spawn(serve(listener, replies.into_iter().collect(), Arc::clone(&requests)));
        Self { address, requests }
    }

    /// What it was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// A client of this server that waits for nothing.
    pub(crate) fn client(&self) -> GitHub {
        self.client_over(Client::builder(), "127.0.0.1")
    }

    pub(crate) fn client_over(&self, http: ClientBuilder, host: &str) -> GitHub {
        self.client_of(AppJwt::new("12345".parse().unwrap(), Arc::new(example().0)), http, host)
    }

    pub(crate) fn client_of(&self, app: AppJwt, http: ClientBuilder, host: &str) -> GitHub {
        let api = format!("http://{host}:{}", self.address.port()).parse().unwrap();
        let pace = Pace {
            try_limit: Duration::from_secs(5),
            unavailable: vec![Duration::ZERO; 2],
            replication: vec![Duration::ZERO; 2],
            revocation: vec![Duration::ZERO; 4],
            ..Pace::default()
        };
        GitHub::over(http.no_proxy().tls_certs_only([]), api, app).unwrap().with_pace(pace)
    }
}

async fn serve(listener: TcpListener, replies: Vec<Reply>, requests: Arc<Mutex<Vec<Request>>>) {
    let mut open = Vec::new();
    for reply in replies {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read(&mut stream).await;
        requests.lock().unwrap().push(request);
        let (Reply::Write(bytes) | Reply::Hang(bytes)) = &reply;
        // A client that has seen enough hangs up, which is its right.
        let _ = stream.write_all(bytes).await;
        if matches!(reply, Reply::Hang(_)) {
            open.push(stream);
        }
    }
    drop(listener);
    // Whoever still waits for an answer waits until the test is over.
    if !open.is_empty() {
        std::future::pending::<()>().await;
    }
}

async fn read(stream: &mut TcpStream) -> Request {
    let mut bytes = Vec::new();
    let head = loop {
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "the client went away");
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break String::from_utf8(bytes.drain(..end + 4).collect()).unwrap();
        }
    };
    let mut lines = head.lines();
    let line = lines.next().unwrap().to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let mut request = Request { line, headers, body: String::new() };
    let length: usize = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < length {
        assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "the client went away");
    }
    request.body = String::from_utf8(bytes).unwrap();
    request
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", &body.to_string())
    }

    pub(crate) fn text(status: u16, content_type: &str, body: &str) -> Self {
        Self::bytes(status, &[("content-type", content_type)], body.as_bytes())
    }

    pub(crate) fn status(status: u16, headers: &[(&str, &str)]) -> Self {
        Self::bytes(status, headers, b"")
    }

    pub(crate) fn bytes(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut head = format!("HTTP/1.1 {status} x\r\nconnection: close\r\nx-github-request-id: AB:12\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if status != 204 {
            head += &format!("content-length: {}\r\n", body.len());
        }
        Self::Write([head.as_bytes(), b"\r\n", body].concat())
    }

    /// Closes the connection without an answer.
    pub(crate) fn reset() -> Self {
        Self::Write(Vec::new())
    }

    /// Leaves the connection open without an answer.
    pub(crate) fn hang() -> Self {
        Self::Hang(Vec::new())
    }

    /// The same answer without its last `missing` bytes.
    pub(crate) fn cut_short(self, missing: usize) -> Self {
        self.map(|bytes| bytes.truncate(bytes.len() - missing))
    }

    /// The same answer without its last `missing` bytes, on a connection that stays open.
    pub(crate) fn stalled(self, missing: usize) -> Self {
        match self.cut_short(missing) {
            Self::Write(bytes) | Self::Hang(bytes) => Self::Hang(bytes),
        }
    }

    fn map(mut self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        match &mut self {
            Self::Write(bytes) | Self::Hang(bytes) => change(bytes),
        }
        self
    }
}
