//! Whether the tokens that went out on a connection were received.
//!
//! Having written an answer says little: what is written lies with the operating system, and a client that dies in
//! that moment never reads it. What TCP tells is this: a client that is gone, or goes with something unread, makes
//! its side answer with a reset. So a token counts as delivered only when the client asked again after its answer, or
//! ended the connection in order and no reset followed, or nothing bad was heard for a while.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::delivery::Undelivered;

/// For how long after an answer the end of its connection means that it may not have been read.
///
/// A connection of HTTP/1.1 is not quiet for longer: then it is ended from our side. With HTTP/2 the client speaks
/// whenever it likes, and nothing that it says proves that it has read an answer; this is longer than it may leave
/// something unacknowledged (`SILENCE` in `connections.rs`).
const DOUBT: Duration = Duration::from_secs(10);
/// The same where many share a connection, most of whom have long read theirs.
pub(crate) const SHARED_DOUBT: Duration = Duration::from_secs(1);
/// For how long a reset may follow the end of a connection. It takes half a round trip.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

tokio::task_local! {
    /// Where the answer goes out that this task writes.
    static CONNECTION: Outlet;
}

/// A connection as the one sees it who writes an answer to it.
#[derive(Clone)]
enum Outlet {
    /// The task writes the connection itself: HTTP/1.1, one answer after the other.
    InTurns(Arc<Receipts>),
    /// Another task does, for many answers at a time: HTTP/2.
    Stream(Arc<Receipts>),
}

/// The tokens that went out on one connection and may not have been received.
///
/// When this is dropped, those of them that were not even written are revoked.
#[derive(Default)]
pub(crate) struct Receipts(Mutex<Ledger>);

#[derive(Default)]
struct Ledger {
    handed: Vec<Handed>,
    is_multiplexed: bool,
    /// The client asks in advance, so that another request does not prove that it has read an answer.
    is_ahead: bool,
    /// How often the task of the connection has begun to read and write.
    turn: u64,
    /// Wakes that task.
    task: Option<Waker>,
    /// The turn in which everything was written last.
    written: u64,
    /// Who waits for that.
    waiting: Vec<Waker>,
}

struct Handed {
    token: Undelivered,
    since: Instant,
    is_written: bool,
}

/// What was handed to a connection of HTTP/2.
pub(crate) struct Ticket {
    receipts: Arc<Receipts>,
    /// The turn that may have missed it, once that is known.
    turn: Option<u64>,
}

impl Receipts {
    /// Does what reads and writes this connection.
    pub(crate) async fn scope<F: Future>(self: &Arc<Self>, write: F) -> F::Output {
        CONNECTION.scope(Outlet::InTurns(Arc::clone(self)), write).await
    }

    /// Does what writes one answer to this connection of HTTP/2.
    pub(crate) async fn scope_of_stream<F: Future>(self: &Arc<Self>, write: F) -> F::Output {
        self.lock().is_multiplexed = true;
        CONNECTION.scope(Outlet::Stream(Arc::clone(self)), write).await
    }

    /// The task of the connection begins to read and write.
    pub(crate) fn turn(&self, context: &Context<'_>) {
        let mut ledger = self.lock();
        ledger.turn += 1;
        match &mut ledger.task {
            Some(task) => task.clone_from(context.waker()),
            None => ledger.task = Some(context.waker().clone()),
        }
    }

    /// Takes a token whose answer is about to be written to the connection of this task.
    ///
    /// Gives the token back with a ticket where it is another task that writes: HTTP/2. Where there is no
    /// connection, there is nothing to be learned: the token counts as delivered.
    pub(crate) fn hand(token: Undelivered) -> Option<(Undelivered, Ticket)> {
        match CONNECTION.try_with(Outlet::clone) {
            Ok(Outlet::InTurns(receipts)) => {
                receipts.settle();
                receipts.lock().handed.push(Handed { token, since: Instant::now(), is_written: false });
                None
            }
            Ok(Outlet::Stream(receipts)) => Some((token, Ticket { receipts, turn: None })),
            Err(_) => {
                token.delivered();
                None
            }
        }
    }

    /// Whether a token is among what the operating system does not have yet.
    pub(crate) fn is_about_to_write(&self) -> bool {
        self.lock().handed.iter().any(|handed| !handed.is_written)
    }

    /// Everything so far lies with the operating system now.
    pub(crate) fn written(&self) {
        let mut ledger = self.lock();
        ledger.written = ledger.turn;
        for handed in &mut ledger.handed {
            handed.is_written = true;
        }
        let waiting = std::mem::take(&mut ledger.waiting);
        drop(ledger);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// The client has asked for more before it can have the answer that is about to be written.
    pub(crate) fn is_ahead(&self) {
        self.lock().is_ahead = true;
    }

    /// The client has sent something. In HTTP/1.1 it did so after it had the answers before.
    pub(crate) fn heard(&self) {
        let mut ledger = self.lock();
        if ledger.handed.is_empty() || ledger.is_multiplexed || ledger.is_ahead {
            return;
        }
        let written = ledger.handed.extract_if(.., |handed| handed.is_written).collect();
        drop(ledger);
        deliver(written);
    }

    /// Takes as delivered what has been out for so long that nothing bad can be heard of it any more.
    pub(crate) fn settle(&self) {
        let mut ledger = self.lock();
        let settled = |handed: &mut Handed| handed.is_written && handed.since.elapsed() >= DOUBT;
        let settled = ledger.handed.extract_if(.., settled).collect();
        drop(ledger);
        deliver(settled);
    }

    /// The connection broke.
    pub(crate) fn broke(&self, error: &io::Error) {
        // The operating system gave up on a client that acknowledges nothing.
        let is_silence = error.kind() == io::ErrorKind::TimedOut;
        let doubt = if self.lock().is_multiplexed && !is_silence { SHARED_DOUBT } else { DOUBT };
        let is_old = |handed: &Handed| handed.is_written && handed.since.elapsed() >= doubt;
        let (old, lost): (Vec<_>, Vec<_>) = self.take().into_iter().partition(is_old);
        deliver(old);
        drop(lost);
    }

    /// The connection has ended in order; looks for a while whether a reset follows.
    pub(crate) async fn ended(&self, stream: &TcpStream) {
        let (written, unwritten): (Vec<_>, Vec<_>) =
            self.take().into_iter().partition(|handed| handed.is_written);
        drop(unwritten);
        if self.lock().is_multiplexed {
            // Our own farewell may meet a connection that is closed already: a reset says nothing then.
            return deliver(written);
        }
        let Some(last) = written.iter().map(|handed| handed.since).max() else { return };
        self.lock().handed.extend(written);
        let _ = timeout_at(last + LINGER, stream.ready(Interest::ERROR)).await;
        if let Ok(Some(error)) | Err(error) = stream.take_error() {
            self.broke(&error);
        }
        deliver(self.take());
    }

    fn take(&self) -> Vec<Handed> {
        std::mem::take(&mut self.lock().handed)
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        // Nothing can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// Waits until the operating system has what was handed over.
    ///
    /// INVARIANT: asked for only when the server has the answer. A turn that is under way in that moment may miss it,
    /// so that only one that begins later counts; the task of the connection is woken for it.
    pub(crate) fn poll_written(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut ledger = self.receipts.lock();
        let (turn, task) = match self.turn {
            Some(turn) => (turn, None),
            None => (ledger.turn, ledger.task.clone()),
        };
        if ledger.written > turn {
            return Poll::Ready(());
        }
        self.turn = Some(turn);
        ledger.waiting.push(context.waker().clone());
        drop(ledger);
        task.into_iter().for_each(Waker::wake);
        Poll::Pending
    }

    /// Takes the token, which was written, for as long as it is in doubt.
    pub(crate) fn keep(self, token: Undelivered) {
        self.receipts.settle();
        self.receipts.lock().handed.push(Handed { token, since: Instant::now(), is_written: true });
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

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::{HeaderMap, StatusCode};
    use axum::routing::delete;
    use github_app::InstallationToken;
    use github_types::Secret;
    use tokio::sync::mpsc;
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::fake_github;
    use crate::revoker::Revoker;

    /// Receipts of two tokens, one of which is out since just now and one for long, and what is revoked of them.
    async fn new_and_old() -> (Receipts, mpsc::UnboundedReceiver<String>, TaskTracker) {
        let (revoked, revocations) = mpsc::unbounded_channel();
        let revoke = async move |headers: HeaderMap| {
            revoked.send(headers["authorization"].to_str().unwrap().to_owned()).unwrap();
            StatusCode::NO_CONTENT
        };
        let github = fake_github::start(Router::new().route("/installation/token", delete(revoke))).await;
        let tasks = TaskTracker::new();
        let revoker = Revoker::new(github, tasks.clone());
        let receipts = Receipts::default();
        receipts.lock().is_multiplexed = true;
        for (text, age) in [("ghs_new", Duration::ZERO), ("ghs_old", DOUBT)] {
            let since = Instant::now().checked_sub(age).unwrap();
            let token = InstallationToken::new(Secret::new(text), since);
            let token = Undelivered::new(revoker.clone(), token, String::new());
            receipts.lock().handed.push(Handed { token, since, is_written: true });
        }
        (receipts, revocations, tasks)
    }

    async fn all(mut revocations: mpsc::UnboundedReceiver<String>, tasks: TaskTracker) -> Vec<String> {
        tasks.close();
        tasks.wait().await;
        std::iter::from_fn(|| revocations.try_recv().ok()).collect()
    }

    #[tokio::test]
    async fn a_client_that_falls_silent_keeps_what_it_got_long_before() {
        let (receipts, revocations, tasks) = new_and_old().await;
        receipts.broke(&io::ErrorKind::TimedOut.into());
        assert_eq!(all(revocations, tasks).await, ["Bearer ghs_new"]);
    }

    #[tokio::test]
    async fn what_has_been_out_for_long_is_settled_without_another_word() {
        let (receipts, revocations, tasks) = new_and_old().await;
        receipts.settle();
        assert_eq!(receipts.lock().handed.len(), 1);
        receipts.broke(&io::ErrorKind::ConnectionReset.into());
        assert_eq!(all(revocations, tasks).await, ["Bearer ghs_new"]);
    }
}
