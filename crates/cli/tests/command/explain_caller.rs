//! `access-token explain`: who asks.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::explain::{POLICIES, explain};
use super::folder::Folder;
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

/// The answer for claims in a file.
fn of_file(claims: &str, more: &[&str]) -> Run {
    let policies = ["owner.yaml", "website.yaml"];
    let texts = policies.map(|name| std::fs::read_to_string(format!("tests/policies/{name}")).unwrap());
    let folder = Folder::with(&[(policies[0], &texts[0]), (policies[1], &texts[1]), ("claims.json", claims)]);
    folder.run(&[POLICIES, REQUEST, &["--claims", "claims.json"], more].concat())
}

#[test]
fn what_a_file_of_claims_leaves_out_is_filled_in_as_from_flags() {
    let run = of_file(r#"{"repository": "octo-org/app"}"#, &[]);
    assert!(
        run.stdout.ends_with(
            "
Assumed
  the claim `repository_owner` is `octo-org`
  the claim `event_name` is `push`
  the claim `ref` is `refs/heads/main`
  the claim `sub` is `repo:octo-org/app:ref:refs/heads/main`
  no ids are known, so the caller has no subjects in the immutable form;
    --repository-id and --repository-owner-id give them
  the GitHub App is installed for `octo-org`, has every permission that is asked
    for, and can read the policies
"
        ),
        "{}",
        run.stdout
    );
    assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)));
    // With `sub` it is what a token says, and nothing is made up beside it.
    let sub = "repo:octo-org/app:environment:a";
    let told = |claims: Value| {
        let run = of_file(&claims.to_string(), &["--format", "json"]);
        (serde_json::from_str::<Value>(&run.stdout).unwrap(), run.code)
    };
    let (whole, _) = told(json!({"repository": "octo-org/app", "repository_owner": "octo-org", "sub": sub}));
    assert_eq!(whole["effective_subjects"], json!([sub]));
    assert!(!whole["assumed"][0].as_str().unwrap().contains("the claim"), "{}", whole["assumed"]);
    let (lacking, code) = told(json!({"repository": "octo-org/app", "sub": sub}));
    assert_eq!(lacking["unauthenticated"], "the token has no claim `repository_owner`");
    assert_eq!(code, Some(1));
}

#[test]
fn claims_without_a_repository_are_told_with_what_to_do() {
    let run = of_file("{}", &[]);
    assert_eq!(
        run.told(),
        "access-token: --claims: `claims.json` has no `repository`: write for example `{\"repository\": \"octo-org/app\"}`, or add --repository\n"
    );
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert_eq!(of_file("{}", &["--repository", "octo-org/app"]).code, Some(0));
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
    assert_eq!(
        run.stdout,
        "\
Unknown caller: the claims do not say who asks (the broker answers 401)

Because
  the token has no claim `repository`

What to do
  give claims as tokens of GitHub have them, with `repository`,
    `repository_owner` and `sub` at least; flags such as --repository and
    --claim NAME=VALUE say others

Assumed
  the token was read, not verified: whoever made it may have written anything
  the GitHub App is installed for the owner, has every permission that is asked
    for, and can read the policies
"
    );
    assert_eq!(run.code, Some(1));
}
