//! The bytes of a connection, seen as they come and go.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::receipt::Receipts;

/// How every connection of HTTP/2 begins (RFC 9113 §3.4), as far as it takes to know it.
const HTTP_2: &[u8] = b"PRI ";

/// A connection that tells what happens to it, and survives the server's interest in it.
pub(super) struct Wire {
    stream: Option<TcpStream>,
    receipts: Arc<Receipts>,
    /// Whether a word of the client proves that it has read the answers before.
    is_in_turns: Option<bool>,
    /// Takes the connection when the server is done with it.
    back: Option<oneshot::Sender<TcpStream>>,
}

impl Wire {
    /// The wire, and where its connection comes back to.
    pub(super) fn new(stream: TcpStream, receipts: Arc<Receipts>) -> (Self, oneshot::Receiver<TcpStream>) {
        let (back, returned) = oneshot::channel();
        (Self { stream: Some(stream), receipts, is_in_turns: None, back: Some(back) }, returned)
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn noting<T>(&self, outcome: io::Result<T>) -> io::Result<T> {
        outcome.inspect_err(|error| self.receipts.broke(error))
    }

    /// In HTTP/1.1 a client asks again after it has its answer. In HTTP/2 it speaks whenever it likes.
    fn heard(&mut self, bytes: &[u8]) {
        if *self.is_in_turns.get_or_insert_with(|| !bytes.starts_with(HTTP_2)) {
            self.receipts.heard();
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
        if let Some(bytes @ [_, ..]) = buffer.filled().get(before..) {
            self.heard(bytes);
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
        let outcome = ready!(self.stream()?.poll_write(context, bytes));
        Poll::Ready(self.noting(outcome))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
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
