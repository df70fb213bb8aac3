//! `access-token explain`: the decision.

use super::process::{Run, command, run};

/// A job of octo-org/app on its branch main, asking for what the policies of the examples grant.
pub(crate) const POLICIES: &[&str] =
    &["explain", "--owner-policy", "owner.yaml", "--repository-policy", "website=website.yaml"];

pub(crate) fn explain(arguments: &[&str]) -> Run {
    run(&[POLICIES, arguments].concat())
}

#[test]
fn a_grant_names_the_statement() {
    let run =
        explain(&["--repository", "octo-org/app", "--permission", "contents=read", "--target", "website"]);
    assert_eq!(run.stderr, "");
    assert_eq!(
        run.stdout,
        "\
Granted: octo-org/app gets a token for octo-org/website

By
  contents: read on website
    statement 1 of octo-org/website (deployments of the app)
    pattern repo:octo-org/app:ref:refs/heads/main
    matches repo:octo-org/app:ref:refs/heads/main

Effective subjects of the caller
  repo:octo-org/app:ref:refs/heads/main

Assumed
  the claim `event_name` is `push`
  the claim `ref` is `refs/heads/main`
  the claim `sub` is `repo:octo-org/app:ref:refs/heads/main`
  no ids are known, so the caller has no subjects in the immutable form; --claim
    repository_id=… and repository_owner_id=… give them
  the GitHub App is installed for `octo-org`, has every permission that is asked
    for, and can read the policies
"
    );
    assert_eq!(run.code, Some(0));
}

#[test]
fn a_denial_names_what_stands_in_the_way_and_what_to_do() {
    let arguments = [
        "--repository",
        "octo-org/app",
        "--event",
        "pull_request",
        "--permission",
        "contents=write",
        "--target",
        "website",
    ];
    let run = explain(&arguments);
    assert_eq!(run.stderr, "");
    assert_eq!(
        run.stdout,
        "\
Denied: octo-org/app gets no token (the broker answers 403)

Because
  octo-org/website: contents: write - Not authorized
    (not-granted-by-repository-policy)

Effective subjects of the caller
  repo:octo-org/app:pull_request

What to do
  This job runs for a pull request, so it does not count as the branch that the
  pull request targets. Grant it by its own subject, and narrow that with
  `claims`.

  To allow `contents: write`, add to the list `statements` of
  `.github/access-token.yaml` in `octo-org/website`:

    - subjects:
        - repo:octo-org/app:pull_request
      permissions:
        contents: write

Assumed
  the claim `sub` is `repo:octo-org/app:pull_request`
  no ids are known, so the caller has no subjects in the immutable form; --claim
    repository_id=… and repository_owner_id=… give them
  the GitHub App is installed for `octo-org`, has every permission that is asked
    for, and can read the policies
"
    );
    assert_eq!(run.code, Some(1));
}

#[test]
fn a_policy_with_problems_is_pointed_out() {
    let arguments = ["--repository", "octo-org/website", "--permission", "contents=read"];
    let policies = ["explain", "--owner-policy", "owner.yaml", "--repository-policy", "website=faulty.yaml"];
    let run = run(&[&policies[..], &arguments].concat());
    let remark = "
Policies with problems
  `faulty.yaml` has 5 problems; `access-token check faulty.yaml` shows them
";
    assert!(run.stdout.contains(remark), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn an_invalid_policy_is_shown_with_its_problems() {
    let policies = [
        "explain",
        "--owner-policy",
        "void.yaml",
        "--repository",
        "octo-org/app",
        "--permission",
        "members=read",
    ];
    let run = run(&policies);
    let because = "
Because
  octo-org: The access policy of the owner is invalid (owner-policy-invalid)
    2:1: duplicate key `origin` (AT003)
";
    assert!(run.stdout.contains(because), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn without_an_owner_policy_there_is_none() {
    let run = run(&["explain", "--repository", "octo-org/app", "--permission", "contents=read"]);
    assert!(run.stdout.contains("(owner-policy-missing)"), "{}", run.stdout);
    assert!(run.stdout.contains("--owner-policy gives one"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn what_nobody_can_ask_for_is_a_wrong_argument() {
    for format in ["human", "json"] {
        let asked = ["--permission", "contetns=read", "--target", "a b", "--format", format];
        let run = explain(&[&["--repository", "octo-org/app"], &asked[..]].concat());
        assert_eq!(
            run.stderr,
            "\
access-token: unknown permission `contetns`: did you mean `contents`?
access-token: repository `a b`: `a b` is not a repository name: expected letters, digits, `.`, `_` and `-`, at most 100 characters
"
        );
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    }
}

#[test]
fn a_stranger_would_be_told_less() {
    let arguments =
        ["--repository", "octocat/app", "--permission", "contents=read", "--target", "octo-org/website"];
    let run = explain(&arguments);
    assert!(run.stdout.contains("(caller-not-allowed)"), "{}", run.stdout);
    assert!(run.stdout.contains("tells it no more than"), "{}", run.stdout);
}

#[test]
fn json_is_the_verdict_itself() {
    let run = explain(&[
        "--repository",
        "octo-org/app",
        "--permission",
        "contents=read",
        "--target",
        "website",
        "--format",
        "json",
    ]);
    let verdict: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        verdict,
        serde_json::json!({
            "granted": true,
            "owner": "octo-org",
            "repositories": ["website"],
            "permissions": {"contents": "read"},
            "by": [{
                "permission": "contents", "level": "read", "repository": "website",
                "policy": "octo-org/website", "statement": 1, "description": "deployments of the app",
                "subject": "repo:octo-org/app:ref:refs/heads/main", "pattern": "repo:octo-org/app:ref:refs/heads/main",
            }],
            "effective_subjects": ["repo:octo-org/app:ref:refs/heads/main"],
        })
    );
    assert_eq!(run.code, Some(0));
}

#[test]
fn all_repositories_can_be_asked_for() {
    let run = explain(&[
        "--repository",
        "octo-org/app",
        "--permission",
        "contents=read",
        "--all",
        "--format",
        "json",
    ]);
    assert!(run.stdout.contains("not-granted-by-owner-policy"), "{}", run.stdout);
}

#[test]
fn what_cannot_be_read_or_meant_is_named() {
    let asked = ["--repository", "octo-org/app", "--permission", "contents=read"];
    for (arguments, line) in [
        (
            vec!["--owner-policy", "nowhere.yaml"],
            "cannot read `nowhere.yaml`: No such file or directory (os error 2)",
        ),
        (
            vec!["--claims", "website.yaml"],
            "cannot read `website.yaml`: not JSON: expected value at line 1 column 1",
        ),
        (vec!["--ref", "main"], "--ref: expected a full ref such as `refs/heads/main`, found `main`\n"),
        (vec!["--repository-policy", "a/b=website.yaml"], "--repository-policy: `a/b`: "),
        (vec!["--permission", "contents=write"], "--permission: `contents` is asked for twice"),
    ] {
        let run = super::process::finish(&mut command(&[&["explain"], &asked[..], &arguments].concat()), "");
        assert!(run.stderr.starts_with(&format!("access-token: {line}")), "{}", run.stderr);
        assert_eq!((run.code, run.stderr.lines().count()), (Some(2), 1));
    }
}
