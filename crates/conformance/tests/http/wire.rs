//! HTTP/1.1 by hand, so that it can be broken off anywhere.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection, and all that came back on it.
pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
    read: Vec<u8>,
}

pub(crate) fn request(token: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST /access_tokens HTTP/1.1\r\nhost: broker\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, read: Vec::new() }
    }

    /// Whether the other side took it.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    /// Reads until there are so many more answers; whether they came.
    pub(crate) async fn read_answers(&mut self, count: usize) -> bool {
        let wanted = self.answers().len() + count;
        while self.answers().len() < wanted {
            if !self.read_some(4096).await {
                return false;
            }
        }
        true
    }

    /// Reads so many more bytes and none beyond; whether they came.
    pub(crate) async fn read_bytes(&mut self, count: usize) -> bool {
        let wanted = self.read.len() + count;
        while self.read.len() < wanted {
            if !self.read_some(wanted - self.read.len()).await {
                return false;
            }
        }
        true
    }

    async fn read_some(&mut self, most: usize) -> bool {
        let mut bytes = vec![0; most];
        match self.stream.read(&mut bytes).await {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.read.extend_from_slice(&bytes[..count]);
                true
            }
        }
    }

    pub(crate) async fn close_own_side_and_read(&mut self) {
        if self.stream.shutdown().await.is_ok() {
            while self.read_some(4096).await {}
        }
    }

    /// The hashes of the tokens that were read in full.
    pub(crate) fn received(&self) -> Vec<String> {
        let answers = self.answers();
        let tokens = answers.iter().filter_map(|answer| answer["token"].as_str());
        tokens.map(|token| STANDARD.encode(digest(&SHA256, token.as_bytes()))).collect()
    }

    /// The answers that were read in full.
    pub(crate) fn answers(&self) -> Vec<Value> {
        let (mut answers, mut rest) = (Vec::new(), self.read.as_slice());
        while let Some(head) = rest.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let text = std::str::from_utf8(&rest[..head]).unwrap();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let end = head + 4 + length.parse::<usize>().unwrap();
            let Some(body) = rest.get(head + 4..end) else { break };
            answers.push(serde_json::from_slice(body).unwrap());
            rest = &rest[end..];
        }
        answers
    }
}
