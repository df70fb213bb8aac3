//! An HTTP proxy that connects whatever it is asked for with one server, and remembers what it saw in the open.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// A proxy for which every name is that of the server on this port.
    pub(crate) async fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(pass(stream, server, Arc::clone(&seen)));
            }
        });
        Self { port, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The heads of the requests to the proxy itself.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn pass(mut client: TcpStream, server: u16, seen: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { break };
        head.push(byte);
    }
    seen.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    if !head.starts_with(b"CONNECT ") {
        client.write_all(b"HTTP/1.1 400 x\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        return;
    }
    let mut server = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
    client.write_all(b"HTTP/1.1 200 x\r\n\r\n").await.unwrap();
    // How it ends is the business of the two.
    let _ = copy_bidirectional(&mut client, &mut server).await;
}
