//! `access-token serve` under load, told to stop.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

use super::process::{Server, command};

const CLIENTS: usize = 16;
/// How many tokens are given out before the signal comes.
const BEFORE: usize = 60;
const OIDC_TOKENS: usize = 1000;
const BODY: &str = r#"{"repositories": ["website"], "permissions": {"contents": "read"}}"#;

/// Asks over this connection; none when it has ended.
fn ask(stream: &mut TcpStream, head: &str, body: &str) -> Option<Value> {
    let length = body.len();
    let request =
        format!("{head}host: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).ok()?;
    let (mut answer, mut bytes) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() >= length.parse().unwrap() {
                return Some(serde_json::from_str(body).unwrap());
            }
        }
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => return None,
            Ok(count) => answer.extend_from_slice(&bytes[..count]),
        }
    }
}

fn connect(url: &str) -> Option<TcpStream> {
    TcpStream::connect(url.trim_start_matches("http://")).ok()
}

#[test]
fn a_signal_under_load_loses_no_token() {
    let folder = std::env::temp_dir().join(format!("access-token-stop-{}", std::process::id()));
    let world = ["sandbox", "--world", "../../../sandbox/world", "--format", "json"];
    let sandbox = Server::start(&mut command(&[&world[..], &["--state", folder.to_str().unwrap()]].concat()));
    let ready: Value = serde_json::from_str(&sandbox.first_line).unwrap();
    let text = |name: &str| ready[name].as_str().unwrap();
    let mut broker = command(&["serve", "--host", "127.0.0.1", "--port", "0"]);
    broker
        .env("GITHUB_APP_ID", text("app_id"))
        .env("GITHUB_APP_PRIVATE_KEY", std::fs::read_to_string(text("private_key_file")).unwrap())
        .env("GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE", "127.0.0.1")
        .env("GITHUB_ACTIONS_TOKEN_ISSUER", text("issuer"))
        .env("GITHUB_API_URL", text("api_url"))
        .env("RATE_LIMIT_PER_MINUTE", "0")
        .env("LOG_FORMAT", "json");
    let mut broker = Server::start(&mut broker);
    std::fs::remove_dir_all(folder).unwrap();
    let mut log = broker.child.stdout.take().unwrap();
    let log = thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        text
    });
    let address: Value = serde_json::from_str(&broker.first_line).unwrap();
    let address = address["address"].as_str().unwrap().to_owned();

    let claims = json!({"repository": "octo-org/app", "ref": "refs/heads/main", "event_name": "push"});
    let order = json!({"claims": claims, "audience": "127.0.0.1", "count": OIDC_TOKENS}).to_string();
    let mut control = connect(text("url")).unwrap();
    let oidc = ask(&mut control, "POST /sandbox/id-tokens HTTP/1.1\r\n", &order).unwrap();
    let work = Arc::new((oidc["values"].as_array().unwrap().clone(), AtomicUsize::new(0)));
    let (tell, told) = mpsc::channel();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (work, tell, address) = (Arc::clone(&work), tell.clone(), address.clone());
            thread::spawn(move || {
                while let Some(mut stream) = connect(&address) {
                    while let Some(token) = work.0.get(work.1.fetch_add(1, Ordering::Relaxed)) {
                        let authorization = format!("authorization: Bearer {}\r\n", token.as_str().unwrap());
                        let head = format!("POST /access_tokens HTTP/1.1\r\n{authorization}");
                        let Some(answer) = ask(&mut stream, &head, BODY) else { break };
                        assert!(answer["token_hash"].is_string(), "{answer}");
                        tell.send(answer["token_hash"].as_str().unwrap().to_owned()).unwrap();
                    }
                }
            })
        })
        .collect();
    drop(tell);
    let mut received: BTreeSet<String> = told.iter().take(BEFORE).collect();
    let code = broker.stop("TERM");
    for client in clients {
        client.join().unwrap();
    }
    received.extend(told.iter());
    assert_eq!(code, Some(0));

    let tokens = ask(&mut control, "GET /sandbox/tokens HTTP/1.1\r\n", "").unwrap();
    let alive = tokens.as_array().unwrap().iter().filter(|token| token["revoked"] == false);
    let alive: BTreeSet<String> = alive.map(|token| token["sha256"].as_str().unwrap().to_owned()).collect();
    // Every token that was minted was received, or is revoked; so are those that read the policies.
    let differences: Vec<_> = alive.symmetric_difference(&received).collect();
    assert!(differences.is_empty(), "{differences:?}\n{}", log.join().unwrap());
}
