//! The sandbox as a command: what it says when it is ready, and where it keeps its keys.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use sandbox::{Error, Format, Options, Sandbox, Settings, World, run};
use serde_json::Value;

/// Passes on what is written to it.
struct Pipe(mpsc::Sender<Vec<u8>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn settings(state: Option<PathBuf>, format: Format) -> Settings {
    let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("world");
    Settings { world, port: 0, state, latency: Duration::ZERO, format, until_stdin_closes: false }
}

/// Runs the command until it is ready and returns what it said and a handle that stops it.
async fn started(settings: Settings) -> (String, tokio::task::JoinHandle<Result<(), Error>>) {
    let (sender, receiver) = mpsc::channel();
    let running = tokio::spawn(async move { run(settings, &mut Pipe(sender)).await });
    let message = tokio::task::spawn_blocking(move || receiver.recv().unwrap()).await.unwrap();
    (String::from_utf8(message).unwrap(), running)
}

#[tokio::test]
async fn says_in_one_line_of_json_what_a_broker_needs() {
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command-json");
    let (message, running) = started(settings(Some(state.clone()), Format::Json)).await;
    assert_eq!(message.lines().count(), 1);
    let ready: Value = serde_json::from_str(&message).unwrap();
    let url = ready["url"].as_str().unwrap();
    assert_eq!(ready["api_url"], url);
    assert_eq!(ready["issuer"], format!("{url}/oidc"));
    assert_eq!((&ready["app_id"], &ready["client_id"]), (&"12345".into(), &"Iv1.sandbox".into()));
    assert_eq!(ready["private_key_file"], state.join("app.pem").to_str().unwrap());
    let response = reqwest::get(format!("{url}/oidc/.well-known/jwks")).await.unwrap();
    assert_eq!(response.status(), 200);
    running.abort();
}

#[tokio::test]
async fn says_to_a_person_what_to_set() {
    let (message, running) = started(settings(None, Format::Human)).await;
    for name in
        ["GITHUB_API_URL", "GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY_FILE", "GITHUB_ACTIONS_TOKEN_ISSUER"]
    {
        assert!(message.contains(&format!("export {name}=")), "{message}");
    }
    assert!(!message.contains("PRIVATE KEY---"));
    running.abort();
}

#[tokio::test]
async fn keys_without_a_state_are_gone_afterwards() {
    let (message, running) = started(settings(None, Format::Json)).await;
    let ready: Value = serde_json::from_str(&message).unwrap();
    let key = PathBuf::from(ready["private_key_file"].as_str().unwrap());
    assert!(key.exists());
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    assert!(!key.exists());
}

#[tokio::test]
async fn a_state_keeps_the_keys_and_hides_them_from_others() {
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("command-state-{}", std::process::id()));
    let start = || Sandbox::start(Options { state: Some(state.clone()), ..Options::new(World::new()) });
    let (first, second) = (start().await.unwrap(), start().await.unwrap());
    assert_eq!(first.app_private_key_pem(), second.app_private_key_pem());
    #[cfg(unix)]
    for (path, expected) in
        [(state.join("app.pem"), 0o600), (state.join("issuer.pem"), 0o600), (state.clone(), 0o700)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            expected,
            "{}",
            path.display()
        );
    }
    std::fs::write(state.join("app.pem"), "not a key").unwrap();
    let error = start().await.unwrap_err().to_string();
    assert!(error.ends_with("app.pem` is not an RSA private key of 2048 bits or more in PEM"), "{error}");
    std::fs::remove_dir_all(state).unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let first = Sandbox::start(Options::new(World::new())).await.unwrap();
    let port: u16 = first.url().rsplit_once(':').unwrap().1.parse().unwrap();
    let error = Sandbox::start(Options { port, ..Options::new(World::new()) }).await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on 127.0.0.1:{port}"));
}

#[tokio::test]
async fn a_sandbox_that_is_shut_down_or_dropped_takes_no_more_requests() {
    let sandbox = Sandbox::start(Options::new(World::new())).await.unwrap();
    let url = sandbox.url().to_owned();
    sandbox.shutdown().await;
    assert!(reqwest::get(&url).await.unwrap_err().is_connect());
    let sandbox = Sandbox::start(Options::new(World::new())).await.unwrap();
    let url = sandbox.url().to_owned();
    drop(sandbox);
    while reqwest::get(&url).await.is_ok() {}
}
