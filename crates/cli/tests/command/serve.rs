//! `access-token serve`.

use std::sync::atomic::{AtomicU32, Ordering};

use super::process::{Server, command, finish, run};

fn configured(arguments: &[&str], settings: &[(&str, &str)]) -> super::process::Run {
    finish(command(&[&["serve"], arguments].concat()).envs(settings.iter().copied()), "")
}

/// What is set where everything is set that must be; the key is one of the sandbox.
fn sound() -> Vec<(String, String)> {
    let broker = broker("0");
    broker
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value?.to_str()?.to_owned())))
        .collect()
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.strip_prefix("access-token: ").unwrap_or(line)).collect()
}

const MISSING: [&str; 3] = [
    "GITHUB_APP_ID is not set",
    "GITHUB_APP_PRIVATE_KEY is not set, nor GITHUB_APP_PRIVATE_KEY_FILE: set one of them",
    "GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE is not set",
];

#[test]
fn all_missing_settings_are_named_each_in_a_line() {
    for arguments in [&["serve"] as &[_], &["serve", "--check-config"]] {
        let run = run(arguments);
        assert_eq!(lines(&run.stderr), MISSING);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    }
}

#[test]
fn all_wrong_settings_are_named_each_in_a_line() {
    let settings = [
        ("PORT", "http"),
        ("HOST", "localhost"),
        ("METRICS_ADDRESS", "9090"),
        ("AUDIT_LOG", "on"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
        ("GITHUB_API_URL", "http://api.github.com"),
    ];
    let run = configured(&["--check-config"], &settings);
    let mut found = lines(&run.stderr);
    found.sort_unstable();
    let mut expected = vec![
        "GITHUB_API_URL: expected a URL that begins with `https://`, found `http://api.github.com`",
        "HOST: expected an IP address such as `127.0.0.1`, `0.0.0.0` or `::`, found `localhost`",
        "LOG_FORMAT: expected `json` or `pretty`, found `xml`",
        "LOG_LEVEL: expected `error`, `warn`, `info`, `debug` or `trace`, found `loud`",
        "METRICS_ADDRESS: expected an IP address and a port such as `127.0.0.1:9090` or `[::]:9090`, found `9090`",
        "AUDIT_LOG: expected `off`, `stdout` or the path of a file, found `on`: a file of that name is `./on`",
        "PORT: expected a whole number from 0 to 65535, found `http`",
    ];
    expected.extend(MISSING);
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
}

#[test]
fn a_sound_configuration_is_shown_without_its_secrets() {
    let sound = sound();
    let mut command = command(&["serve", "--check-config", "--rate-limit-per-minute", "7"]);
    let run = finish(command.envs(sound.clone()).env("PORT", "").env("LOG_FORMAT", ""), "");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    for line in [
        "GITHUB_APP_PRIVATE_KEY=set",
        "# GITHUB_APP_PRIVATE_KEY_FILE is not set",
        "GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE=127.0.0.1",
        "GITHUB_ACTIONS_TOKEN_ISSUER=https://token.actions.githubusercontent.com",
        "GITHUB_API_URL=https://api.github.com",
        // Empty in the environment is not set.
        "PORT=3000",
        "# LOG_FORMAT is not set",
        "RATE_LIMIT_PER_MINUTE=7",
        "REQUEST_ID_HEADER=x-request-id",
    ] {
        assert!(run.stdout.lines().any(|found| found == line), "{line}:\n{}", run.stdout);
    }
    assert!(!run.stdout.contains("PRIVATE KEY"), "{}", run.stdout);
    let (_, pem) = sound.iter().find(|(name, _)| name == "GITHUB_APP_PRIVATE_KEY").unwrap();
    for line in pem.lines() {
        assert!(!run.stdout.contains(line), "{}", run.stdout);
    }
}

#[test]
fn issuers_of_two_githubs_are_warned_of() {
    let two = "https://token.actions.githubusercontent.com,https://github.octo-org.example/_services/token";
    let one = "https://token.actions.githubusercontent.com,https://token.actions.githubusercontent.com/octo";
    let warning = "access-token: warning: GITHUB_ACTIONS_TOKEN_ISSUER: `github.octo-org.example` and \
                   `token.actions.githubusercontent.com` are different GitHubs: to the policies, repositories of the \
                   same name there are the same caller\n";
    for (issuers, expected) in [(two, warning), (one, "")] {
        let mut command = command(&["serve", "--check-config"]);
        let run = finish(command.envs(sound()).env("GITHUB_ACTIONS_TOKEN_ISSUER", issuers), "");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), expected));
    }
}

#[test]
fn a_url_as_audience_is_refused_with_the_host_to_write() {
    let mut command = command(&["serve", "--check-config"]);
    let audience = "https://access-token.octo-org.example:8443/path";
    let run = finish(command.envs(sound()).env("GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE", audience), "");
    let line = format!(
        "GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE: expected a host name, found `{audience}`: \
         write `access-token.octo-org.example`"
    );
    assert_eq!((lines(&run.stderr), run.code), (vec![line.as_str()], Some(2)));
}

#[test]
fn a_flag_is_named_by_its_setting() {
    let run = configured(&["--port", "70000"], &[]);
    assert_eq!(run.stderr, "access-token: PORT: expected a whole number from 0 to 65535, found `70000`\n");
    assert_eq!(run.code, Some(2));
}

#[test]
fn a_private_key_is_never_repeated() {
    let run = configured(&[], &[("GITHUB_APP_ID", "1"), ("GITHUB_APP_PRIVATE_KEY", "my-private-key")]);
    assert!(run.stderr.starts_with("access-token: GITHUB_APP_PRIVATE_KEY: "), "{}", run.stderr);
    assert_eq!((run.stderr.lines().count(), run.code), (2, Some(2)));
    assert!(!run.stderr.contains("my-private-key"));
}

#[test]
fn a_private_key_after_its_flag_is_taken_and_not_repeated() {
    let sound = sound();
    let (_, pem) = sound.iter().find(|(name, _)| name == "GITHUB_APP_PRIVATE_KEY").unwrap();
    let others = sound.iter().filter(|(name, _)| name != "GITHUB_APP_PRIVATE_KEY").cloned();
    let mut command = command(&["serve", "--check-config", "--github-app-private-key", pem]);
    let run = finish(command.envs(others), "");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(!run.stdout.contains("PRIVATE KEY-----"), "{}", run.stdout);
}

#[test]
fn an_issuer_of_another_github_than_the_api_is_warned_of() {
    let mut command = command(&["serve", "--check-config"]);
    let run =
        finish(command.envs(sound()).env("GITHUB_API_URL", "https://github.octo-org.example/api/v3"), "");
    let warning = "access-token: warning: GITHUB_ACTIONS_TOKEN_ISSUER: `token.actions.githubusercontent.com` does not \
                   belong to the GitHub of GITHUB_API_URL, whose issuer is at `github.octo-org.example`: to the \
                   policies, whoever has the same names there is the same caller\n";
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), warning));
}

/// A broker on a free port. Its GitHub does not exist, which it needs to know only when somebody asks.
pub(crate) fn broker(port: &str) -> std::process::Command {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("access-token-serve-{}-{number}", std::process::id()));
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
