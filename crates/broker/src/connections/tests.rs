//! Clients that are slow, many, or too many.

use std::future::pending;
use std::net::SocketAddr;

use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::*;

mod http_2;
mod untaken;

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

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_put_off() {
    let (address, _stop, _) = start(Router::new(), Limits::default()).await;
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert_eq!(answer(&mut stream).await, "");
    let (waited, head) = (begun.elapsed(), Limits::default().head);
    assert!(waited >= head && waited < 2 * head, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_dropped() {
    let routes = Router::new().route("/", get(|| async { pending::<&str>().await }));
    let (address, _stop, _) = start(routes, Limits::default()).await;
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    ask(&mut stream, "/").await;
    assert_eq!(answer(&mut stream).await, "");
    let (waited, request) = (begun.elapsed(), Limits::default().request);
    assert!(waited >= request && waited < 2 * request, "{waited:?}");
}

#[tokio::test]
async fn an_old_connection_ends_with_its_next_answer() {
    let (go, arrived) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = {
        let (go, arrived) = (Arc::clone(&go), Arc::clone(&arrived));
        async move || {
            arrived.notify_one();
            go.notified().await;
            "."
        }
    };
    let limits = Limits { request: Limits::default().lifetime * 2, ..Limits::default() };
    let (address, _stop, _) = start(Router::new().route("/", get(handler)), limits).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for is_old in [false, true] {
        ask(&mut stream, "/").await;
        arrived.notified().await;
        if is_old {
            tokio::time::pause();
            tokio::time::sleep(limits.lifetime + limits.head).await;
            tokio::time::resume();
        }
        go.notify_one();
        let answer = answer(&mut stream).await;
        assert_eq!(answer.contains("connection: close"), is_old, "{answer}");
    }
}

/// A server that reads its requests to their ends, and the places of it.
async fn reading(connections: usize) -> (SocketAddr, mpsc::UnboundedReceiver<String>, oneshot::Sender<()>) {
    let (arrived, arrivals) = mpsc::unbounded_channel();
    let handler = async move |uri: axum::http::Uri, body: axum::body::Body| {
        arrived.send(uri.to_string()).unwrap();
        axum::body::to_bytes(body, usize::MAX)
            .await
            .map(|_| ".")
            .map_err(|_| axum::http::StatusCode::BAD_REQUEST)
    };
    let limits = Limits { connections, ..Limits::default() };
    let (address, stop, _) = start(Router::new().fallback(handler), limits).await;
    (address, arrivals, stop)
}

/// A connection on which that was sent and no more.
async fn sent(address: SocketAddr, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

const HALF_A_HEAD: &str = "POST / HTTP/1.1\r\nhost";
const HALF_A_BODY: &str = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{";

fn is_open(stream: &TcpStream) -> bool {
    let read = stream.try_read(&mut [0; 1024]);
    read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

#[tokio::test]
async fn two_thousand_idle_and_dribbling_clients_keep_no_request_waiting() {
    let (address, mut arrivals, _stop) = reading(2000).await;
    let mut others = Vec::new();
    for number in 0..2000 {
        others.push(sent(address, ["", HALF_A_HEAD, "", HALF_A_BODY][number % 4]).await);
        if number % 4 == 3 {
            arrivals.recv().await.unwrap();
        }
    }
    for _ in 0..100 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        ask(&mut stream, "/").await;
        assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
        // They go on all the while, except for the first one, which has made room.
        for other in others.iter_mut().skip(3).step_by(40) {
            other.write_all(b"x").await.unwrap();
        }
    }
    let open = others.iter().filter(|other| is_open(other)).count();
    assert_eq!((open, is_open(&others[0])), (1999, false));
}

#[tokio::test]
async fn a_request_that_does_not_come_to_its_end_makes_room() {
    let (address, mut arrivals, _stop) = reading(2).await;
    let first = sent(address, HALF_A_BODY).await;
    arrivals.recv().await.unwrap();
    let second = sent(address, HALF_A_BODY).await;
    arrivals.recv().await.unwrap();
    let mut third = TcpStream::connect(address).await.unwrap();
    ask(&mut third, "/").await;
    assert!(answer(&mut third).await.starts_with("HTTP/1.1 200"));
    assert_eq!((is_open(&first), is_open(&second)), (false, true));
}

#[tokio::test]
async fn a_connection_that_is_worked_for_keeps_its_place_until_its_answer() {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let go = Arc::new(Notify::new());
    let handler = {
        let go = Arc::clone(&go);
        async move |uri: axum::http::Uri| {
            arrived.send(uri.to_string()).unwrap();
            go.notified().await;
            "."
        }
    };
    let limits = Limits { connections: 1, ..Limits::default() };
    let (address, _stop, _) = start(Router::new().fallback(handler), limits).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    ask(&mut first, "/first").await;
    assert_eq!(arrivals.recv().await.unwrap(), "/first");
    let mut second = TcpStream::connect(address).await.unwrap();
    ask(&mut second, "/second").await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(arrivals.is_empty() && is_open(&first));
    go.notify_one();
    assert!(answer(&mut first).await.starts_with("HTTP/1.1 200"));
    assert_eq!(arrivals.recv().await.unwrap(), "/second");
    go.notify_one();
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
    assert_eq!(answer(&mut first).await, "");
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
