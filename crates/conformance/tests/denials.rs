//! What callers are told of a denial, word by word.

#![cfg(test)]

use std::collections::BTreeMap;

use policy::caller::Caller;
use policy::decide::{InstallationFacts, Next, PolicyFile, Question};
use policy::decision::{Decision, Denial, Reason};
use policy::model::{OwnerPolicy, RepositoryPolicy};
use policy::parse::{Parsed, parse_owner_policy, parse_repository_policy};
use policy::request::TokenRequest;
use serde_json::{Value, json};
use time::OffsetDateTime;

const OWNER_POLICY: &str =
    "origin: octo-org/.github-access-token\nallowed-repository-permissions: {contents: write}\n";
const SUBJECTS: &str = "Effective OIDC token subjects:\n- repo:octo-org/app:ref:refs/heads/main";

fn caller(repository: &str) -> Caller {
    let (owner, _) = repository.split_once('/').unwrap();
    let claims = json!({
        "sub": format!("repo:{repository}:ref:refs/heads/main"), "repository": repository,
        "repository_owner": owner, "ref": "refs/heads/main", "event_name": "push",
    });
    Caller::new(github_types::Claims::new(claims.as_object().unwrap()).unwrap())
}

fn request(body: &Value) -> TokenRequest {
    TokenRequest::read(body, &"octo-org/app".parse().unwrap()).unwrap()
}

fn website() -> Value {
    json!({"owner": "octo-org", "repositories": ["website"], "permissions": {"contents": "write"}})
}

fn owner_policy(text: &str) -> Parsed<OwnerPolicy> {
    parse_owner_policy(text, &"octo-org/.github-access-token".parse().unwrap())
}

fn repository_policy(text: &str) -> Parsed<RepositoryPolicy> {
    parse_repository_policy(text, &"octo-org/website".parse().unwrap())
}

/// The denial of a request by these policies.
fn denial(
    caller: &Caller,
    request: &TokenRequest,
    owner: &Parsed<OwnerPolicy>,
    repository: &Parsed<RepositoryPolicy>,
) -> Denial {
    let permissions = ["contents", "issues"].map(|name| (name.parse().unwrap(), "write".parse().unwrap()));
    let installation = InstallationFacts {
        owner_id: 1,
        suspended: false,
        permissions: permissions.into(),
        single_file_paths: Vec::new(),
    };
    let question = Question { caller, request, now: OffsetDateTime::UNIX_EPOCH };
    let decision = match question.begin(&installation) {
        Next::Needs(stage) => match stage.decide(PolicyFile::from(Some(owner))) {
            Next::Needs(stage) => {
                let files =
                    stage.repositories().map(|name| (name.clone(), PolicyFile::from(Some(repository))));
                let files: BTreeMap<_, _> = files.collect();
                stage.decide(&files)
            }
            Next::Decided(decision) => decision,
        },
        Next::Decided(decision) => decision,
    };
    let Decision::Denied(denial) = decision else { panic!("granted") };
    denial
}

/// What `caller` is told when it asks by these policies for contents of the website.
fn told(caller: &Caller, owner: &str, repository: &str) -> String {
    let request = request(&website());
    let denial = denial(caller, &request, &owner_policy(owner), &repository_policy(repository));
    denial.told_to(caller, &request).message
}

#[test]
fn the_problems_of_a_repository_policy_are_told_with_their_places() {
    let policy = "origin: octo-org/website\nstatments: []\n";
    assert_eq!(
        told(&caller("octo-org/app"), OWNER_POLICY, policy),
        format!(
            "Issues:\n- octo-org/website:\n  - The access policy is invalid\n    - 2:1: unknown key `statments` (AT004)\n{SUBJECTS}"
        )
    );
}

#[test]
fn the_problems_of_an_owner_policy_are_told_to_its_own_repository_alone() {
    let policy = "origin: octo-org/.github-access-token\nallowed: []\n";
    let invalid = "Issues:\n- octo-org:\n  - The access policy of the owner is invalid\n";
    assert_eq!(told(&caller("octo-org/app"), policy, ""), format!("{invalid}{SUBJECTS}"));
    for holder in ["octo-org/.github-access-token", "octo-org/.GitHub-Access-Token"] {
        let told = told(&caller(holder), policy, "");
        assert!(told.starts_with(&format!("{invalid}    - 2:1: unknown key `allowed` (AT004)\n")), "{told}");
    }
}

#[test]
fn a_file_full_of_problems_makes_no_endless_message() {
    let keys = (0..30).fold(String::new(), |text, number| text + &format!("key-{number}: 1\n"));
    let told = told(&caller("octo-org/app"), OWNER_POLICY, &format!("origin: octo-org/website\n{keys}"));
    assert!(told.contains("key-19") && !told.contains("key-20"), "{told}");
}

#[test]
fn each_target_stands_once_above_what_was_refused_there() {
    let owner = "origin: octo-org/.github-access-token\n";
    let caller = caller("octo-org/app");
    let request = request(&json!({
        "owner": "octo-org", "repositories": ["docs", "website"],
        "permissions": {"contents": "write", "issues": "read"},
    }));
    let denial = denial(&caller, &request, &owner_policy(owner), &repository_policy(""));
    let not_allowed = "Not among the allowed repository permissions of the owner's access policy";
    assert_eq!(
        denial.told_to(&caller, &request).message,
        format!(
            "Issues:\n- octo-org/docs:\n  - contents: write - {not_allowed}\n  - issues: read - {not_allowed}\n- octo-org/website:\n  - contents: write - {not_allowed}\n  - issues: read - {not_allowed}\n{SUBJECTS}"
        )
    );
}

#[test]
fn strangers_are_told_what_they_asked_for_whatever_the_reason() {
    let stranger = caller("hubot/app");
    let expected = "Issues:\n- octo-org/website:\n  - contents: write - Not authorized\nEffective OIDC token subjects:\n- repo:hubot/app:ref:refs/heads/main";
    for owner in
        [OWNER_POLICY, "", "origin: octo-org/.github-access-token\nallowed-subjects: ['repo:hubot/*:**']\n"]
    {
        assert_eq!(told(&stranger, owner, ""), expected, "{owner}");
    }
    let everything = request(
        &json!({"owner": "octo-org", "repositories": "ALL", "permissions": {"issues": "read", "contents": "read"}}),
    );
    let denial = denial(&stranger, &everything, &owner_policy(""), &repository_policy(""));
    let told = denial.told_to(&stranger, &everything);
    assert!(told.issues.iter().all(|issue| issue.reason == Reason::NotAuthorized));
    assert_eq!(
        told.message,
        "Issues:\n- octo-org:\n  - contents: read - Not authorized\n  - issues: read - Not authorized\nEffective OIDC token subjects:\n- repo:hubot/app:ref:refs/heads/main"
    );
}

#[test]
fn those_of_the_same_owner_learn_the_reason_whatever_its_letter_case() {
    let told = told(&caller("Octo-Org/app"), "", "");
    assert!(
        told.starts_with("Issues:\n- octo-org:\n  - The access policy of the owner is invalid\n"),
        "{told}"
    );
}

#[test]
fn no_text_of_others_begins_a_line() {
    let (caller, request) = (caller("octo-org/app"), request(&website()));
    let denial = Denial::by_github(&request, "one\nIssues:\u{2028}two\u{1b}".to_owned());
    assert_eq!(
        denial.told_to(&caller, &request).message,
        format!(
            "Issues:\n- octo-org:\n  - GitHub does not mint this token: one\u{fffd}Issues:\u{fffd}two\u{fffd}\n{SUBJECTS}"
        )
    );
}
