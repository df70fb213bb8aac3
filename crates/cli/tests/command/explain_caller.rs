//! `access-token explain`: who asks.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::explain::{POLICIES, explain};
use super::process::{Run, command, finish};

const REQUEST: &[&str] = &["--permission", "contents=read", "--target", "website"];

fn subjects(arguments: &[&str]) -> Value {
    let run = explain(&[REQUEST, arguments, &["--format", "json"]].concat());
    let verdict: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    verdict["effective_subjects"].clone()
}

#[test]
fn the_subject_is_what_github_makes_of_the_flags() {
    let of =
        |arguments: &[&str]| subjects(&[&["--repository", "octo-org/app"], arguments].concat())[0].clone();
    assert_eq!(of(&[]), "repo:octo-org/app:ref:refs/heads/main");
    assert_eq!(of(&["--ref", "refs/tags/v1"]), "repo:octo-org/app:ref:refs/tags/v1");
    assert_eq!(of(&["--event", "pull_request"]), "repo:octo-org/app:pull_request");
    assert_eq!(
        of(&["--event", "pull_request", "--environment", "a:b"]),
        "repo:octo-org/app:environment:a%3Ab"
    );
    assert_eq!(of(&["--sub", "repository_owner:octo-org"]), "repository_owner:octo-org");
}

#[test]
fn ids_give_the_immutable_form() {
    let ids = ["--repository-id", "2", "--repository-owner-id", "1"];
    let workflow = ["--workflow-ref", "octo-org/app/.github/workflows/ci.yml@refs/heads/main"];
    assert_eq!(
        subjects(&[&["--repository", "octo-org/app"], &ids[..], &workflow].concat()),
        json!([
            "repo:octo-org/app:ref:refs/heads/main",
            "repo:octo-org@1/app@2:ref:refs/heads/main",
            "repo:octo-org@1/app@2:workflow_ref:octo-org/app/.github/workflows/ci.yml@refs/heads/main",
            "repo:octo-org/app:workflow_ref:octo-org/app/.github/workflows/ci.yml@refs/heads/main",
        ])
    );
}

#[test]
fn claims_come_from_a_file_and_flags_win() {
    let file = std::env::temp_dir().join(format!("access-token-claims-{}.json", std::process::id()));
    let claims = json!({"repository": "octo-org/app", "repository_owner": "octo-org", "ref": "refs/heads/main",
        "sub": "repo:octo-org/app:ref:refs/heads/main", "event_name": "push"});
    std::fs::write(&file, claims.to_string()).unwrap();
    let path = file.to_str().unwrap();
    assert_eq!(subjects(&["--claims", path]), json!(["repo:octo-org/app:ref:refs/heads/main"]));
    assert_eq!(
        subjects(&["--claims", path, "--ref", "refs/heads/dev"]),
        json!(["repo:octo-org/app:ref:refs/heads/dev"])
    );
    std::fs::remove_file(file).unwrap();
}

fn token(payload: &Value) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part("{}"), part(&payload.to_string()), part("signature"))
}

fn with_token(input: &str) -> Run {
    finish(&mut command(&[POLICIES, REQUEST, &["--token", "-"]].concat()), input)
}

#[test]
fn a_token_is_read_and_not_verified_and_that_is_said() {
    let claims = json!({"repository": "octo-org/app", "repository_owner": "octo-org", "ref": "refs/heads/main",
        "sub": "repo:octo-org/app:ref:refs/heads/main", "event_name": "push"});
    let token = token(&claims);
    let run = with_token(&format!("{token}\n"));
    assert!(
        run.stdout.starts_with("Granted: octo-org/app gets a token for octo-org/website\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("the token was read, not verified"), "{}", run.stdout);
    assert!(!run.stdout.contains(&token));
    assert_eq!(run.code, Some(0));
}

#[test]
fn a_token_on_the_command_line_is_refused_and_not_repeated() {
    let token = token(&json!({"repository": "octo-org/app"}));
    for token in [token.as_str(), &format!("Bearer {token}"), &"x".repeat(300)] {
        let run = finish(&mut command(&[POLICIES, REQUEST, &["--token", token]].concat()), "");
        assert_eq!(
            run.told(),
            "access-token: --token: expected `-` or a file, found what looks like a token: on the command line it \
             stays in the shell's history, and other users of the machine see it; write it to standard input: \
             `--token - < FILE`\n"
        );
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    }
}

#[test]
fn a_token_may_lie_in_a_file_and_be_expired() {
    let claims = json!({"repository": "octo-org/app", "repository_owner": "octo-org", "ref": "refs/heads/main",
        "sub": "repo:octo-org/app:ref:refs/heads/main", "event_name": "push", "exp": 1_793_534_400});
    let file = std::env::temp_dir().join(format!("access-token-jwt-{}", std::process::id()));
    std::fs::write(&file, format!("Bearer {}\n", token(&claims))).unwrap();
    let path = file.to_str().unwrap();
    let at = |now| explain(&[REQUEST, &["--token", path, "--now", now]].concat());
    let (before, after) = (at("2026-11-01T11:00:00Z"), at("2026-11-02T12:00:00Z"));
    assert!(!before.stdout.contains("expired"), "{}", before.stdout);
    let note =
        "  the token is expired, so the broker would answer 401; it is explained as if it\n    were not\n";
    assert!(after.stdout.contains(note), "{}", after.stdout);
    assert_eq!((before.code, after.code), (Some(0), Some(0)));
    std::fs::remove_file(file).unwrap();
}

#[test]
fn what_is_no_token_is_not_repeated() {
    for (input, line) in [
        ("secret", "--token: expected three parts with dots between, found 1"),
        ("secret.secret!.secret", "--token: its payload is not Base64"),
        ("secret.c2VjcmV0.secret", "--token: its payload is not a JSON object"),
        ("", "--token: expected three parts with dots between, found 1"),
    ] {
        let run = with_token(input);
        assert_eq!(run.stderr, format!("access-token: {line}\n"));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    }
}

#[test]
fn claims_that_do_not_say_who_asks_are_no_caller() {
    let run = with_token(&token(&json!({"sub": "x"})));
    assert!(
        run.stdout.starts_with("Unknown caller: the claims do not say who asks (the broker answers 401)\n"),
        "{}",
        run.stdout
    );
    assert_eq!(run.code, Some(1));
}
