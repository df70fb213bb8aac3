//! The bytes of a connection, seen as they come and go.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::receipt::Receipts;

/// A connection that tells what happens to it, and survives the server's interest in it.
pub(super) struct Wire {
    stream: Option<TcpStream>,
    receipts: Arc<Receipts>,
    /// Takes the connection when the server is done with it.
    back: Option<oneshot::Sender<TcpStream>>,
}

impl Wire {
    /// The wire, and where its connection comes back to.
    pub(super) fn new(stream: TcpStream, receipts: Arc<Receipts>) -> (Self, oneshot::Receiver<TcpStream>) {
        let (back, returned) = oneshot::channel();
        (Self { stream: Some(stream), receipts, back: Some(back) }, returned)
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn noting<T>(&self, outcome: io::Result<T>) -> io::Result<T> {
        outcome.inspect_err(|error| self.receipts.broke(error))
    }

    /// Notes whether the client has said something before it can have the answer that is about to be written.
    ///
    /// NOTE: to look afterwards would be too late: a client that is near has the answer by then, and asks again.
    fn look_ahead(&self, context: &mut Context<'_>) {
        let Some(stream) = &self.stream else { return };
        if !self.receipts.is_about_to_write() {
            return;
        }
        let mut byte = [0];
        let is_ahead = match stream.poll_peek(context, &mut ReadBuf::new(&mut byte)) {
            Poll::Pending => false,
            // NOTE: who asks a socket for its error takes the error away, so that it must not be passed over.
            Poll::Ready(peeked) => self.noting(peeked).is_ok_and(|length| length > 0),
        };
        if is_ahead {
            self.receipts.is_ahead();
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let (Some(stream), Some(back)) = (self.stream.take(), self.back.take()) {
            // Nobody waits for it any more when the connection is dropped as a whole.
            let _ = back.send(stream);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = ready!(self.stream()?.poll_read(context, buffer));
        if buffer.filled().len() > before {
            self.receipts.heard();
        }
        Poll::Ready(self.noting(outcome))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.look_ahead(context);
        let outcome = ready!(self.stream()?.poll_write(context, bytes));
        Poll::Ready(self.noting(outcome))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.look_ahead(context);
        let outcome = ready!(self.stream()?.poll_write_vectored(context, slices));
        Poll::Ready(self.noting(outcome))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    /// The server flushes when it has written all that it had.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = ready!(self.stream()?.poll_flush(context));
        if outcome.is_ok() {
            self.receipts.written();
        }
        Poll::Ready(self.noting(outcome))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = ready!(self.stream()?.poll_shutdown(context));
        Poll::Ready(self.noting(outcome))
    }
}
