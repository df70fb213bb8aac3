//! A server that speaks TLS and passes on to the sandbox, as GitHub Enterprise Server stands in front of its parts.

use std::sync::{Arc, Mutex};

use reqwest::{Client, Method};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const WELL_KNOWN: &str = "/.well-known/";

pub(crate) struct Front {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

/// Where it passes requests on to.
struct Behind {
    http: Client,
    api: String,
    issuer: String,
}

impl Front {
    pub(crate) async fn start(tls: TlsAcceptor, api: &str, issuer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let http = Client::builder().no_proxy().build().unwrap();
        let behind = Arc::new(Behind { http, api: api.to_owned(), issuer: issuer.to_owned() });
        let seen = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, behind, seen) = (tls.clone(), Arc::clone(&behind), Arc::clone(&seen));
                tokio::spawn(async move {
                    // A client that does not trust the certificate hangs up, which is its right.
                    let Ok(mut stream) = tls.accept(stream).await else { return };
                    while let Some(request) = Request::read(&mut stream).await {
                        seen.lock().unwrap().push(request.path.clone());
                        let answer = behind.answer(request).await;
                        stream.write_all(&answer).await.unwrap();
                    }
                });
            }
        });
        Self { port, asked }
    }

    /// The paths that it was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    async fn read(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        let mut line = lines.next().unwrap().split(' ');
        let (method, path) = (line.next().unwrap().to_owned(), line.next().unwrap().to_owned());
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
        stream.read_exact(&mut body).await.unwrap();
        Some(Self { method, path, headers, body })
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(held, _)| held == name).map_or("", |(_, value)| value)
    }
}

impl Behind {
    async fn answer(&self, request: Request) -> Vec<u8> {
        if let Some((issuer, "openid-configuration")) = request.path.split_once(WELL_KNOWN) {
            let issuer = format!("https://{}{issuer}", request.header("host"));
            let body = json!({"issuer": issuer, "jwks_uri": format!("{issuer}{WELL_KNOWN}jwks")}).to_string();
            return written(200, "content-type: application/json\r\n", body.as_bytes());
        }
        let url = match request.path.split_once(WELL_KNOWN) {
            Some((_, rest)) => format!("{}{WELL_KNOWN}{rest}", self.issuer),
            None => format!("{}{}", self.api, request.path.strip_prefix("/api/v3").unwrap_or(&request.path)),
        };
        let mut passed = self.http.request(request.method.parse::<Method>().unwrap(), url);
        for (name, value) in request.headers.iter().filter(|(name, _)| name != "host") {
            passed = passed.header(name, value);
        }
        let answer = passed.body(request.body).send().await.unwrap();
        let status = answer.status().as_u16();
        let mut headers = String::new();
        for (name, value) in answer.headers() {
            if !["content-length", "transfer-encoding", "connection"].contains(&name.as_str()) {
                headers += &format!("{name}: {}\r\n", value.to_str().unwrap());
            }
        }
        written(status, &headers, &answer.bytes().await.unwrap())
    }
}

fn written(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = if [204, 304].contains(&status) {
        String::new()
    } else {
        format!("content-length: {}\r\n", body.len())
    };
    [format!("HTTP/1.1 {status} x\r\n{headers}{length}\r\n").as_bytes(), body].concat()
}
