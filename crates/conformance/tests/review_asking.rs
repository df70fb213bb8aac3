//! Who of a statement's callers may ask, held against jobs: every pair of small patterns, every job of a small world.

#![cfg(test)]

use github_types::Claims;
use policy::caller::Caller;
use policy::model::StatementSubject;
use policy::parse::{parse_owner_policy, parse_repository_policy};
use policy::pattern::{Pattern, PatternKind, PatternSet};
use policy::review::{Asking, asking};
use serde_json::{Value, json};

const PATTERNS: [&str; 35] = [
    "repo:**",
    "repo:o/**",
    "repo:o/*:**",
    "repo:o/a:**",
    "repo:o/b:**",
    "repo:p/a:**",
    "repo:o@1/*:**",
    "repo:o@1/a@11:**",
    "repo:o@2/a@11:**",
    "repo:o?1/a?11:**",
    "repo:o*/a*1:**",
    "repo:*@1/*:**",
    "repo:o/a",
    "repo:o/a:ref:main",
    "repo:o/a:ref:refs/heads/main",
    "repo:o/a:ref:refs/heads/*",
    "repo:o/a:ref:**n",
    "repo:o/*:ref:refs/heads/dev",
    "repo:o/*:ref:refs/heads/dev:**",
    "repo:o@1/a@11:ref:refs/heads/main",
    "repo:o/a:ref:refs/pull/**",
    "repo:o/a:environment:x",
    "repo:o/*:environment:*",
    "repo:o/a:pull_request",
    "repo:*/*:pull_request",
    "repo:o/a:merge_group",
    "repo:o/a:workflow_ref:o/a/w.yml@refs/heads/main",
    "repo:o/a:job_workflow_ref:o/b/w.yml@refs/heads/main",
    "repo:o/a:ref:refs/heads/main:actor:octocat",
    "repo:o/a:actor:octocat",
    "repository_owner:o",
    "job_workflow_ref:o/b/w.yml@refs/heads/main",
    "ref:refs/heads/main",
    "environment:x",
    "pull_request",
];

/// What jobs can be, each with every `sub` that its owner may have made of it.
fn jobs() -> Vec<Caller> {
    const REPOSITORIES: [(&str, &str, &str, &str); 5] = [
        ("o", "1", "a", "11"),
        ("o", "1", "b", "12"),
        ("p", "2", "a", "21"),
        ("o", "1", "ab1", "13"),
        ("p", "2", "o1", "22"),
    ];
    const RUNS: [(&str, &str); 5] = [
        ("push", "refs/heads/main"),
        ("push", "refs/heads/dev"),
        ("push", "refs/tags/v1"),
        ("pull_request", "refs/pull/7/merge"),
        ("pull_request_target", "refs/heads/main"),
    ];
    let mut jobs = Vec::new();
    for (owner, owner_id, name, id) in REPOSITORIES {
        for (event, git_ref) in RUNS {
            for environment in ["", "x", "y"] {
                for called in ["", CALLED] {
                    jobs.extend(of(json!({
                        "repository": format!("{owner}/{name}"), "repository_owner": owner, "ref": git_ref,
                        "event_name": event, "repository_id": id, "environment": environment,
                        "repository_owner_id": owner_id, "job_workflow_ref": called,
                        "workflow_ref": format!("{owner}/{name}/w.yml@{git_ref}"),
                    })));
                }
            }
        }
    }
    jobs
}

const CALLED: &str = "o/b/w.yml@refs/heads/main";

/// The job with these claims by every `sub` that it may have.
fn of(mut claims: Value) -> Vec<Caller> {
    let claim = |name: &str| claims[name].as_str().unwrap().to_owned();
    let (plain, owner, git_ref) = (claim("repository"), claim("repository_owner"), claim("ref"));
    let name = plain.split('/').next_back().unwrap();
    let immutable = format!("{owner}@{}/{name}@{}", claim("repository_owner_id"), claim("repository_id"));
    let context = match (claim("environment").as_str(), claim("event_name").as_str()) {
        ("", "push") => format!("ref:{git_ref}"),
        ("", _) => "pull_request".to_owned(),
        (environment, _) => format!("environment:{environment}"),
    };
    let mut subs = vec![format!("repository_owner:{owner}")];
    for repository in [&plain, &immutable] {
        subs.push(format!("repo:{repository}"));
        for rest in [&context, &format!("ref:{git_ref}:actor:octocat"), "actor:octocat"] {
            subs.push(format!("repo:{repository}:{rest}"));
        }
    }
    if claim("job_workflow_ref") == CALLED {
        subs.push(format!("job_workflow_ref:{CALLED}"));
    }
    let claims = claims.as_object_mut().unwrap();
    claims.retain(|_, value| value != "");
    let with = |sub: String| {
        claims.insert("sub".to_owned(), sub.into());
        Caller::new(Claims::new(claims).unwrap())
    };
    subs.into_iter().map(with).collect()
}

/// For each job, whether one of the patterns matches it.
fn matching(patterns: &[Pattern], jobs: &[Caller]) -> Vec<bool> {
    let set = PatternSet::of_subjects(patterns).unwrap();
    let is_match =
        |job: &Caller| job.subjects().iter().any(|subject| !set.matches_subject(subject).is_empty());
    jobs.iter().map(is_match).collect()
}

/// A subject of a statement of the policy of `o/a`.
fn subject(written: &str) -> StatementSubject {
    let text =
        format!("origin: o/a\nstatements: [{{subjects: ['{written}'], permissions: {{contents: read}}}}]");
    let policy = parse_repository_policy(&text, &"o/a".parse().unwrap()).policy.unwrap();
    policy.statements.list[0].subjects[0].clone()
}

#[test]
fn nobody_and_everybody_are_said_only_where_it_is_so() {
    let jobs = jobs();
    let subjects: Vec<(StatementSubject, Vec<bool>)> = PATTERNS
        .iter()
        .map(|written| {
            let subject = subject(written);
            let matched = matching(&subject.patterns, &jobs);
            (subject, matched)
        })
        .collect();
    let (mut nobody, mut some, mut everybody, mut loose) = (0, 0, 0, 0);
    for allowed in PATTERNS {
        let text = format!("origin: o/.github-access-token\nallowed-subjects: ['{allowed}']\n");
        let owner = parse_owner_policy(&text, &"o/.github-access-token".parse().unwrap()).policy.unwrap();
        let may_ask = matching(&[Pattern::new(allowed, PatternKind::Subject).unwrap()], &jobs);
        for (subject, matched) in &subjects {
            let both = matched.iter().zip(&may_ask).any(|(matched, may_ask)| *matched && *may_ask);
            let beyond = matched.iter().zip(&may_ask).any(|(matched, may_ask)| *matched && !*may_ask);
            let told = asking(&owner, subject);
            match &told {
                Asking::Nobody => nobody += 1,
                Asking::Everybody => everybody += 1,
                Asking::Some(_) => some += 1,
            }
            let written = &subject.text;
            assert!(told != Asking::Nobody || !both, "{allowed} lets some of {written} ask");
            assert!(told != Asking::Everybody || !beyond, "{allowed} does not let all of {written} ask");
            loose += usize::from(matches!(told, Asking::Some(_)) && !both);
        }
    }
    println!(
        "{nobody} nobody, {everybody} everybody, {some} some, of which {loose} have no job in this world"
    );
}
