//! How long a decision takes by a policy of 10, 100 and 1,000 statements: read, compiled, decided.
//!
//! `cargo bench -p conformance --bench decide`

#![expect(clippy::unwrap_used, reason = "a benchmark states what it expects")]

use std::collections::BTreeMap;
use std::hint::black_box;

use divan::Bencher;
use github_types::{Claims, Level, Permission, Repository, RepositoryName};
use policy::caller::Caller;
use policy::decide::{InstallationFacts, Next, PolicyFile, Question};
use policy::decision::Decision;
use policy::model::{OwnerPolicy, RepositoryPolicy};
use policy::parse::{Parsed, parse_owner_policy, parse_repository_policy};
use policy::request::TokenRequest;
use serde_json::json;
use time::OffsetDateTime;

const SIZES: [usize; 3] = [10, 100, 1000];

fn main() {
    divan::main();
}

/// Statements as they are written: branches, tags, environments, workflows and wildcards of many repositories. The
/// caller is matched by the last one.
fn policy_text(statements: usize) -> String {
    let mut text = String::from("origin: octo-org/website\nstatements:\n");
    for number in 0..statements - 1 {
        let subject = match number % 5 {
            0 => format!("repo:octo-org/app-{number}:ref:refs/heads/main"),
            1 => format!("repo:octo-org/app-{number}:ref:refs/heads/release/*"),
            2 => format!("repo:octo-org/app-{number}:environment:production"),
            3 => format!("repo:octo-org/app-{number}*:ref:refs/tags/v*"),
            _ => format!("repo:octo-org/app-{number}:**"),
        };
        text.push_str(&format!(" - {{subjects: ['{subject}'], permissions: {{contents: read}}}}\n"));
    }
    text + " - {subjects: ['repo:octo-org/app:ref:refs/heads/*'], permissions: {contents: write}}\n"
}

fn website() -> Repository {
    "octo-org/website".parse().unwrap()
}

fn caller() -> Caller {
    let claims = json!({
        "sub": "repo:octo-org/app:ref:refs/heads/main", "repository": "octo-org/app", "repository_owner": "octo-org",
        "repository_id": "74", "repository_owner_id": "65", "ref": "refs/heads/main", "event_name": "push",
        "workflow_ref": "octo-org/app/.github/workflows/deploy.yml@refs/heads/main",
        "job_workflow_ref": "octo-org/app/.github/workflows/deploy.yml@refs/heads/main",
    });
    Caller::new(Claims::new(claims.as_object().unwrap()).unwrap())
}

struct Situation {
    caller: Caller,
    request: TokenRequest,
    installation: InstallationFacts,
    owner_policy: Parsed<OwnerPolicy>,
    policy: Parsed<RepositoryPolicy>,
}

impl Situation {
    fn new(statements: usize) -> Self {
        let caller = caller();
        let body = json!({"repositories": ["website"], "permissions": {"contents": "write"}});
        let owner =
            "origin: octo-org/.github-access-token\nallowed-repository-permissions: {contents: write}\n";
        Self {
            request: TokenRequest::read(&body, caller.repository()).unwrap(),
            caller,
            installation: InstallationFacts {
                owner_id: 65,
                suspended: false,
                permissions: BTreeMap::from([(Permission::CONTENTS, Level::Write)]),
                single_file_paths: Vec::new(),
            },
            owner_policy: parse_owner_policy(owner, &"octo-org/.github-access-token".parse().unwrap()),
            policy: parse_repository_policy(&policy_text(statements), &website()),
        }
    }

    fn decide(&self) -> Decision {
        let question =
            Question { caller: &self.caller, request: &self.request, now: OffsetDateTime::UNIX_EPOCH };
        let Next::Needs(stage) = question.begin(&self.installation) else { unreachable!() };
        let Next::Needs(stage) = stage.decide(Some(&self.owner_policy).into()) else { unreachable!() };
        let website: RepositoryName = "website".parse().unwrap();
        stage.decide(&BTreeMap::from([(website, PolicyFile::from(Some(&self.policy)))]))
    }
}

/// By compiled policies: all three stages, with the caller's subjects at hand.
#[divan::bench(args = SIZES)]
fn decide(bencher: Bencher<'_, '_>, statements: usize) {
    let situation = Situation::new(statements);
    assert!(matches!(situation.decide(), Decision::Granted(_)));
    bencher.bench(|| black_box(situation.decide()));
}

/// From the text of the policy to what is matched.
#[divan::bench(args = SIZES)]
fn read_and_compile(bencher: Bencher<'_, '_>, statements: usize) {
    let (text, website) = (policy_text(statements), website());
    bencher.bench(|| black_box(parse_repository_policy(&text, &website)));
}

/// From claims to effective subjects.
#[divan::bench]
fn effective_subjects(bencher: Bencher<'_, '_>) {
    bencher.bench(|| black_box(caller()));
}
