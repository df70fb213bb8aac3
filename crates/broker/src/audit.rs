//! Audit events: one for each exchange, as JSON lines, to standard output or a file.
//!
//! A thread of its own writes them. An exchange has a place for its event before it begins, or does not begin: so none
//! happens unseen. What cannot be written is lost, and that is counted and logged.

mod event;
pub(crate) mod list;
mod sink;
mod writer;

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

pub(crate) use self::event::Event;
pub use self::sink::AuditLogError;
pub(crate) use self::sink::Sink;
use self::writer::{Order, Tally, Writer};

/// The most that events may take up which wait to be written, in KiB.
const QUEUE: usize = 16 * 1024;
/// What an event is taken to need before it is known, in KiB: so there are 8,192 places at most. One that turns out to
/// need more takes that, too, if it is there. If not, it has its place all the same: only those that have begun already
/// can be too many.
const PLACE: u32 = 2;
/// How long the last events may take to be written when the service ends.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// The way to the thread that writes.
pub(crate) struct Audit {
    orders: Sender<Order>,
    tally: Arc<Tally>,
    places: Arc<Semaphore>,
}

/// A place in the queue for one event; it is free again when that is written.
pub(crate) struct Place(Option<OwnedSemaphorePermit>);

impl Audit {
    /// Starts the thread.
    pub(crate) fn start(sink: Sink) -> std::io::Result<Self> {
        let (orders, queue) = channel();
        let tally = Arc::new(Tally::new());
        let writer = Writer::new(queue, sink, Arc::clone(&tally));
        std::thread::Builder::new().name("audit".to_owned()).spawn(move || writer.run())?;
        Ok(Self { orders, tally, places: Arc::new(Semaphore::new(QUEUE)) })
    }

    /// Waits for a place for an event.
    pub(crate) async fn place(&self) -> Place {
        // The semaphore is never closed.
        Place(Arc::clone(&self.places).acquire_many_owned(PLACE).await.ok())
    }

    /// A place for an event of what has happened already; the event is written without, if there is none.
    pub(crate) fn place_if_free(&self) -> Place {
        Place(Arc::clone(&self.places).try_acquire_many_owned(PLACE).ok())
    }

    /// Hands over an event.
    pub(crate) fn write(&self, event: &Event<'_>, mut place: Place) {
        let line = event.to_line();
        let more = u32::try_from(line.len() / 1024).unwrap_or(u32::MAX).saturating_sub(PLACE);
        if more > 0
            && let Some(place) = &mut place.0
            && let Ok(more) = Arc::clone(&self.places).try_acquire_many_owned(more)
        {
            place.merge(more);
        }
        if self.orders.send(Order::Write(line, place)).is_err() {
            self.tally.lost(1, "the thread that writes has ended");
        }
    }

    /// There was no place in time for an event, and so no exchange.
    pub(crate) fn refused(&self) {
        self.tally.lost(1, "the queue is full");
    }

    /// Waits until what was handed over so far is written.
    pub(crate) async fn finish(&self) {
        let (done, written) = oneshot::channel();
        let is_sent = self.orders.send(Order::Finish(done)).is_ok();
        if !is_sent || !timeout(LAST_WORDS, written).await.is_ok_and(|written| written.is_ok()) {
            tracing::warn!("audit events were not all written");
        }
    }
}

#[cfg(test)]
mod tests;
