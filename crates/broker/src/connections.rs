//! The connections: how many there may be, how long they may be silent, and how they end.

mod activity;
mod connection;
mod in_flight;
mod room;
mod streams;
mod wire;

use std::future::Future;
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use self::connection::attend;
use self::room::Room;
use crate::log::field::chain;
use crate::receipt::LINGER;

/// How long to wait when the process can take no connection, for example because it has too many files open.
const BREATH: Duration = Duration::from_secs(1);

/// How long a client may leave unacknowledged what was written to it. Then its connection breaks, and a token in what
/// was written is revoked. Shorter than the limit of the next head, so that the connection is still there by then.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(5);

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many there may be. One too many takes the place of the one that has waited longest for its client.
    pub(crate) connections: usize,
    /// How long the head of a request may take, counted from the connection or, in HTTP/1.1, the answer before.
    pub(crate) head: Duration,
    /// How long a connection may be without a request.
    pub(crate) idle: Duration,
    /// How long a request may take, from its head to its answer. Longer than its body and deciding on it may take
    /// together.
    pub(crate) request: Duration,
    /// How long its client may then take for the answer.
    pub(crate) answer: Duration,
    /// How old a connection may become; then it ends with its next answer, so that clients spread over new instances.
    pub(crate) lifetime: Duration,
    /// How many requests of HTTP/2 a connection may have in flight.
    pub(crate) streams: u32,
    /// How long requests in flight may take after the order to stop.
    pub(crate) drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            head: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            request: Duration::from_secs(60),
            answer: Duration::from_secs(10),
            lifetime: Duration::from_secs(15 * 60),
            streams: 32,
            drain: Duration::from_secs(30),
        }
    }
}

/// Serves until `stop` is ready, then takes no more connections and finishes what is in flight.
///
/// What is not finished in time is dropped. Gives the moment when that time is up.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> Instant {
    let room = Room::new(limits.connections);
    let (stopping, mut open) = (CancellationToken::new(), JoinSet::new());
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let stream = accept(&listener, &room).await;
            (stream, room.place().await)
        };
        let (stream, place) = tokio::select! {
            biased;
            () = &mut stop => break,
            next = next => next,
        };
        open.spawn(attend(stream, place, routes.clone(), limits, stopping.clone()));
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    stopping.cancel();
    let deadline = Instant::now() + limits.drain;
    let all = async { while open.join_next().await.is_some() {} };
    // What was written last may still turn out not to have been received.
    if timeout_at(deadline.max(Instant::now() + LINGER), all).await.is_err() {
        tracing::warn!("requests in flight did not end in time");
    }
    // Drops the bodies that nobody has taken, so that their tokens are revoked.
    open.shutdown().await;
    deadline
}

/// The next connection.
async fn accept(listener: &TcpListener, room: &Arc<Room>) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = prepare(&stream) {
                    tracing::trace!(error = chain(&error), "a connection broke");
                }
                return stream;
            }
            Err(error) if is_of_the_client(error.kind()) => {}
            Err(error) => {
                tracing::warn!(error = chain(&error), "no connection can be taken at the moment");
                // Most often there are too many open files, of which each connection is one.
                room.ask_one_to_go();
                sleep(BREATH).await;
            }
        }
    }
}

fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    // Answers are written at once; without this, their last bytes could wait for an acknowledgement.
    stream.set_nodelay(true)?;
    // Only Linux tells when nothing is acknowledged; elsewhere such an answer counts as received.
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(stream).set_tcp_user_timeout(Some(SILENCE))?;
    Ok(())
}

/// Whether only the one connection is affected.
fn is_of_the_client(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests;
