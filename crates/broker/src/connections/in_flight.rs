//! A request, as long as anything is left of it or of its answer.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::http::Version;
use http_body::{Body, Frame, SizeHint};

use super::activity::Activity;

/// A request that its connection counts until all that is left of it is dropped.
#[derive(Clone)]
pub(super) struct InFlight(Arc<Request>);

struct Request {
    activity: Arc<Activity>,
    stage: Mutex<Stage>,
}

/// How far a request is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Its head has come.
    Coming,
    /// All of it has come, so that it is our turn.
    Working,
    /// The answer is there, so that it is the client's turn to take it.
    Answered,
}

impl InFlight {
    /// Of a request whose head has come.
    pub(super) fn begin(activity: &Arc<Activity>, version: Version) -> Self {
        activity.begin(version);
        Self(Arc::new(Request { activity: Arc::clone(activity), stage: Mutex::new(Stage::Coming) }))
    }

    fn reach(&self, next: Stage) {
        let mut stage = self.0.stage.lock().unwrap_or_else(PoisonError::into_inner);
        // What comes of a request after its answer is no work any more.
        if *stage < next {
            self.0.activity.proceed(*stage, next);
            *stage = next;
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.activity.end(*self.stage.get_mut().unwrap_or_else(PoisonError::into_inner));
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
            in_flight.reach(Stage::Working);
        }
        Self { body, in_flight, is_request: true }
    }

    pub(super) fn answer(body: B, in_flight: InFlight) -> Self {
        in_flight.reach(Stage::Answered);
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
            self.in_flight.reach(Stage::Working);
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
