//! What a connection is doing: nothing, waiting for its client, or working for it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Limits;

/// What one connection is doing.
pub(super) struct Activity {
    state: Mutex<State>,
    /// Tells the connection that its place is needed.
    needed: Notify,
    /// Tells who looks for a place that this connection may have one to give.
    changed: Arc<Notify>,
}

struct State {
    /// The requests whose head has come and whose answer is not yet written.
    requests: usize,
    /// Those of them that have come completely: it is our turn.
    working: usize,
    /// When these numbers changed last.
    since: Instant,
    has_asked: bool,
    is_multiplexed: bool,
    is_told: bool,
}

impl Activity {
    pub(super) fn new(changed: Arc<Notify>) -> Self {
        let state = State {
            requests: 0,
            working: 0,
            since: Instant::now(),
            has_asked: false,
            is_multiplexed: false,
            is_told: false,
        };
        Self { state: Mutex::new(state), needed: Notify::new(), changed }
    }

    /// Counts a request until all that is left of it is dropped.
    pub(super) fn begin(self: &Arc<Self>, version: axum::http::Version) -> InFlight {
        let mut state = self.lock();
        state.requests += 1;
        state.since = Instant::now();
        state.has_asked = true;
        state.is_multiplexed = version == axum::http::Version::HTTP_2;
        InFlight(Arc::new(Request { activity: Arc::clone(self), has_come: Mutex::new(false) }))
    }

    /// Since when the connection does nothing but wait for its client, if it does.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        let state = self.lock();
        (state.working == 0 && !state.is_told).then_some(state.since)
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
            _ => limits.request,
        };
        Some(state.since + limit)
    }

    /// Asks the connection to give up its place.
    pub(super) fn tell(&self) {
        self.lock().is_told = true;
        self.needed.notify_one();
    }

    /// Whether the connection was asked that and has not refused.
    pub(super) fn is_told(&self) -> bool {
        self.lock().is_told
    }

    /// Waits until the place is needed, and the connection has nothing to do for its client.
    ///
    /// INVARIANT: requests begin in the task that polls this, so that none can begin between this and its end.
    pub(super) async fn is_to_go(&self) {
        loop {
            self.needed.notified().await;
            let mut state = self.lock();
            if state.working == 0 {
                return;
            }
            state.is_told = false;
            self.changed.notify_one();
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        state.since = Instant::now();
        drop(state);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request, as long as anything is left of it or of its answer.
#[derive(Clone)]
pub(super) struct InFlight(Arc<Request>);

struct Request {
    activity: Arc<Activity>,
    has_come: Mutex<bool>,
}

impl InFlight {
    /// The request has come completely.
    pub(super) fn has_come(&self) {
        let mut has_come = self.0.has_come.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *has_come, true) {
            self.0.activity.change(|state| state.working += 1);
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let has_come = *self.has_come.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.activity.change(|state| {
            state.requests = state.requests.saturating_sub(1);
            state.working = state.working.saturating_sub(usize::from(has_come));
        });
    }
}

/// A request's or an answer's body that keeps its request in flight.
pub(super) struct Watched<B> {
    body: B,
    in_flight: InFlight,
    /// Whether the end of this body means that the request has come.
    is_request: bool,
}

impl<B: Body> Watched<B> {
    pub(super) fn request(body: B, in_flight: InFlight) -> Self {
        if body.is_end_stream() {
            in_flight.has_come();
        }
        Self { body, in_flight, is_request: true }
    }

    pub(super) fn answer(body: B, in_flight: InFlight) -> Self {
        Self { body, in_flight, is_request: false }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Watched<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        let is_end = matches!(polled, Poll::Ready(None)) || self.body.is_end_stream();
        if self.is_request && is_end {
            self.in_flight.has_come();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
