//! Something that is fetched again now and then, by one task at a time, while everybody goes on with what there is.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::cache::{Tally, tally};

/// What the metrics call it.
const CACHE: &str = "jwks";
/// How long a value is used before it is fetched again.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// How long a value is used when fetching it again fails.
const STALE: Duration = Duration::from_secs(60 * 60);
/// The least time between the end of a fetch and the next one, whatever callers ask for.
const PAUSE: Duration = Duration::from_secs(5);

/// What a caller needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// What is at hand, unless it is too old.
    Known,
    /// Something newer: what is at hand lacks the key that a token names.
    Newer,
}

/// A value, and the one fetch of it that may be under way.
///
/// INVARIANT: the lock is held for moments only, never while anything is awaited.
pub(super) struct Cached<T>(Mutex<State<T>>);

struct State<T> {
    /// The value, and when the fetch began that gave it.
    known: Option<(Arc<T>, Instant)>,
    /// Closed when the fetch has ended; it never sends anything.
    under_way: Option<watch::Receiver<()>>,
    last_end: Option<Instant>,
    /// Whether that fetch gave nothing.
    has_failed: bool,
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Mutex::new(State { known: None, under_way: None, last_end: None, has_failed: false }))
    }
}

impl<T: Send + Sync + 'static> Cached<T> {
    /// The value; none when there is none that may be used.
    ///
    /// Who needs a newer one gets none if it could not be fetched: what is at hand says nothing then.
    ///
    /// Runs `fetch`, in a task that no caller's end can stop, if it is time for that and no other one is under way.
    /// Who has what it needs does not wait for it.
    pub(super) async fn get(
        self: &Arc<Self>,
        need: Need,
        fetch: impl Future<Output = Option<T>> + Send + 'static,
    ) -> Option<Arc<T>> {
        let mut under_way = {
            let mut state = self.lock();
            let now = Instant::now();
            let known = state.usable(now);
            let is_fresh = state.age(now).is_some_and(|age| age < FRESH);
            match (need, known) {
                (Need::Known, Some(known)) if is_fresh => {
                    tally(CACHE, Tally::Hit);
                    return Some(known);
                }
                (Need::Known, Some(known)) => {
                    tally(CACHE, Tally::Hit);
                    self.refresh(&mut state, now, fetch);
                    return Some(known);
                }
                (_, known) => match self.refresh(&mut state, now, fetch) {
                    Some(under_way) => under_way,
                    None => return known.filter(|_| !state.has_failed),
                },
            }
        };
        tally(CACHE, Tally::Miss);
        while under_way.changed().await.is_ok() {}
        let state = self.lock();
        state.usable(Instant::now()).filter(|_| need == Need::Known || !state.has_failed)
    }

    /// The fetch that is under way, or a new one; none while it is too soon for that.
    fn refresh(
        self: &Arc<Self>,
        state: &mut State<T>,
        now: Instant,
        fetch: impl Future<Output = Option<T>> + Send + 'static,
    ) -> Option<watch::Receiver<()>> {
        if let Some(under_way) = state.under_way.as_ref().filter(|under_way| under_way.has_changed().is_ok())
        {
            return Some(under_way.clone());
        }
        if state.last_end.is_some_and(|end| now.duration_since(end) < PAUSE) {
            return None;
        }
        let (end, under_way) = watch::channel(());
        state.under_way = Some(under_way.clone());
        let this = Arc::clone(self);
        tokio::spawn(async move {
            let fetched = fetch.await;
            let mut state = this.lock();
            state.has_failed = fetched.is_none();
            state.known = fetched.map(|value| (Arc::new(value), now)).or(state.known.take());
            state.last_end = Some(Instant::now());
            drop(state);
            // Only now: who waits for the end finds what was fetched.
            drop(end);
        });
        Some(under_way)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn age(&self, now: Instant) -> Option<Duration> {
        self.known.as_ref().map(|(_, since)| now.duration_since(*since))
    }

    fn usable(&self, now: Instant) -> Option<Arc<T>> {
        let known = self.known.as_ref().filter(|(_, since)| now.duration_since(*since) < STALE);
        known.map(|(value, _)| Arc::clone(value))
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::oneshot;
    use tokio::time::advance;

    use super::*;

    async fn get(cached: &Arc<Cached<u8>>, need: Need, fetched: Option<u8>) -> Option<u8> {
        cached.get(need, ready(fetched)).await.map(|value| *value)
    }

    async fn holding(value: u8) -> Arc<Cached<u8>> {
        let cached = Arc::default();
        assert_eq!(get(&cached, Need::Known, Some(value)).await, Some(value));
        cached
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_known_is_given_at_once_while_a_fetch_hangs() {
        let cached = holding(1).await;
        advance(PAUSE).await;
        let hanging = tokio::spawn({
            let cached = Arc::clone(&cached);
            async move { cached.get(Need::Newer, pending()).await }
        });
        tokio::task::yield_now().await;
        for age in [Duration::ZERO, FRESH, FRESH, FRESH] {
            advance(age).await;
            assert_eq!(get(&cached, Need::Known, Some(2)).await, Some(1));
        }
        assert!(!hanging.is_finished());
    }

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_fetched_is_not_taken_for_the_newest() {
        let cached = holding(1).await;
        advance(PAUSE).await;
        assert_eq!(get(&cached, Need::Newer, None).await, None);
        // And not within the pause after it, either.
        assert_eq!(get(&cached, Need::Newer, Some(2)).await, None);
        assert_eq!(get(&cached, Need::Known, Some(2)).await, Some(1));
        advance(PAUSE).await;
        assert_eq!(get(&cached, Need::Newer, Some(2)).await, Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn an_older_value_is_fetched_again_behind_its_user() {
        let cached = holding(1).await;
        advance(FRESH).await;
        assert_eq!(get(&cached, Need::Known, Some(2)).await, Some(1));
        tokio::task::yield_now().await;
        assert_eq!(get(&cached, Need::Known, Some(3)).await, Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_need_something_newer_wait_for_one_fetch() {
        let cached = holding(1).await;
        advance(PAUSE).await;
        let (begun, fetches) = (Arc::new(AtomicUsize::new(0)), 5);
        let (answer, answered) = oneshot::channel();
        let answered = Arc::new(tokio::sync::Mutex::new(Some(answered)));
        let waiting: Vec<_> = (0..fetches)
            .map(|_| {
                let (cached, begun, answered) = (cached.clone(), begun.clone(), answered.clone());
                tokio::spawn(async move {
                    let fetch = async move {
                        begun.fetch_add(1, Ordering::SeqCst);
                        answered.lock().await.take()?.await.ok()
                    };
                    cached.get(Need::Newer, fetch).await.map(|value| *value)
                })
            })
            .collect();
        tokio::task::yield_now().await;
        answer.send(2).unwrap();
        for waiting in waiting {
            assert_eq!(waiting.await.unwrap(), Some(2));
        }
        assert_eq!(begun.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_follows_the_end_of_each_fetch() {
        let cached = holding(1).await;
        assert_eq!(get(&cached, Need::Newer, Some(2)).await, Some(1));
        advance(PAUSE).await;
        // A fetch that takes long: the pause begins with its end.
        let slow = async {
            advance(2 * PAUSE).await;
            Some(3)
        };
        assert_eq!(cached.get(Need::Newer, slow).await.as_deref(), Some(&3));
        assert_eq!(get(&cached, Need::Newer, Some(2)).await, Some(3));
        advance(PAUSE).await;
        assert_eq!(get(&cached, Need::Newer, Some(2)).await, Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_used_for_longer_than_an_hour() {
        let cached = holding(1).await;
        advance(STALE.saturating_sub(Duration::from_secs(1))).await;
        assert_eq!(get(&cached, Need::Known, None).await, Some(1));
        advance(PAUSE).await;
        assert_eq!(get(&cached, Need::Known, None).await, None);
        // Not even tried again before the pause is over.
        assert_eq!(get(&cached, Need::Known, Some(2)).await, None);
        advance(PAUSE).await;
        assert_eq!(get(&cached, Need::Known, Some(2)).await, Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_goes_away_does_not_stop_the_fetch() {
        let cached: Arc<Cached<u8>> = Arc::default();
        let (answer, answered) = oneshot::channel();
        let caller = tokio::spawn({
            let cached = Arc::clone(&cached);
            async move { cached.get(Need::Known, async { answered.await.ok() }).await }
        });
        tokio::task::yield_now().await;
        caller.abort();
        assert!(caller.await.is_err());
        answer.send(1).unwrap();
        assert_eq!(get(&cached, Need::Known, None).await, Some(1));
    }
}
