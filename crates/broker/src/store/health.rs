//! Whether the store is worth asking.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// After so many failures in a row, the store is left alone for a while.
pub(super) const PATIENCE: u32 = 3;
/// For how long. Then one call finds out how it is.
const PAUSE: Duration = Duration::from_secs(1);
/// How often the log says that it is away.
const WARN_EVERY: Duration = Duration::from_secs(30);

/// What the last calls say about the store.
///
/// INVARIANT: the lock is held for moments only, never while anything is awaited.
#[derive(Default)]
pub(super) struct Health(Mutex<State>);

#[derive(Default)]
struct State {
    /// In a row.
    failures: u32,
    /// Nobody asks before then.
    closed_until: Option<Instant>,
    warned: Option<Instant>,
    /// Whether the log says that it is away, and not yet that it is back.
    is_told: bool,
}

impl Health {
    /// Whether to ask. After a pause one may, and if that one never reports, another one after the next pause.
    pub(super) fn admits(&self) -> bool {
        let mut state = self.lock();
        let now = Instant::now();
        match state.closed_until {
            None => true,
            Some(until) if until > now => false,
            Some(_) => {
                state.closed_until = Some(now + PAUSE);
                true
            }
        }
    }

    /// The store did as it was asked.
    pub(super) fn succeeded(&self) {
        let mut state = self.lock();
        state.failures = 0;
        state.closed_until = None;
        if std::mem::take(&mut state.is_told) {
            tracing::info!("the store is back");
        }
    }

    /// The store failed; gives whether it is left alone from now on, after so many failures in a row.
    pub(super) fn failed(&self, operation: &str, reason: &str, patience: u32) -> bool {
        let mut state = self.lock();
        let now = Instant::now();
        state.failures = state.failures.saturating_add(1);
        if state.warned.is_none_or(|warned| now.duration_since(warned) >= WARN_EVERY) {
            (state.warned, state.is_told) = (Some(now), true);
            tracing::warn!(operation, error = crate::log::field::cut(reason), "the store is away");
        }
        let is_enough = state.failures >= patience;
        if is_enough {
            state.closed_until = Some(now + PAUSE);
        }
        is_enough
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing can panic half-way through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn fail(health: &Health) -> bool {
        health.failed("count", "no answer in time", PATIENCE)
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_fails_again_and_again_is_left_alone() {
        let health = Health::default();
        assert!(!fail(&health) && !fail(&health));
        assert!(health.admits());
        assert!(fail(&health));
        assert!(!health.admits());
        advance(PAUSE).await;
        // One tries; the others wait for how that ends.
        assert!(health.admits());
        assert!(!health.admits());
        assert!(fail(&health));
        assert!(!health.admits());
        advance(PAUSE).await;
        assert!(health.admits());
        health.succeeded();
        assert!(health.admits() && health.admits());
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_never_ends_is_followed_by_another() {
        let health = Health::default();
        for _ in 0..PATIENCE {
            fail(&health);
        }
        for _ in 0..3 {
            advance(PAUSE).await;
            assert!(health.admits());
            assert!(!health.admits());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn failures_that_are_not_in_a_row_close_nothing() {
        let health = Health::default();
        for _ in 0..10 * PATIENCE {
            assert!(!fail(&health));
            health.succeeded();
        }
        assert!(health.admits());
    }
}
