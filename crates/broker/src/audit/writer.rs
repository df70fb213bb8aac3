//! The thread that writes audit events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;

use metrics::{Counter, counter};
use tokio::sync::oneshot;

use super::Place;
use super::sink::Sink;

/// The most that is written at once, in bytes.
const BATCH_BYTES: usize = 256 * 1024;

/// What the thread is told.
pub(super) enum Order {
    /// To write a line, which has this place.
    Write(Vec<u8>, Place),
    /// To say when everything before is written.
    Finish(oneshot::Sender<()>),
}

/// What became of events.
pub(super) struct Tally {
    written: Counter,
    lost: Counter,
    /// Whether the last event was lost: then the log knows already.
    is_losing: AtomicBool,
}

impl Tally {
    pub(super) fn new() -> Self {
        let result = |result: &'static str| counter!("access_token_audit_events_total", "result" => result);
        Self { written: result("written"), lost: result("lost"), is_losing: AtomicBool::new(false) }
    }

    /// One warning for as many losses as follow each other.
    pub(super) fn lost(&self, events: u64, reason: &str) {
        self.lost.increment(events);
        if !self.is_losing.swap(true, Ordering::Relaxed) {
            tracing::warn!(reason, "audit events are lost");
        }
    }

    fn written(&self, events: u64) {
        self.written.increment(events);
        if self.is_losing.swap(false, Ordering::Relaxed) {
            tracing::warn!("audit events are written again");
        }
    }
}

/// Writes until nobody can order any more.
pub(super) struct Writer {
    queue: Receiver<Order>,
    sink: Sink,
    tally: Arc<Tally>,
    /// Whether a line may have been cut off.
    is_torn: bool,
}

impl Writer {
    pub(super) fn new(queue: Receiver<Order>, sink: Sink, tally: Arc<Tally>) -> Self {
        Self { queue, sink, tally, is_torn: false }
    }

    pub(super) fn run(mut self) {
        while let Ok(first) = self.queue.recv() {
            let (mut lines, mut events, mut places, mut waiting) = (Vec::new(), 0, Vec::new(), None);
            let mut next = Some(first);
            while let Some(order) = next.take() {
                match order {
                    Order::Write(line, place) => {
                        lines.extend(line);
                        places.push(place);
                        events += 1;
                    }
                    Order::Finish(done) => {
                        waiting = Some(done);
                        break;
                    }
                }
                if lines.len() < BATCH_BYTES {
                    next = self.queue.try_recv().ok();
                }
            }
            self.write(&lines, events);
            drop(places);
            if let Some(done) = waiting {
                // Who asked may have lost patience.
                let _ = done.send(());
            }
        }
    }

    fn write(&mut self, lines: &[u8], events: u64) {
        if events == 0 {
            return;
        }
        let written =
            if self.is_torn { self.sink.write(&[b"\n", lines].concat()) } else { self.sink.write(lines) };
        self.is_torn = written.is_err();
        match written {
            Ok(()) => self.tally.written(events),
            Err(error) => self.tally.lost(events, &error.to_string()),
        }
    }
}
