//! `access-token serve`.

use super::process::{Server, command, finish, run};

fn configured(arguments: &[&str], settings: &[(&str, &str)]) -> super::process::Run {
    finish(command(&[&["serve"], arguments].concat()).envs(settings.iter().copied()), "")
}

#[test]
fn a_missing_setting_is_named_in_one_line() {
    let run = run(&["serve"]);
    assert_eq!(run.stderr, "access-token: GITHUB_APP_ID is not set\n");
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
}

#[test]
fn a_wrong_setting_is_named_in_one_line() {
    for (name, value, line) in [
        ("PORT", "http", "PORT: found `http`: invalid digit found in string"),
        ("HOST", "localhost", "HOST: found `localhost`: invalid IP address syntax"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT: expected `json` or `pretty`, found `xml`"),
    ] {
        let run = configured(&[], &[(name, value)]);
        assert_eq!(run.stderr, format!("access-token: {line}\n"));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    }
}

#[test]
fn a_flag_is_named_by_its_setting() {
    let run = configured(&["--port", "70000"], &[]);
    assert_eq!(run.stderr, "access-token: PORT: found `70000`: 70000 is not in 0..=65535\n");
    assert_eq!(run.code, Some(2));
}

#[test]
fn a_private_key_is_never_repeated() {
    let run = configured(&[], &[("GITHUB_APP_ID", "1"), ("GITHUB_APP_PRIVATE_KEY", "my-private-key")]);
    assert!(run.stderr.starts_with("access-token: GITHUB_APP_PRIVATE_KEY: "), "{}", run.stderr);
    assert_eq!((run.stderr.lines().count(), run.code), (1, Some(2)));
    assert!(!run.stderr.contains("my-private-key"));
}

/// A broker on a free port. Its GitHub does not exist, which it needs to know only when somebody asks.
fn broker(port: &str) -> std::process::Command {
    let folder = std::env::temp_dir().join(format!("access-token-serve-{}-{port}", std::process::id()));
    let state = folder.to_str().unwrap();
    let sandbox = Server::start(&mut command(&[
        "sandbox",
        "--world",
        "../../../sandbox/world",
        "--state",
        state,
        "--format",
        "json",
    ]));
    let ready: serde_json::Value = serde_json::from_str(&sandbox.first_line).unwrap();
    let mut broker = command(&["serve", "--host", "127.0.0.1", "--port", port]);
    broker
        .env("GITHUB_APP_ID", ready["app_id"].as_str().unwrap())
        .env(
            "GITHUB_APP_PRIVATE_KEY",
            std::fs::read_to_string(ready["private_key_file"].as_str().unwrap()).unwrap(),
        )
        .env("GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE", "127.0.0.1")
        .env("LOG_FORMAT", "json");
    std::fs::remove_dir_all(folder).unwrap();
    broker
}

#[test]
fn says_where_it_listens_and_ends_with_0_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let server = Server::start(&mut broker("0"));
        let ready: serde_json::Value = serde_json::from_str(&server.first_line).unwrap();
        assert_eq!(ready["message"], "listening");
        assert!(ready["address"].as_str().unwrap().starts_with("127.0.0.1:"));
        assert_eq!(server.stop(signal), Some(0), "{signal}");
    }
}

#[test]
fn a_port_that_is_taken_is_a_failure() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let run = finish(&mut broker(&address.port().to_string()), "");
    assert_eq!(
        run.stderr,
        format!("access-token: cannot listen on {address}: Address already in use (os error 98)\n")
    );
    assert_eq!(run.code, Some(3));
}
