//! The way of the log's lines to standard output: a queue, and a thread that writes.
//!
//! Whoever reads standard output may stall, and nobody else waits for that: what finds the queue full is lost, and
//! counted. (The crate `tracing-appender` does the same, but at the end of a process it prints to the standard output that
//! is stalled, and the process would never end.)

use std::io::{Result as IoResult, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// The most that lines may take up which wait to be written, in bytes: some ten thousand of them.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// The most that is written at once, in bytes.
const BATCH_BYTES: usize = 64 * 1024;
/// What a line takes up beside its text, in bytes.
const PER_LINE: usize = 64;
/// How long the last lines may take to be written when the process ends.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The entrance to the queue.
#[derive(Clone)]
pub(super) struct Queue {
    orders: Sender<Order>,
    tally: Arc<Tally>,
}

/// What waits, and what there was no room for.
#[derive(Default)]
struct Tally {
    bytes: AtomicUsize,
    /// Since the last line that was written.
    lost: AtomicU64,
}

enum Order {
    Write(Vec<u8>),
    /// To say when everything before is written.
    Finish(SyncSender<()>),
}

/// The log as long as the process goes on; when this is dropped, what was logged so far is written, if it can be.
#[must_use]
pub struct Log(Queue);

impl Queue {
    /// Starts the thread that writes to `output`.
    pub(super) fn start(output: impl Write + Send + 'static) -> IoResult<Self> {
        let ((orders, queue), tally) = (channel(), Arc::new(Tally::default()));
        let writer = Writer { queue, output, tally: Arc::clone(&tally) };
        std::thread::Builder::new().name("log".to_owned()).spawn(move || writer.run())?;
        Ok(Self { orders, tally })
    }

    pub(super) fn into_log(self) -> Log {
        Log(self)
    }

    fn put(&self, line: &[u8]) {
        let size = line.len() + PER_LINE;
        if self.tally.bytes.fetch_add(size, Ordering::Relaxed) + size > MOST_BYTES
            || self.orders.send(Order::Write(line.to_vec())).is_err()
        {
            self.tally.bytes.fetch_sub(size, Ordering::Relaxed);
            self.tally.lost.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("access_token_log_lines_lost_total").increment(1);
        }
    }
}

/// The subscriber writes each event whole, its end of line included.
impl Write for Queue {
    fn write(&mut self, line: &[u8]) -> IoResult<usize> {
        self.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> IoResult<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Queue {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let (done, written) = sync_channel(1);
        if self.0.orders.send(Order::Finish(done)).is_ok() {
            let _ = written.recv_timeout(LAST_WORDS);
        }
    }
}

struct Writer<W> {
    queue: Receiver<Order>,
    output: W,
    tally: Arc<Tally>,
}

impl<W: Write> Writer<W> {
    fn run(mut self) {
        while let Ok(first) = self.queue.recv() {
            let (mut lines, mut size, mut waiting) = (Vec::new(), 0, None);
            let mut next = Some(first);
            while let Some(order) = next.take() {
                match order {
                    Order::Write(line) => {
                        size += line.len() + PER_LINE;
                        lines.extend(line);
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
            // Nobody could be told of an output that is gone.
            let is_written = self.output.write_all(&lines).and_then(|()| self.output.flush()).is_ok();
            self.tally.bytes.fetch_sub(size, Ordering::Relaxed);
            let lost = if is_written { self.tally.lost.swap(0, Ordering::Relaxed) } else { 0 };
            if lost > 0 {
                tracing::warn!(lines = lost, "lines of the log were lost");
            }
            if let Some(done) = waiting {
                let _ = done.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// An output that takes nothing before it is told so, and then tells of what it takes.
    struct Stalled(mpsc::Receiver<()>, mpsc::Sender<Vec<u8>>);

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> IoResult<usize> {
            let _ = self.0.recv();
            self.1.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> IoResult<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_an_output_that_stalls_and_what_is_lost_is_known() {
        let ((go, stalled), (tell, told)) = (mpsc::channel(), mpsc::channel());
        let mut queue = Queue::start(Stalled(stalled, tell)).unwrap();
        let line = [vec![b'x'; 1023], vec![b'\n']].concat();
        let most = MOST_BYTES / (line.len() + PER_LINE);
        for _ in 0..2 * most {
            queue.write_all(&line).unwrap();
        }
        assert!(queue.tally.bytes.load(Ordering::Relaxed) <= MOST_BYTES);
        let lost = usize::try_from(queue.tally.lost.load(Ordering::Relaxed)).unwrap();
        assert_eq!(lost, most);
        // From here on it takes whatever comes.
        drop(go);
        drop(queue.clone().into_log());
        let written: usize = told.try_iter().map(|bytes| bytes.len()).sum();
        assert_eq!(written, most * line.len());
        assert_eq!(queue.tally.bytes.load(Ordering::Relaxed), 0);
    }
}
