//! Clients that ask and do not take their answers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{Request, Response};
use h2::client::SendRequest;
use h2::{Error, Reason, RecvStream};
use http_body::Frame;

use super::*;

/// An answer that fills whatever is between here and its client, and tells when it is dropped.
struct Endless(#[expect(dead_code, reason = "it tells by being dropped")] oneshot::Sender<()>);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 16 * 1024])))))
    }
}

/// A server of `/`, a short answer, and `/endless`, whose end it tells.
async fn server(connections: usize) -> (SocketAddr, oneshot::Sender<()>, mpsc::UnboundedReceiver<()>) {
    let (ended, ends) = mpsc::unbounded_channel();
    let endless = async move || {
        let (dropped, is_dropped) = oneshot::channel();
        tokio::spawn(async move {
            let _ = is_dropped.await;
            let _ = ended.send(());
        });
        Body::new(Endless(dropped))
    };
    let routes = Router::new().route("/", get(|| async { "." })).route("/endless", get(endless));
    let (address, stop, _) = start(routes, Limits { connections, ..Limits::default() }).await;
    (address, stop, ends)
}

/// A client of HTTP/2 that takes nothing of its answers before it is told to.
async fn waits_to_read(
    address: SocketAddr,
) -> (SendRequest<Bytes>, oneshot::Sender<()>, JoinHandle<Result<(), Error>>) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (client, mut connection) =
        h2::client::Builder::new().initial_window_size(0).handshake(stream).await.unwrap();
    let (read, is_read) = oneshot::channel();
    let connection = tokio::spawn(async move {
        tokio::select! {
            ended = &mut connection => return ended,
            Ok(()) = is_read => connection.set_initial_window_size(1024)?,
        }
        connection.await
    });
    (client, read, connection)
}

/// Asks and gets the head of the answer, for which no window is needed.
async fn head(client: &mut SendRequest<Bytes>) -> Response<RecvStream> {
    let request = Request::get("http://x/").body(()).unwrap();
    client.send_request(request, true).unwrap().0.await.unwrap()
}

/// Keeps the paused clock still, which goes on by itself when there is nothing else to do. Gives up in the end, so that
/// a test that waits for something that does not happen fails, and before the operating system breaks the connection.
fn hold_the_clock() {
    tokio::spawn(async {
        for _ in 0..100_000 {
            tokio::task::yield_now().await;
        }
    });
}

#[tokio::test(start_paused = true)]
async fn who_has_not_taken_its_answer_for_longest_makes_room_in_http_2() {
    hold_the_clock();
    let (address, _stop, _) = server(2).await;
    let (mut later, _read, later_connection) = waits_to_read(address).await;
    let (mut first, _read, first_connection) = waits_to_read(address).await;
    let _first = head(&mut first).await;
    tokio::time::advance(Duration::from_millis(1)).await;
    let _later = head(&mut later).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    ask(&mut stream, "/").await;
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    let _ = first_connection.await.unwrap();
    assert!(!later_connection.is_finished());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_take_its_answer_makes_room_in_http_1() {
    hold_the_clock();
    let (address, _stop, mut ends) = server(1).await;
    let mut first = TcpStream::connect(address).await.unwrap();
    ask(&mut first, "/endless").await;
    first.readable().await.unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    let begun = Instant::now();
    let mut second = TcpStream::connect(address).await.unwrap();
    ask(&mut second, "/").await;
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    ends.recv().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_has_just_got_an_answer_is_let_take_it() {
    hold_the_clock();
    let (address, _stop, _) = server(1).await;
    let (mut first, read, connection) = waits_to_read(address).await;
    let head = head(&mut first).await;
    let mut second = TcpStream::connect(address).await.unwrap();
    ask(&mut second, "/").await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    read.send(()).unwrap();
    assert_eq!(head.into_body().data().await.unwrap().unwrap(), ".");
    connection.await.unwrap().unwrap();
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_ends_in_http_1() {
    let (address, _stop, mut ends) = server(2).await;
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    ask(&mut stream, "/endless").await;
    ends.recv().await.unwrap();
    let (waited, limit) = (begun.elapsed(), Limits::default().answer);
    assert!(waited >= limit && waited < 2 * limit, "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes_is_reset_alone_in_http_2() {
    let (address, _stop, _) = server(2).await;
    let (mut client, _read, _connection) = waits_to_read(address).await;
    let begun = Instant::now();
    let error = head(&mut client).await.into_body().data().await.unwrap().unwrap_err();
    assert_eq!(error.reason(), Some(Reason::CANCEL));
    let (waited, limit) = (begun.elapsed(), Limits::default().answer);
    assert!(waited >= limit && waited < 2 * limit, "{waited:?}");
    assert_eq!(head(&mut client).await.status(), 200);
}
