//! Whether the tokens that went out on a connection were received.
//!
//! Having written an answer says little: what is written lies with the operating system, and a client that dies in
//! that moment never reads it. What TCP tells is this: a client that is gone, or goes with something unread, makes
//! its side answer with a reset. So a token counts as delivered only when the client was heard of after its answer,
//! or nothing bad was heard for a while.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::delivery::Undelivered;

/// For how long a reset means that the answer before it may not have been read. A reset takes half a round trip.
pub(crate) const DOUBT: Duration = Duration::from_secs(1);

tokio::task_local! {
    /// The connection on which the answer goes out that this task writes.
    static CONNECTION: Arc<Receipts>;
}

/// The tokens that went out on one connection and may not have been received.
///
/// When this is dropped, those of them that were not even written are revoked.
#[derive(Default)]
pub(crate) struct Receipts(Mutex<Vec<Handed>>);

struct Handed {
    token: Undelivered,
    since: Instant,
    is_written: bool,
}

impl Receipts {
    /// Does what writes answers to this connection.
    pub(crate) async fn scope<F: Future>(self: &Arc<Self>, write: F) -> F::Output {
        CONNECTION.scope(Arc::clone(self), write).await
    }

    /// Takes a token whose answer is about to be written to the connection of this task.
    ///
    /// Where there is no connection, there is nothing to be learned: the token counts as delivered.
    pub(crate) fn hand(token: Undelivered) {
        let mut token = Some(token);
        let _ = CONNECTION.try_with(|connection| {
            let handed = token.take().map(|token| Handed { token, since: Instant::now(), is_written: false });
            connection.lock().extend(handed);
        });
        if let Some(token) = token {
            token.delivered();
        }
    }

    /// Everything so far lies with the operating system now.
    pub(crate) fn written(&self) {
        for handed in self.lock().iter_mut() {
            handed.is_written = true;
        }
    }

    /// The client has sent something. It did so after it had the answers before.
    pub(crate) fn heard(&self) {
        let (written, others) = self.take().into_iter().partition(|handed| handed.is_written);
        self.lock().extend::<Vec<Handed>>(others);
        deliver(written);
    }

    /// The connection broke.
    pub(crate) fn broke(&self, error: &io::Error) {
        // The operating system gave up on a client that acknowledges nothing.
        let is_silence = error.kind() == io::ErrorKind::TimedOut;
        let is_old = |handed: &Handed| handed.is_written && handed.since.elapsed() >= DOUBT && !is_silence;
        let (old, lost): (Vec<_>, Vec<_>) = self.take().into_iter().partition(is_old);
        deliver(old);
        drop(lost);
    }

    /// The connection has ended in order; looks for a while whether a reset follows.
    pub(crate) async fn ended(&self, stream: &TcpStream) {
        let (written, unwritten): (Vec<_>, Vec<_>) =
            self.take().into_iter().partition(|handed| handed.is_written);
        drop(unwritten);
        let Some(last) = written.iter().map(|handed| handed.since).max() else { return };
        self.lock().extend(written);
        if timeout_at(last + DOUBT, stream.ready(Interest::ERROR)).await.is_ok()
            && let Ok(Some(error)) | Err(error) = stream.take_error()
        {
            self.broke(&error);
        }
        deliver(self.take());
    }

    fn take(&self) -> Vec<Handed> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Handed>> {
        // Nothing can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Receipts {
    fn drop(&mut self) {
        let (written, unwritten) = self.take().into_iter().partition(|handed| handed.is_written);
        deliver(written);
        drop::<Vec<Handed>>(unwritten);
    }
}

fn deliver(written: Vec<Handed>) {
    for handed in written {
        handed.token.delivered();
    }
}
