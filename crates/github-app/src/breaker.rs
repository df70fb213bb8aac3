//! Leaving GitHub alone while it is down: a circuit breaker.
//!
//! Closed, it counts. When many of the last calls failed, it opens: nothing is sent for a while. Then one call at a time
//! may try; one that is answered closes it again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The failures that open it, if they are at least half of the calls.
const MANY: u32 = 10;
/// How often the rest is doubled at most while nothing helps, and how much longer than the first it gets at most.
const LONGEST: u32 = 12;
/// How long to wait while another call tries.
const WHILE_TRYING: Duration = Duration::from_secs(1);

/// The state of the circuit; times are arguments.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: Mutex<State>,
    /// How long calls are remembered, at least.
    memory: Duration,
    /// How long nothing is sent at first.
    rest: Duration,
}

#[derive(Debug)]
struct State {
    since: Instant,
    now: Tally,
    before: Tally,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    calls: u32,
    failures: u32,
}

#[derive(Debug)]
struct Open {
    until: Instant,
    rest: Duration,
    is_tried: bool,
}

/// Leave to make a call. Dropped without a verdict it says nothing about GitHub.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    breaker: &'a Breaker,
    is_trial: bool,
}

impl Breaker {
    pub(crate) fn new(memory: Duration, rest: Duration) -> Self {
        let state =
            State { since: Instant::now(), now: Tally::default(), before: Tally::default(), open: None };
        Self { state: Mutex::new(state), memory, rest }
    }

    /// Leave to call, or how long there will be none.
    pub(crate) fn admit(&self) -> Result<Permit<'_>, Duration> {
        let mut state = self.lock();
        let is_trial = match &mut state.open {
            None => false,
            Some(open) => {
                let left = open.until.saturating_duration_since(Instant::now());
                if !left.is_zero() {
                    return Err(left);
                }
                if std::mem::replace(&mut open.is_tried, true) {
                    return Err(WHILE_TRYING);
                }
                true
            }
        };
        Ok(Permit { breaker: self, is_trial })
    }

    /// Leave to call in any case.
    pub(crate) fn insist(&self) -> Permit<'_> {
        Permit { breaker: self, is_trial: false }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answered(&self, is_trial: bool) {
        let mut state = self.lock();
        if is_trial {
            state.reset();
            state.open = None;
            tell(false);
        } else if state.open.is_none() {
            state.tally(self.memory).calls += 1;
        }
    }

    fn failed(&self, is_trial: bool) {
        let mut state = self.lock();
        let now = Instant::now();
        match &mut state.open {
            Some(open) if is_trial => {
                let rest = (2 * open.rest).min(LONGEST * self.rest);
                *open = Open { until: now + rest, rest, is_tried: false };
            }
            // It was sent before the circuit opened.
            Some(_) => {}
            None => {
                let tally = state.tally(self.memory);
                tally.calls += 1;
                tally.failures += 1;
                let (calls, failures) =
                    (state.now.calls + state.before.calls, state.now.failures + state.before.failures);
                if failures >= MANY && 2 * failures >= calls {
                    state.open = Some(Open { until: now + self.rest, rest: self.rest, is_tried: false });
                    tell(true);
                }
            }
        }
    }
}

impl State {
    /// The tally to add to, after what is too old was forgotten.
    fn tally(&mut self, memory: Duration) -> &mut Tally {
        let now = Instant::now();
        let age = now.duration_since(self.since);
        if age >= 2 * memory {
            self.reset();
        } else if age >= memory {
            self.before = std::mem::take(&mut self.now);
            self.since = now;
        }
        &mut self.now
    }

    fn reset(&mut self) {
        (self.now, self.before, self.since) = (Tally::default(), Tally::default(), Instant::now());
    }
}

impl Permit<'_> {
    /// GitHub answered, whatever it said.
    pub(crate) fn answered(mut self) {
        self.breaker.answered(std::mem::take(&mut self.is_trial));
    }

    /// GitHub was not there, was too slow, or broke.
    pub(crate) fn failed(mut self) {
        self.breaker.failed(std::mem::take(&mut self.is_trial));
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_trial
            && let Some(open) = &mut self.breaker.lock().open
        {
            // The trial was broken off: the next call is one.
            open.is_tried = false;
        }
    }
}

fn tell(is_open: bool) {
    metrics::gauge!("access_token_github_circuit_open").set(f64::from(u8::from(is_open)));
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const MEMORY: Duration = Duration::from_secs(10);
    const REST: Duration = Duration::from_secs(5);
    const MOMENT: Duration = Duration::from_millis(1);

    fn breaker() -> Breaker {
        Breaker::new(MEMORY, REST)
    }

    fn fail(breaker: &Breaker, times: u32) {
        (0..times).for_each(|_| breaker.admit().unwrap().failed());
    }

    fn answer(breaker: &Breaker, times: u32) {
        (0..times).for_each(|_| breaker.admit().unwrap().answered());
    }

    fn open() -> Breaker {
        let breaker = breaker();
        fail(&breaker, MANY);
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn opens_after_many_failures_only() {
        let breaker = breaker();
        fail(&breaker, MANY - 1);
        assert!(breaker.admit().is_ok());
        fail(&breaker, 1);
        assert_eq!(breaker.admit().unwrap_err(), REST);
    }

    #[tokio::test(start_paused = true)]
    async fn stays_closed_while_most_calls_are_answered() {
        let breaker = breaker();
        answer(&breaker, 101);
        fail(&breaker, 100);
        assert!(breaker.admit().is_ok());
        fail(&breaker, 1);
        assert!(breaker.admit().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn forgets_what_is_long_ago() {
        let breaker = breaker();
        fail(&breaker, MANY - 1);
        advance(MEMORY).await;
        // Still remembered, as one that failed a moment ago may have been.
        answer(&breaker, 1);
        advance(MEMORY).await;
        fail(&breaker, MANY - 1);
        assert!(breaker.admit().is_ok());
        advance(2 * MEMORY).await;
        fail(&breaker, MANY - 1);
        assert!(breaker.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_call_at_a_time_tries_after_the_rest() {
        let breaker = open();
        advance(REST.saturating_sub(MOMENT)).await;
        assert_eq!(breaker.admit().unwrap_err(), MOMENT);
        advance(MOMENT).await;
        let trial = breaker.admit().unwrap();
        assert_eq!(breaker.admit().unwrap_err(), WHILE_TRYING);
        trial.answered();
        // Nothing of before counts any more.
        fail(&breaker, MANY - 1);
        assert!(breaker.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn rests_longer_and_longer_while_nothing_helps() {
        let breaker = open();
        for rest in [5, 10, 20, 40, 60, 60] {
            let rest = Duration::from_secs(rest);
            assert_eq!(breaker.admit().unwrap_err(), rest);
            advance(rest).await;
            fail(&breaker, 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_is_broken_off_leaves_it_to_the_next() {
        let breaker = open();
        advance(REST).await;
        drop(breaker.admit().unwrap());
        breaker.admit().unwrap().answered();
        assert!(breaker.admit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_before_decides_nothing_afterwards() {
        let breaker = breaker();
        let (early, earlier) = (breaker.admit().unwrap(), breaker.admit().unwrap());
        fail(&breaker, MANY);
        early.answered();
        assert_eq!(breaker.admit().unwrap_err(), REST);
        advance(MOMENT).await;
        earlier.failed();
        assert_eq!(breaker.admit().unwrap_err(), REST.saturating_sub(MOMENT));
    }
}
