//! A token on its way: delivered, or revoked.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use github_app::InstallationToken;
use http_body::{Body, Frame, SizeHint};

use crate::receipt::Receipts;
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
        TokenBody { token: Some(self), bytes: Bytes::from(bytes) }
    }

    pub(crate) fn delivered(mut self) {
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

/// A body that revokes its token when it is dropped before the connection has taken it.
pub(crate) struct TokenBody {
    token: Option<Undelivered>,
    bytes: Bytes,
}

impl Body for TokenBody {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(token) = self.token.take() else { return Poll::Ready(None) };
        Receipts::hand(token);
        Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.token.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests;
