//! The connections: how many there may be, how long they may be silent, and how they end.

mod wire;

use std::future::Future;
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

use self::wire::Wire;
use crate::log::field::chain;
use crate::receipt::{DOUBT, Receipts};

/// How long to wait when the process can take no connection, for example because it has too many files open.
const BREATH: Duration = Duration::from_secs(1);

/// How long a client may leave unacknowledged what was written to it. Then its connection breaks, and a token in what
/// was written is revoked. Shorter than the limit of the next head, so that the connection is still there by then.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(5);

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many there may be; more wait in the queue of the operating system.
    pub(crate) connections: usize,
    /// How long the head of a request may take, counted from the connection or the answer before.
    pub(crate) head: Duration,
    /// How long requests in flight may take after the order to stop.
    pub(crate) drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 4096, head: Duration::from_secs(10), drain: Duration::from_secs(30) }
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
    let mut http = http1::Builder::new();
    // A client that closes its side has gone as far as we can tell: what was made for it must not be "delivered".
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).half_close(false);
    let slots = Arc::new(Semaphore::new(limits.connections));
    let (graceful, mut open) = (GracefulShutdown::new(), JoinSet::new());
    let mut stop = pin!(stop);
    loop {
        let (stream, slot) = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let service = TowerToHyperService::new(routes.clone());
        let receipts = Arc::new(Receipts::default());
        let (wire, returned) = Wire::new(stream, Arc::clone(&receipts));
        let connection = graceful.watch(http.serve_connection(TokioIo::new(wire), service));
        open.spawn(async move {
            if let Err(error) = receipts.scope(connection).await {
                tracing::trace!(error = chain(&error), "a connection broke");
            }
            if let Ok(stream) = returned.await {
                receipts.ended(&stream).await;
            }
            drop(slot);
        });
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    let deadline = Instant::now() + limits.drain;
    if timeout_at(deadline, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests in flight did not end in time");
    }
    // What was written last may still turn out not to have been received.
    let receipts = async { while open.join_next().await.is_some() {} };
    let _ = timeout_at(deadline.max(Instant::now() + DOUBT), receipts).await;
    // Drops the bodies that nobody has taken, so that their tokens are revoked.
    open.shutdown().await;
    deadline
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so that there always is a slot in the end.
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = prepare(&stream) {
                    tracing::trace!(error = chain(&error), "a connection broke");
                }
                return (stream, slot);
            }
            Err(error) if is_of_the_client(error.kind()) => {}
            Err(error) => {
                tracing::warn!(error = chain(&error), "no connection can be taken at the moment");
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
mod tests {
    use std::future::pending;
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::{Notify, mpsc, oneshot};
    use tokio::task::JoinHandle;

    use super::*;

    async fn start(routes: Router, limits: Limits) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<Instant>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, routes, limits, async move { drop(stopped.await) }));
        (address, stop, serving)
    }

    async fn ask(stream: &mut TcpStream, path: &str) {
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    }

    /// What comes up to the end of a body that ends in `.`, or of the connection.
    async fn answer(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        while !text.ends_with('.') {
            let mut bytes = [0; 1024];
            match stream.read(&mut bytes).await.unwrap() {
                0 => break,
                count => text.push_str(std::str::from_utf8(&bytes[..count]).unwrap()),
            }
        }
        text
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_never_ends_its_head_is_put_off() {
        let (address, _stop, _) = start(Router::new(), Limits::default()).await;
        let begun = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
        answer(&mut stream).await;
        let (waited, head) = (begun.elapsed(), Limits::default().head);
        assert!(waited >= head && waited < 2 * head, "{waited:?}");
    }

    #[tokio::test]
    async fn a_connection_too_many_waits_for_the_end_of_another() {
        let (seen, mut order) = mpsc::unbounded_channel();
        let handler = move |path: axum::http::Uri| {
            seen.send(path.to_string()).unwrap();
            async { "." }
        };
        let limits = Limits { connections: 1, ..Limits::default() };
        let (address, _stop, _) = start(Router::new().fallback(get(handler)), limits).await;
        let mut first = TcpStream::connect(address).await.unwrap();
        ask(&mut first, "/1").await;
        assert!(answer(&mut first).await.starts_with("HTTP/1.1 200"));
        let mut second = TcpStream::connect(address).await.unwrap();
        ask(&mut second, "/3").await;
        ask(&mut first, "/2").await;
        assert!(answer(&mut first).await.starts_with("HTTP/1.1 200"));
        drop(first);
        assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
        for path in ["/1", "/2", "/3"] {
            assert_eq!(order.recv().await.unwrap(), path);
        }
    }

    #[tokio::test]
    async fn a_request_in_flight_is_finished() {
        let (arrived, mut arrivals) = mpsc::unbounded_channel();
        let go = Arc::new(Notify::new());
        let handler = {
            let go = Arc::clone(&go);
            async move || {
                arrived.send(()).unwrap();
                go.notified().await;
                "."
            }
        };
        let (address, stop, serving) = start(Router::new().route("/", get(handler)), Limits::default()).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        ask(&mut stream, "/").await;
        arrivals.recv().await.unwrap();
        stop.send(()).unwrap();
        while TcpStream::connect(address).await.is_ok() {}
        assert!(!serving.is_finished());
        go.notify_one();
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
        serving.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_in_time_is_dropped() {
        let (arrived, mut arrivals) = mpsc::unbounded_channel();
        let handler = async move || {
            arrived.send(()).unwrap();
            pending::<&str>().await
        };
        let (address, stop, serving) = start(Router::new().route("/", get(handler)), Limits::default()).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        ask(&mut stream, "/").await;
        arrivals.recv().await.unwrap();
        stop.send(()).unwrap();
        assert!(serving.await.unwrap() <= Instant::now());
        assert_eq!(answer(&mut stream).await, "");
    }

    #[test]
    fn only_errors_of_one_client_are_passed_over_at_once() {
        assert!(is_of_the_client(ErrorKind::ConnectionAborted));
        let too_many_files = std::io::Error::from_raw_os_error(24);
        assert!(!is_of_the_client(too_many_files.kind()));
    }
}
