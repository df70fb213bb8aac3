//! What a connection is doing: nothing, waiting for its client, or working for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Version;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::Limits;
use super::in_flight::Stage;

/// For how long an answer that is there is written in peace before its connection makes room. A client that reads has
/// it by then.
const PEACE: Duration = Duration::from_secs(1);

/// What one connection is doing.
pub(super) struct Activity {
    state: Mutex<State>,
    /// Tells the connection that its place is needed, or, if it is, that it has got something to do or nothing left.
    needed: Notify,
    /// Tells who looks for a place that this connection may have one to give.
    changed: Arc<Notify>,
}

struct State {
    /// The requests whose head has come and whose answer is not yet written.
    requests: usize,
    /// Those of them that have come completely: it is our turn.
    working: usize,
    /// Those of them that are answered: it is the client's turn to take what is written.
    answered: usize,
    /// When these numbers changed last.
    since: Instant,
    has_asked: bool,
    is_multiplexed: bool,
    /// When the connection is to go, if it was asked to.
    goes_at: Option<Instant>,
}

impl Activity {
    pub(super) fn new(changed: Arc<Notify>) -> Self {
        let state = State {
            requests: 0,
            working: 0,
            answered: 0,
            since: Instant::now(),
            has_asked: false,
            is_multiplexed: false,
            goes_at: None,
        };
        Self { state: Mutex::new(state), needed: Notify::new(), changed }
    }

    /// The head of a request has come.
    pub(super) fn begin(&self, version: Version) {
        self.change(|state| {
            state.requests += 1;
            state.has_asked = true;
            state.is_multiplexed = version == Version::HTTP_2;
        });
    }

    /// A request goes on from one stage to another.
    pub(super) fn proceed(&self, last: Stage, next: Stage) {
        self.change(|state| {
            state.leave(last);
            state.enter(next);
        });
    }

    /// Nothing is left of a request that was in that stage.
    pub(super) fn end(&self, last: Stage) {
        self.change(|state| {
            state.requests = state.requests.saturating_sub(1);
            state.leave(last);
        });
    }

    /// Since when the connection does nothing but wait for its client, if it does.
    ///
    /// SECURITY: it waits also for one that does not take its answers; otherwise whoever asks for anything and does not
    /// read keeps a place.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        let state = self.lock();
        (state.working == 0 && state.goes_at.is_none()).then_some(state.since)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.lock().requests == 0
    }

    /// When the connection has waited, or a request has taken, too long; none if it works on several, each of which
    /// has a limit of its own.
    pub(super) fn ends_at(&self, limits: &Limits) -> Option<Instant> {
        let state = self.lock();
        let limit = match state.requests {
            0 if state.has_asked => limits.idle,
            0 => limits.head,
            _ if state.is_multiplexed => return None,
            _ if state.answered > 0 => limits.answer,
            _ => limits.request,
        };
        Some(state.since + limit)
    }

    /// Asks the connection to give up its place.
    pub(super) fn tell(&self) {
        let mut state = self.lock();
        // Counted from the answer, so that who has not taken one for long goes at once.
        state.goes_at = Some(state.since + PEACE);
        drop(state);
        self.needed.notify_one();
    }

    /// Whether the connection was asked that and has not refused.
    pub(super) fn is_told(&self) -> bool {
        self.lock().goes_at.is_some()
    }

    /// Waits until the place is needed, and the connection has nothing to do for its client.
    ///
    /// INVARIANT: requests begin in the task that polls this, so that none can begin between this and its end.
    pub(super) async fn is_to_go(&self) {
        loop {
            let goes_at = self.goes_at();
            if goes_at.is_some_and(|at| at <= Instant::now()) {
                return;
            }
            tokio::select! {
                () = self.needed.notified() => {}
                () = sleep_until(goes_at.unwrap_or_else(Instant::now)), if goes_at.is_some() => {}
            }
        }
    }

    /// When the connection is to go, if it was asked to and does not refuse, which it does when it has work.
    fn goes_at(&self) -> Option<Instant> {
        let mut state = self.lock();
        if state.working > 0 && state.goes_at.take().is_some() {
            self.changed.notify_one();
        }
        // Nothing is being written.
        let at_once = (state.answered == 0).then(Instant::now);
        state.goes_at.map(|at| at_once.unwrap_or(at))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        state.since = Instant::now();
        if state.goes_at.is_some() {
            self.needed.notify_one();
        }
        drop(state);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, stage: Stage) {
        if let Some(count) = self.count(stage) {
            *count += 1;
        }
    }

    fn leave(&mut self, stage: Stage) {
        if let Some(count) = self.count(stage) {
            *count = count.saturating_sub(1);
        }
    }

    fn count(&mut self, stage: Stage) -> Option<&mut usize> {
        match stage {
            Stage::Coming => None,
            Stage::Working => Some(&mut self.working),
            Stage::Answered => Some(&mut self.answered),
        }
    }
}
