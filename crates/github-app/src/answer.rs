//! What GitHub answered: status, headers and no more of the body than is wanted.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use crate::ErrorKind;
use crate::excerpt::excerpt;

/// An answer whose body was read until it ended, became too long, or broke off.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) end: End,
}

/// How the body ended.
#[derive(Debug)]
pub(crate) enum End {
    /// It is all there.
    Complete,
    /// There is more of it than was wanted.
    TooLong,
    /// The connection broke, or the time was up.
    CutShort(ErrorKind),
}

impl Answer {
    /// Reads at most `limit` bytes of the body, until `deadline`.
    pub(crate) async fn read(mut response: Response, limit: usize, deadline: Instant) -> Self {
        let mut body = Vec::new();
        let end = loop {
            match timeout_at(deadline, response.chunk()).await {
                Err(_) => break End::CutShort(ErrorKind::TimedOut),
                Ok(Err(cause)) => break End::CutShort(ErrorKind::transport(cause)),
                Ok(Ok(None)) => break End::Complete,
                Ok(Ok(Some(chunk))) => {
                    let room = limit - body.len();
                    if let Some(fitting) = chunk.get(..room.min(chunk.len())) {
                        body.extend_from_slice(fitting);
                    }
                    if chunk.len() > room {
                        break End::TooLong;
                    }
                }
            }
        };
        Self { status: response.status(), headers: std::mem::take(response.headers_mut()), body, end }
    }

    /// GitHub's id of the request.
    pub(crate) fn request_id(&self) -> Option<String> {
        self.header("x-github-request-id").map(excerpt)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The media type of the body, without parameters, in small letters.
    pub(crate) fn media_type(&self) -> Option<String> {
        let text = self.header(CONTENT_TYPE.as_str())?;
        text.split(';').next().map(|essence| essence.trim().to_ascii_lowercase())
    }

    /// The body, if it is complete JSON of that shape.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        match self.end {
            End::Complete => serde_json::from_slice(&self.body).ok(),
            End::TooLong | End::CutShort(_) => None,
        }
    }

    /// What GitHub says about its refusal, unless that repeats the credential.
    pub(crate) fn message(&self, credential: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Refusal {
            message: String,
        }
        let Refusal { message } = self.json()?;
        // SECURITY: GitHub does not echo credentials, but what answers in its place may.
        (!message.contains(credential)).then(|| excerpt(&message))
    }
}
