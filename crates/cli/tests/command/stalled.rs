//! `access-token serve` whose standard output nobody reads.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::process::Server;
use super::serve::broker;

/// Longer than any answer may take: without an end, a broker that hangs would let the test hang, too.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client that asks for tokens without saying who it is.
struct Client(BufReader<TcpStream>);

impl Client {
    fn of(server: &Server) -> Self {
        let ready: Value = serde_json::from_str(&server.first_line).unwrap();
        let stream = TcpStream::connect(ready["address"].as_str().unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Asks, and gives the status and the message.
    fn ask(&mut self) -> (u16, String) {
        let request = b"POST /access_tokens HTTP/1.1\r\nhost: broker\r\ncontent-length: 0\r\n\r\n";
        self.0.get_mut().write_all(request).unwrap();
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the connection has ended");
            if line == "\r\n" {
                break;
            }
            head.push(line.to_ascii_lowercase());
        }
        let status = head[0].split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.trim().parse().unwrap()];
        self.0.read_exact(&mut body).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        (status, body["message"].as_str().unwrap().to_owned())
    }
}

#[test]
fn keeps_no_request_waiting_for_who_reads_its_log() {
    let server = Server::start(&mut broker("0"));
    let mut client = Client::of(&server);
    // Their lines are more than the pipe and the queue take.
    for _ in 0..30_000 {
        assert_eq!(client.ask().0, 401);
    }
    assert_eq!(server.stop("TERM"), Some(0));
}

#[test]
fn begins_nothing_that_could_not_be_recorded() {
    let mut server = Server::start(broker("0").env("AUDIT_LOG", "stdout"));
    let mut client = Client::of(&server);
    let mut answered = 0;
    let refused = loop {
        match client.ask() {
            (401, _) => answered += 1,
            refused => break refused,
        }
    };
    assert_eq!(refused, (503, "audit events cannot be written at the moment".to_owned()));
    assert!(answered >= 8192, "{answered}");
    // When somebody reads, it goes on, and nothing is missing.
    let mut output = server.child.stdout.take().unwrap();
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).unwrap();
        text
    });
    assert_eq!(client.ask().0, 401);
    assert_eq!(server.stop("TERM"), Some(0));
    let lines = reading.join().unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().filter(|line| line.get("specversion").is_some()).count(), answered + 1);
    assert_eq!(lines.iter().filter(|line| line["message"] == "audit events are lost").count(), 1);
}
