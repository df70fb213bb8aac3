use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::advance;

use super::*;

const PATIENCE: Duration = Duration::from_millis(5);

/// Something to read: each read gives its number, when it is let to.
#[derive(Clone)]
struct Source {
    batches: Arc<Batches<&'static str, usize>>,
    sent: Arc<AtomicUsize>,
    answers: Arc<Semaphore>,
}

impl Source {
    fn new(patience: Option<Duration>) -> Self {
        let batches = Arc::new(Batches::new(patience));
        Self { batches, sent: Arc::default(), answers: Arc::new(Semaphore::new(0)) }
    }

    /// Somebody who asks for a key, and has got as far as it comes by itself.
    async fn ask(&self, key: &'static str) -> JoinHandle<usize> {
        let source = self.clone();
        let asking = tokio::spawn(async move {
            let read = || {
                let (sent, answers) = (Arc::clone(&source.sent), Arc::clone(&source.answers));
                async move {
                    let number = sent.fetch_add(1, Ordering::SeqCst);
                    answers.acquire().await.unwrap().forget();
                    number
                }
            };
            source.batches.join(&key, read).await
        });
        settle().await;
        asking
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    async fn answer(&self) {
        self.answers.add_permits(1);
        settle().await;
    }

    fn is_forgotten(&self) -> bool {
        self.batches.0.lock().is_empty()
    }
}

async fn settle() {
    for _ in 0..8 {
        yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_joins_a_read_that_was_sent_already() {
    let source = Source::new(None);
    let first = source.ask("a").await;
    assert_eq!(source.sent(), 1);
    let later = [source.ask("a").await, source.ask("a").await, source.ask("a").await];
    assert_eq!(source.sent(), 1);
    source.answer().await;
    assert_eq!((first.await.unwrap(), source.sent()), (0, 2));
    // The second was sent by now: whoever comes gets a third.
    let last = source.ask("a").await;
    source.answer().await;
    for later in later {
        assert_eq!(later.await.unwrap(), 1);
    }
    source.answer().await;
    assert_eq!(last.await.unwrap(), 2);
    assert!(source.is_forgotten());
}

#[tokio::test(start_paused = true)]
async fn other_things_are_read_beside() {
    let source = Source::new(None);
    let (a, b) = (source.ask("a").await, source.ask("b").await);
    assert_eq!(source.sent(), 2);
    source.answer().await;
    source.answer().await;
    assert_eq!((a.await.unwrap(), b.await.unwrap()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_long_for_a_slow_read() {
    let source = Source::new(Some(PATIENCE));
    let first = source.ask("a").await;
    advance(PATIENCE / 2).await;
    let second = source.ask("a").await;
    assert_eq!(source.sent(), 1);
    advance(PATIENCE).await;
    settle().await;
    assert_eq!(source.sent(), 2);
    // Who comes after that does not wait at all.
    advance(PATIENCE).await;
    let third = source.ask("a").await;
    assert_eq!(source.sent(), 3);
    for asking in [first, second, third] {
        assert!(!asking.is_finished());
        source.answer().await;
        asking.await.unwrap();
    }
    assert!(source.is_forgotten());
}

#[tokio::test(start_paused = true)]
async fn only_so_many_reads_are_under_way() {
    let source = Source::new(Some(PATIENCE));
    let mut asking = Vec::new();
    for _ in 0..MOST_AT_ONCE + 5 {
        asking.push(source.ask("a").await);
        advance(2 * PATIENCE).await;
        settle().await;
    }
    assert_eq!(source.sent(), MOST_AT_ONCE);
    // The five that are left share the next one.
    source.answer().await;
    assert_eq!(source.sent(), MOST_AT_ONCE + 1);
    for _ in 0..MOST_AT_ONCE {
        source.answer().await;
    }
    for asking in asking {
        asking.await.unwrap();
    }
    assert!(source.is_forgotten());
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_keeps_nobody_from_an_answer() {
    let source = Source::new(None);
    let first = source.ask("a").await;
    let leader = source.ask("a").await;
    let other = source.ask("a").await;
    leader.abort();
    assert!(leader.await.is_err());
    // The first goes away in the middle of its read, too.
    first.abort();
    assert!(first.await.is_err());
    settle().await;
    assert_eq!(source.sent(), 2);
    source.answer().await;
    assert_eq!(other.await.unwrap(), 1);
    assert!(source.is_forgotten());
}

#[tokio::test(start_paused = true)]
async fn what_nobody_waits_for_any_more_is_not_read() {
    let source = Source::new(None);
    let first = source.ask("a").await;
    let second = source.ask("a").await;
    second.abort();
    assert!(second.await.is_err());
    source.answer().await;
    assert_eq!((first.await.unwrap(), source.sent()), (0, 1));
    settle().await;
    assert!(source.is_forgotten());
}

#[tokio::test]
async fn a_read_that_panics_is_the_end_of_all_who_wait_for_it() {
    let batches: Arc<Batches<(), ()>> = Arc::new(Batches::new(None));
    let (begun, mut reads) = mpsc::unbounded_channel();
    let ask = |go: Arc<Semaphore>| {
        let (batches, begun) = (Arc::clone(&batches), begun.clone());
        tokio::spawn(async move {
            let read = || {
                let (go, begun) = (Arc::clone(&go), begun.clone());
                async move {
                    begun.send(()).unwrap();
                    let _ = go.acquire().await;
                    panic!("as ordered")
                }
            };
            batches.join(&(), read).await;
        })
    };
    let go = Arc::new(Semaphore::new(0));
    let first = ask(Arc::clone(&go));
    reads.recv().await.unwrap();
    let others = [ask(Arc::clone(&go)), ask(Arc::clone(&go))];
    go.close();
    assert!(first.await.unwrap_err().is_panic());
    for other in others {
        assert!(other.await.unwrap_err().is_panic());
    }
    assert!(batches.0.lock().is_empty());
}
