//! A token on its way: delivered, or revoked.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Bytes;
use github_app::InstallationToken;
use http_body::{Body, Frame, SizeHint};

use crate::receipt::{Receipts, Ticket};
use crate::record::Record;
use crate::replay::{Reservation, TooLate};
use crate::revoker::Revoker;

/// A token that nobody has received yet; when this is dropped, it is revoked, and what obtained it may be used again.
pub(crate) struct Undelivered {
    revoker: Revoker,
    token: Option<InstallationToken>,
    hash: String,
    obtained_by: Option<Reservation>,
    record: Option<Arc<Record>>,
}

impl Undelivered {
    pub(crate) fn new(revoker: Revoker, token: InstallationToken, hash: String) -> Self {
        Self { revoker, token: Some(token), hash, obtained_by: None, record: None }
    }

    /// Settles this reservation with the token: delivered, the OIDC token is used up.
    pub(crate) fn settles(&mut self, reservation: Reservation) {
        self.obtained_by = Some(reservation);
    }

    /// Whether it was received belongs in this record.
    pub(crate) fn record_in(&mut self, record: Arc<Record>) {
        self.record = Some(record);
    }

    /// The token, for a call of our own.
    pub(crate) fn token(&self) -> Option<&InstallationToken> {
        self.token.as_ref()
    }

    /// The token's text, for the answer's body.
    pub(crate) fn expose(&self) -> &str {
        self.token.as_ref().map_or("", |token| token.secret().expose())
    }

    /// An answer's body with the token in it.
    pub(crate) fn into_body(self, bytes: Vec<u8>) -> TokenBody {
        TokenBody { stage: Stage::Unsent(self), bytes: Bytes::from(bytes) }
    }

    /// The answer with it is about to be written.
    fn hand(&mut self) -> Result<(), TooLate> {
        self.obtained_by.as_mut().map_or(Ok(()), Reservation::hand)?;
        if let Some(record) = &self.record {
            record.on_its_way();
        }
        Ok(())
    }

    pub(crate) fn delivered(mut self) {
        self.token = None;
        if let Some(reservation) = self.obtained_by.take() {
            reservation.burn();
        }
        if let Some(record) = &self.record {
            record.delivered();
        }
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
///
/// In HTTP/2 it ends only when its bytes were written, so that a client that takes its request back by then (RFC 9113
/// §6.4) makes the server drop it with its token.
pub(crate) struct TokenBody {
    stage: Stage,
    bytes: Bytes,
}

enum Stage {
    Unsent(Undelivered),
    Sent(Undelivered, Ticket),
    Over,
}

impl Body for TokenBody {
    type Data = Bytes;
    type Error = TooLate;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        // Asked again, the body knows that the server has what it gave before.
        if let Stage::Sent(_, ticket) = &mut self.stage {
            ready!(ticket.poll_written(context));
        }
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Unsent(mut token) => {
                // Then the client gets no whole answer, and the token is revoked right here.
                token.hand()?;
                if let Some((token, ticket)) = Receipts::hand(token) {
                    self.stage = Stage::Sent(token, ticket);
                }
                Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes)))))
            }
            Stage::Sent(token, ticket) => {
                ticket.keep(token);
                Poll::Ready(None)
            }
            Stage::Over => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests;
