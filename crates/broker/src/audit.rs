//! Audit events: one for each exchange, as JSON lines, to standard output or a file.
//!
//! A thread of its own writes them. An exchange never waits for it: what finds the queue full, or cannot be written, is
//! lost, and that is counted and logged.

mod event;
pub(crate) mod list;
mod sink;
mod writer;

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

pub(crate) use self::event::Event;
pub use self::sink::AuditLogError;
pub(crate) use self::sink::Sink;
use self::writer::{Order, Tally, Writer};

/// The most events that wait to be written.
const QUEUE: usize = 8192;
/// The most that they may take up, in bytes.
const QUEUE_BYTES: usize = 16 * 1024 * 1024;
/// How long the last events may take to be written when the service ends.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The way to the thread that writes.
pub(crate) struct Audit {
    orders: SyncSender<Order>,
    tally: Arc<Tally>,
}

impl Audit {
    /// Starts the thread.
    pub(crate) fn start(sink: Sink) -> std::io::Result<Self> {
        let (orders, queue) = sync_channel(QUEUE);
        let tally = Arc::new(Tally::new());
        let writer = Writer::new(queue, sink, Arc::clone(&tally));
        std::thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run())?;
        Ok(Self { orders, tally })
    }

    /// Hands over an event.
    pub(crate) fn write(&self, event: &Event<'_>) {
        let line = event.to_line();
        let bytes = line.len();
        if self.tally.queued(bytes) > QUEUE_BYTES {
            self.tally.taken(bytes);
            return self.tally.lost(1, "the queue is full");
        }
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.orders.try_send(Order::Write(line))
        {
            self.tally.taken(bytes);
            self.tally.lost(1, "the queue is full");
        }
    }

    /// Waits until what was handed over so far is written.
    pub(crate) async fn finish(&self) {
        let (done, written) = oneshot::channel();
        let orders = self.orders.clone();
        // The queue may be full: its end must not be waited for where others work.
        let sent = tokio::task::spawn_blocking(move || orders.send(Order::Finish(done)));
        let finished = async { sent.await.is_ok_and(|sent| sent.is_ok()) && written.await.is_ok() };
        if !timeout(LAST_WORDS, finished).await.unwrap_or(false) {
            tracing::warn!("audit events were not all written");
        }
    }
}

#[cfg(test)]
mod tests;
