//! The callers: connections that each ask again as soon as they have their answer.
//!
//! One thread and bytes on sockets, so that the callers take little of the machine that they share with what is
//! measured. They still check each answer: status 200, and a token that no other answer has.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// The largest answer; a token's has less than 2 KiB.
const MAX_BYTES: usize = 16 * 1024;
/// What stands before a token in an answer.
const TOKEN: &[u8] = b"\"token\":\"ghs_";

/// What is to be asked, in this order: the first body with the first token, and so on.
pub(crate) struct Load<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) bodies: &'a [String],
    /// A broker takes each only once.
    pub(crate) tokens: &'a [String],
}

/// What the connections share.
struct Desk {
    /// The requests that nobody has sent yet, the next one last.
    requests: Vec<Vec<u8>>,
    latencies: Vec<Duration>,
    /// The tokens that came.
    came: Vec<Vec<u8>>,
}

/// Asks everything; how long each answer took, and all of them together.
pub(crate) async fn run(load: Load<'_>) -> (Vec<Duration>, Duration) {
    let requests =
        load.bodies.iter().zip(load.tokens).rev().map(|(body, token)| request(body, token)).collect();
    let desk = Rc::new(RefCell::new(Desk { requests, latencies: Vec::new(), came: Vec::new() }));
    let callers = LocalSet::new();
    let mut streams = Vec::new();
    for _ in 0..load.connections {
        let stream = TcpStream::connect(load.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        streams.push(stream);
    }
    let begun = Instant::now();
    for stream in streams {
        callers.spawn_local(call(stream, Rc::clone(&desk)));
    }
    callers.await;
    let elapsed = begun.elapsed();
    let Desk { latencies, mut came, .. } = Rc::into_inner(desk).unwrap().into_inner();
    assert_eq!(latencies.len(), load.bodies.len());
    came.sort_unstable();
    came.dedup();
    assert_eq!(came.len(), load.bodies.len(), "two answers had the same token");
    (latencies, elapsed)
}

fn request(body: &str, token: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST /access_tokens HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// One caller; it goes home when nothing is left to ask.
async fn call(stream: TcpStream, desk: Rc<RefCell<Desk>>) {
    let mut buffer = vec![0; MAX_BYTES];
    loop {
        let Some(request) = desk.borrow_mut().requests.pop() else { return };
        let asked = Instant::now();
        send(&stream, &request).await;
        let answer = answer(&stream, &mut buffer).await;
        let latency = asked.elapsed();
        let token = token(answer);
        let mut desk = desk.borrow_mut();
        desk.latencies.push(latency);
        desk.came.push(token);
    }
}

async fn send(stream: &TcpStream, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => stream.writable().await.unwrap(),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Head and body of one answer.
async fn answer<'b>(stream: &TcpStream, buffer: &'b mut [u8]) -> &'b [u8] {
    let (mut filled, mut length) = (0, None);
    while length.is_none_or(|length| filled < length) {
        stream.readable().await.unwrap();
        match stream.try_read(&mut buffer[filled..]) {
            Ok(0) => panic!("the connection ended: {}", String::from_utf8_lossy(&buffer[..filled])),
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => panic!("{error}"),
        }
        length = length.or_else(|| whole_length(&buffer[..filled]));
    }
    &buffer[..filled]
}

/// The length of head and body, once the head is there.
fn whole_length(bytes: &[u8]) -> Option<usize> {
    let head = find(bytes, b"\r\n\r\n")? + 4;
    let field = find(bytes, b"content-length: ").expect("an answer says how long it is") + 16;
    let digits = bytes[field..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(head + digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}

/// The token in an answer.
fn token(answer: &[u8]) -> Vec<u8> {
    let shown = || String::from_utf8_lossy(answer);
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", shown());
    let start = find(answer, TOKEN).unwrap_or_else(|| panic!("no token: {}", shown())) + TOKEN.len();
    answer[start..].iter().take_while(|byte| **byte != b'"').copied().collect()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
