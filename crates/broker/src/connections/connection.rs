//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulConnection;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Limits;
use super::activity::Activity;
use super::in_flight::{InFlight, Watched};
use super::room::Place;
use super::streams::{Streams, is_answered};
use super::wire::Wire;
use crate::log::field::chain;
use crate::receipt::Receipts;

/// The most that is kept of a request's head in HTTP/1.1, and of each body before it is asked for, in bytes. Of its
/// headers hyper takes 100 at most.
const MAX_HEAD_BYTES: usize = 32 * 1024;
/// The most that all headers of a request may have in HTTP/2, in bytes, counted as RFC 9113 §6.5.2 has it.
const MAX_HEADER_LIST_BYTES: u32 = 32 * 1024;
/// What a client may send of one request in HTTP/2 before it is read, in bytes: more than bodies may have is of no use.
const STREAM_WINDOW: u32 = 64 * 1024;
/// The same of all requests of a connection.
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// How often a client of HTTP/2 is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long it may take to say so.
const PING_LIMIT: Duration = Duration::from_secs(10);
/// How many requests of HTTP/2 a client may take back before they were looked at (CVE-2023-44487).
const MAX_TAKEN_BACK: usize = 20;
/// How many mistakes in requests of HTTP/2 are answered before the connection ends.
const MAX_MISTAKES: usize = 256;
/// How long a connection without requests may go on after it was told that it ends: a request may be on its way.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves one connection until it ends, or must.
pub(super) async fn attend(
    stream: TcpStream,
    place: Place,
    routes: Router,
    limits: Limits,
    stop: CancellationToken,
) {
    let receipts = Arc::new(Receipts::default());
    let (wire, returned) = Wire::new(stream, Arc::clone(&receipts));
    let activity = Arc::clone(&place.activity);
    let service = Counting { routes: TowerToHyperService::new(routes), activity: Arc::clone(&activity) };
    let http = http(limits, &receipts);
    let connection = http.serve_connection(TokioIo::new(wire), service);
    receipts.scope(converse(connection, &receipts, &activity, limits, stop)).await;
    drop(place);
    if let Ok(stream) = returned.await {
        receipts.ended(&stream).await;
    }
}

fn http(limits: Limits, receipts: &Arc<Receipts>) -> auto::Builder<Streams> {
    let mut http = auto::Builder::new(Streams::new(Arc::clone(receipts), limits));
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(MAX_HEAD_BYTES)
        // A client that closes its side has gone as far as we can tell: what was made for it is not "delivered".
        .half_close(false);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(MAX_HEADER_LIST_BYTES)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_LIMIT)
        .max_pending_accept_reset_streams(MAX_TAKEN_BACK)
        .max_local_error_reset_streams(MAX_MISTAKES);
    http
}

/// Lets the connection go on until it has ended, waited too long, or must make room.
async fn converse<C>(
    connection: C,
    receipts: &Receipts,
    activity: &Activity,
    limits: Limits,
    stop: CancellationToken,
) where
    C: GracefulConnection<Error: AsRef<dyn Error + Send + Sync>>,
{
    let mut connection = pin!(connection);
    let mut ends_by = Instant::now() + limits.lifetime;
    let mut is_ending = false;
    loop {
        receipts.settle();
        let now = Instant::now();
        let is_over = is_ending && activity.is_idle() && ends_by <= now;
        let limit = activity.ends_at(&limits);
        if is_over || limit.is_some_and(|limit| limit <= now) {
            break;
        }
        // Looks again before any limit that begins meanwhile can be over.
        let shortest = now + limits.head.min(limits.answer);
        let next = limit.unwrap_or(shortest).min(shortest);
        let next = if is_ending { next.min(now + FAREWELL) } else { next.min(ends_by) };
        tokio::select! {
            biased;
            ended = poll_fn(|context| poll(connection.as_mut(), receipts, context)) => {
                if let Err(error) = ended {
                    tracing::trace!(error = chain(error.as_ref()), "a connection broke");
                }
                return;
            }
            () = activity.is_to_go() => break,
            () = stop.cancelled(), if !is_ending => ends_by = now,
            () = sleep_until(next) => {}
        }
        if !is_ending && ends_by <= Instant::now() {
            is_ending = true;
            ends_by = Instant::now() + FAREWELL;
            connection.as_mut().graceful_shutdown();
        }
    }
    // Says so to a client of HTTP/2, if there is room for it on the wire.
    connection.as_mut().graceful_shutdown();
    poll_fn(|context| {
        let _ = poll(connection.as_mut(), receipts, context);
        Poll::Ready(())
    })
    .await;
}

fn poll<C: Future>(
    connection: Pin<&mut C>,
    receipts: &Receipts,
    context: &mut Context<'_>,
) -> Poll<C::Output> {
    receipts.turn(context);
    connection.poll(context)
}

/// Counts the requests of a connection.
struct Counting {
    routes: TowerToHyperService<Router>,
    activity: Arc<Activity>,
}

impl Service<Request<Incoming>> for Counting {
    type Response = Response<Watched<Body>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let in_flight = InFlight::begin(&self.activity, request.version());
        let request = request.map(|body| Body::new(Watched::request(body, in_flight.clone())));
        let answer = self.routes.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            is_answered();
            Ok(answer.map(|body| Watched::answer(body, in_flight)))
        })
    }
}
