//! Clients of HTTP/2 that know beforehand that the broker speaks it.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use axum::http::{Request, Response, StatusCode};
use h2::client::{ResponseFuture, SendRequest};
use h2::{Error, Reason, RecvStream};

use super::*;

/// A client, and the task that moves its bytes, which ends with the connection.
async fn connect(address: SocketAddr) -> (SendRequest<Bytes>, JoinHandle<Result<(), Error>>) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    (client, tokio::spawn(connection))
}

/// Asks as soon as the server lets it.
async fn ask(client: &mut SendRequest<Bytes>) -> Result<ResponseFuture, Error> {
    std::future::poll_fn(|context| client.poll_ready(context)).await?;
    let request = Request::get("http://x/").body(()).unwrap();
    client.send_request(request, true).map(|(response, _)| response)
}

async fn text(response: Response<RecvStream>) -> Vec<u8> {
    let mut body = response.into_body();
    let mut text = Vec::new();
    while let Some(bytes) = body.data().await {
        text.extend_from_slice(&bytes.unwrap());
    }
    text
}

/// A server that answers nothing before it is told to, and counts who waits.
async fn waiting(limits: Limits) -> (SocketAddr, oneshot::Sender<()>, Arc<AtomicUsize>, Arc<Notify>) {
    let (count, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let handler = {
        let (count, go) = (Arc::clone(&count), Arc::clone(&go));
        async move || {
            count.fetch_add(1, Ordering::SeqCst);
            go.notified().await;
            "."
        }
    };
    let (address, stop, _) = start(Router::new().route("/", get(handler)), limits).await;
    (address, stop, count, go)
}

#[tokio::test]
async fn many_requests_share_a_connection_and_a_flood_of_them_is_bounded() {
    let (address, _stop, count, go) = waiting(Limits { streams: 20, ..Limits::default() }).await;
    let (mut client, _connection) = connect(address).await;
    // The first answer comes after the server has said how many it takes.
    let first = ask(&mut client).await.unwrap();
    while count.load(Ordering::SeqCst) < 1 {
        tokio::task::yield_now().await;
    }
    go.notify_one();
    assert_eq!(first.await.unwrap().status(), StatusCode::OK);
    let answers: Vec<_> = (0..100)
        .map(|_| {
            let mut client = client.clone();
            tokio::spawn(async move { text(ask(&mut client).await.unwrap().await.unwrap()).await })
        })
        .collect();
    for answered in 0..100 {
        while count.load(Ordering::SeqCst) < 1 + (answered + 20).min(100) {
            tokio::task::yield_now().await;
        }
        // A few more looks, for one that should not be there.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        assert_eq!(count.load(Ordering::SeqCst), 1 + (answered + 20).min(100));
        go.notify_one();
        while answers.iter().filter(|answer| answer.is_finished()).count() <= answered {
            tokio::task::yield_now().await;
        }
    }
    for answer in answers {
        assert_eq!(answer.await.unwrap(), b".");
    }
}

#[tokio::test]
async fn a_client_that_takes_requests_back_for_ever_is_cut_off() {
    let (address, _stop, count, _) = waiting(Limits::default()).await;
    let (mut client, connection) = connect(address).await;
    let mut sent = 0;
    while !connection.is_finished() {
        let Ok(()) = std::future::poll_fn(|context| client.poll_ready(context)).await else { break };
        for _ in 0..50 {
            let request = Request::get("http://x/").body(()).unwrap();
            let Ok((_, mut stream)) = client.send_request(request, true) else { break };
            stream.send_reset(Reason::CANCEL);
            sent += 1;
        }
        tokio::task::yield_now().await;
        assert!(sent < 1_000_000, "it is never cut off");
    }
    let error = connection.await.unwrap().unwrap_err();
    assert_eq!(error.reason(), Some(Reason::ENHANCE_YOUR_CALM));
    assert!(count.load(Ordering::SeqCst) <= sent);
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_requests_ends_in_order() {
    let (address, _stop, _) = start(Router::new().route("/", get(|| async { "." })), Limits::default()).await;
    let (mut client, connection) = connect(address).await;
    let begun = Instant::now();
    assert_eq!(text(ask(&mut client).await.unwrap().await.unwrap()).await, b".");
    // Without an error, since the server says goodbye.
    connection.await.unwrap().unwrap();
    let (waited, idle) = (begun.elapsed(), Limits::default().idle);
    assert!(waited >= idle && waited < 2 * idle, "{waited:?}");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_reset_alone() {
    let limits = Limits { request: Duration::from_millis(50), ..Limits::default() };
    let (address, _stop, _, go) = waiting(limits).await;
    let (mut client, _connection) = connect(address).await;
    let error = ask(&mut client).await.unwrap().await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::CANCEL));
    go.notify_one();
    let second = ask(&mut client).await.unwrap();
    assert_eq!(text(second.await.unwrap()).await, b".");
}

#[tokio::test]
async fn requests_in_flight_are_finished_at_the_stop_and_no_others_taken() {
    let (address, stop, count, go) = waiting(Limits::default()).await;
    let (mut client, connection) = connect(address).await;
    let first = ask(&mut client).await.unwrap();
    while count.load(Ordering::SeqCst) < 1 {
        tokio::task::yield_now().await;
    }
    stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {}
    while let Ok(late) = ask(&mut client).await {
        // What was on its way before the goodbye arrived is served, too.
        drop(late);
        tokio::task::yield_now().await;
    }
    go.notify_waiters();
    go.notify_one();
    assert_eq!(text(first.await.unwrap()).await, b".");
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_without_requests_makes_room() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let (address, _stop, _) = start(Router::new().route("/", get(|| async { "." })), limits).await;
    let (mut client, connection) = connect(address).await;
    assert_eq!(text(ask(&mut client).await.unwrap().await.unwrap()).await, b".");
    let mut second = TcpStream::connect(address).await.unwrap();
    super::ask(&mut second, "/").await;
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 200"));
    connection.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_preface_that_comes_bit_by_bit_is_understood() {
    let (address, _stop, _) = start(Router::new().route("/", get(|| async { "." })), Limits::default()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for byte in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" {
        stream.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[3], 4, "settings");
}
