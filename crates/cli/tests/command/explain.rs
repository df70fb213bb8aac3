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

The owner policy of octo-org
  in owner.yaml
  repository policies may grant contents: write
  has no statements of its own

The policy of octo-org/website
  in website.yaml
  statement 1 (line 4) matches and lists contents: read
    (deployments of the app)
    pattern repo:octo-org/app:ref:refs/heads/main
    matches repo:octo-org/app:ref:refs/heads/main

Effective subjects of the caller
  repo:octo-org/app:ref:refs/heads/main

Assumed
  the claim `event_name` is `push`
  the claim `ref` is `refs/heads/main`
  the claim `sub` is `repo:octo-org/app:ref:refs/heads/main`
  no ids are known, so the caller has no subjects in the immutable form;
    --repository-id and --repository-owner-id give them
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

The owner policy of octo-org
  in owner.yaml
  repository policies may grant contents: write
  has no statements of its own

The policy of octo-org/website
  in website.yaml
  statement 1 (line 4) does not match
    (deployments of the app)
    pattern repo:octo-org/app:ref:refs/heads/main
    against repo:octo-org/app:pull_request
    expected `ref`, found `pull_request`

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
  no ids are known, so the caller has no subjects in the immutable form;
    --repository-id and --repository-owner-id give them
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
  `faulty.yaml` has 5 problems; `access-token check --kind repository
    --repository octo-org/website faulty.yaml` shows them
";
    assert!(run.stdout.contains(remark), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

/// The command in a text that shows problems, run.
fn shown(text: &str) -> Run {
    let text = text.replace("\n    ", " ");
    let (_, from) = text.split_once("`access-token ").unwrap();
    run(&from.split('`').next().unwrap().split(' ').collect::<Vec<_>>())
}

#[test]
fn the_command_that_is_told_shows_the_problems_that_are_meant() {
    // A valid repository policy, given for another repository and for the owner.
    let policies = ["--owner-policy", "website.yaml", "--repository-policy", "docs=website.yaml"];
    let asked = ["--repository", "octo-org/app", "--permission", "contents=read", "--target", "docs"];
    let explained = run(&[&["explain"], &policies[..], &asked].concat());
    let (_, invalid) = explained.stdout.split_once("The owner policy of octo-org\n").unwrap();
    let (owners, docs) = invalid.split_once("The policy of octo-org/docs\n").unwrap();
    let remarks = docs.split_once("Policies with problems\n").unwrap().1;
    for (text, origin) in [
        (owners, "octo-org/.github-access-token"),
        (docs, "octo-org/docs"),
        (remarks, "octo-org/.github-access-token"),
        (remarks.split_once("shows them").unwrap().1, "octo-org/docs"),
    ] {
        let run = shown(text);
        let error = format!("error[AT007]: `origin` must be this repository, `{origin}`,");
        assert!(run.stdout.contains(&error), "{text}\n{}", run.stdout);
        assert_eq!(run.code, Some(1));
    }
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
fn what_depends_on_a_policy_that_was_not_given_is_undecided() {
    let asked =
        ["explain", "--repository", "octo-org/app", "--permission", "contents=read", "--target", "website"];
    let alone = run(&[&asked[..], &["--repository-policy", "website=website.yaml"]].concat());
    assert_eq!(
        alone.stdout.split("\n\nThe policy").next(),
        Some(
            "\
Undecided: whether octo-org/app gets a token depends on policies that were
  not given

It needs
  the policy of octo-org/.github-access-token

What to do
  give them with --checkout, --owner-policy or --repository-policy; where there
    is none, --without-policy NAME says so, and the broker refuses"
        )
    );
    assert!(
        alone.stdout.contains("statement 1 (line 4) matches and lists contents: read\n"),
        "{}",
        alone.stdout
    );
    assert_eq!((alone.code, alone.stderr.as_str()), (Some(2), ""));

    let owners = run(&[&asked[..], &["--owner-policy", "owner.yaml", "--format", "json"]].concat());
    let value: serde_json::Value = serde_json::from_str(&owners.stdout).unwrap();
    assert_eq!(value["decision"], "undecided");
    assert_eq!(value["needs"], serde_json::json!(["octo-org/website"]));
    assert_eq!(value.get("denied"), None);
    assert_eq!(owners.code, Some(2));
}

#[test]
fn that_there_is_no_policy_can_be_said() {
    let asked =
        ["explain", "--repository", "octo-org/app", "--permission", "contents=read", "--target", "website"];
    let no_owner = run(&[&asked[..], &["--without-policy", ".github-access-token"]].concat());
    assert!(no_owner.stdout.contains("(owner-policy-missing)"), "{}", no_owner.stdout);
    assert_eq!(no_owner.code, Some(1));
    let none = ["--owner-policy", "owner.yaml", "--without-policy", "octo-org/website"];
    let no_repository = run(&[&asked[..], &none].concat());
    assert!(no_repository.stdout.contains("(repository-policy-missing)"), "{}", no_repository.stdout);
    assert_eq!(no_repository.code, Some(1));
}

#[test]
fn what_nobody_can_ask_for_is_a_wrong_argument() {
    for format in ["human", "json"] {
        let asked = ["--permission", "contetns=read", "--target", "a b", "--format", format];
        let run = explain(&[&["--repository", "octo-org/app"], &asked[..]].concat());
        assert_eq!(
            run.told(),
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
fn json_has_the_verdict_and_every_statement() {
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
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let main = "repo:octo-org/app:ref:refs/heads/main";
    assert_eq!(
        found,
        serde_json::json!({
            "decision": "granted",
            "granted": true,
            "owner": "octo-org",
            "repositories": ["website"],
            "permissions": {"contents": "read"},
            "by": [{
                "permission": "contents", "level": "read", "repository": "website",
                "policy": "octo-org/website", "statement": 1, "description": "deployments of the app",
                "subject": main, "pattern": main,
            }],
            "effective_subjects": [main],
            "policies": [
                {
                    "policy": "octo-org/.github-access-token", "path": "owner.yaml", "kind": "owner", "valid": true,
                    "allowed_repository_permissions": {"contents": "write"}, "statements": [],
                },
                {
                    "policy": "octo-org/website", "path": "website.yaml", "kind": "repository", "valid": true,
                    "statements": [{
                        "statement": 1, "line": 4, "description": "deployments of the app", "result": "matches",
                        "by": {"subject": main, "pattern": main}, "lists": ["contents: read"],
                    }],
                },
            ],
            "claims": {
                "repository": "octo-org/app", "repository_owner": "octo-org", "event_name": "push",
                "ref": "refs/heads/main", "sub": main,
            },
            "assumed": [
                "the claim `event_name` is `push`",
                "the claim `ref` is `refs/heads/main`",
                format!("the claim `sub` is `{main}`"),
                "no ids are known, so the caller has no subjects in the immutable form; \
                 --repository-id and --repository-owner-id give them",
                "the GitHub App is installed for `octo-org`, has every permission that is asked for, and can read \
                 the policies",
            ],
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
        (
            vec!["--checkout", "nowhere"],
            "--checkout: `nowhere` has no policy: expected `.github/access-token.yaml` or `access-token.yaml` in it\n",
        ),
        (vec!["--ref", "main"], "--ref: expected a full ref such as `refs/heads/main`, found `main`\n"),
        (
            vec!["--repository-policy", "a/b=website.yaml"],
            "--repository-policy: `a/b` is a repository of `a`, but the request is to `octo-org`; --owner or --target say whom it is to\n",
        ),
        (
            vec!["--repository-policy", "a=website.yaml", "--without-policy", "A"],
            "two policies of `octo-org/A`: `website.yaml` and --without-policy; leave one out\n",
        ),
        (
            vec!["--owner-policy", "owner.yaml", "--without-policy", ".github-access-token"],
            "two owner policies: `owner.yaml` and --without-policy; leave one out\n",
        ),
        (
            vec!["--checkout", "../command"],
            "--checkout: `../command` has no policy: expected `.github/access-token.yaml` or `access-token.yaml` in it\n",
        ),
        (
            vec!["--event", "pull_request", "--ref", "refs/heads/main"],
            "--ref `refs/heads/main` with --event `pull_request`: such a job runs for `refs/pull/NUMBER/merge`; leave out --ref, or write --event pull_request_target\n",
        ),
        (
            vec!["--workflow-ref", "octo-org/ci/.github/workflows/a.yml@refs/heads/main"],
            "--workflow-ref: expected a workflow of `octo-org/app`, such as ",
        ),
        (
            vec!["--ref", "refs/heads/main", "--claim", "ref=refs/heads/dev"],
            "--claim: `ref` is said twice; leave out one of the two\n",
        ),
        (
            vec!["--target", "ALL,website"],
            "--target: `ALL` stands for every repository; leave out the others\n",
        ),
        (
            vec!["--installation", "website.yaml"],
            "--installation: `website.yaml` is not what `GET /orgs/OWNER/installation` answers: ",
        ),
        (vec!["--permission", "contents=write"], "--permission: `contents` is asked for twice"),
    ] {
        let run = super::process::finish(&mut command(&[&["explain"], &asked[..], &arguments].concat()), "");
        assert!(run.told().starts_with(&format!("access-token: {line}")), "{}", run.told());
        assert_eq!((run.code, run.told().lines().count()), (Some(2), 1));
    }
}

#[test]
fn a_checkout_has_its_policies_where_the_broker_looks() {
    let asked = [
        "explain",
        "--repository",
        "octo-org/app",
        "--permission",
        "contents:read",
        "--target",
        "octo-org/website",
    ];
    let world = "../../../sandbox/world/octo-org";
    let (website, owner) = (format!("{world}/website/files"), format!("{world}/.github-access-token/files"));
    let granted = run(&[&asked[..], &["--checkout", &website, "--checkout", &owner]].concat());
    assert!(granted.stdout.starts_with("Granted: "), "{}", granted.stdout);
    let note = "    the policy of `octo-org/website`, as its `origin` says\n";
    assert!(granted.stdout.contains(note), "{}", granted.stdout);
    assert_eq!((granted.code, granted.stderr.as_str()), (Some(0), ""));
    let foreign = ["--checkout", &website, "--owner", "octocat", "--format", "json"];
    let foreign = run(&[&asked[..5], &foreign, &["--target", "blog"]].concat());
    assert!(foreign.stdout.contains("which is not asked, so it is passed over"), "{}", foreign.stdout);
}

#[test]
fn every_way_not_to_count_is_told() {
    let folder = std::env::temp_dir().join(format!("access-token-explain-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let policy = folder.join("website.yaml");
    let text = "\
origin: octo-org/website
statements:
  - subjects: ['repo:octo-org/app:ref:refs/heads/Main']
    permissions: {contents: read}
  - subjects: ['repo:octo-org/app:ref:refs/heads/*']
    permissions: {contents: read}
    claims: {event_name: workflow_dispatch, actor: octocat}
    expires: 2026-10-31
  - subjects: ['repo:octo-org/app:*']
    permissions: {contents: read}
  - permissions: {contents: read}
  - subjects: ['repo:octo-org/app:**']
    permissions: {metadata: read}
  - subjects: ['app:ref:refs/heads/main']
    permissions: {contents: read}
";
    std::fs::write(&policy, text).unwrap();
    let named = format!("website={}", policy.display());
    let asked = [
        "explain",
        "--repository",
        "octo-org/app",
        "--permission",
        "contents=read",
        "--target",
        "website",
        "--owner-policy",
        "owner.yaml",
        "--repository-policy",
        &named,
        "--now",
        "2026-11-01T12:00:00Z",
    ];
    let run = run(&asked);
    let (_, steps) = run.stdout.split_once("The policy of octo-org/website\n").unwrap();
    let (steps, _) = steps.split_once("\n\n").unwrap();
    let (_, steps) = steps.split_once('\n').unwrap();
    assert_eq!(
        steps,
        "  statement 1 (line 3) does not match
    pattern repo:octo-org/app:ref:refs/heads/Main
    against repo:octo-org/app:ref:refs/heads/main
    ref: expected `refs/heads/Main`, found `refs/heads/main`; letter case
    counts here
  statement 2 (line 5) does not count, though a subject matches
    pattern repo:octo-org/app:ref:refs/heads/*
    matches repo:octo-org/app:ref:refs/heads/main
    it expired: `expires: 2026-10-31`
    claim actor: expected `octocat`, found none
    claim event_name: expected `workflow_dispatch`, found `push`
  statement 3 (line 9) has no subject that can match
    line 9: a wildcard in the place of a key matches nothing (AT011)
  statement 4 (line 11) is void
    line 11: a statement needs `subjects` (AT005)
  statement 5 (line 12) matches and lists nothing of what is asked
    pattern repo:octo-org/app:**
    matches repo:octo-org/app:ref:refs/heads/main
  statement 6 (line 14) does not match
    pattern repo:octo-org/website:app:ref:refs/heads/main
    against repo:octo-org/app:ref:refs/heads/main
    repo: expected `octo-org/website`, found `octo-org/app`; written as
    `app:ref:refs/heads/main`, which counts as one of this repository, since
    it does not begin with `repo:`"
    );
    assert_eq!(run.code, Some(1));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_caller_is_a_repository_with_its_owner() {
    let run = explain(&["--repository", "app", "--permission", "contents=read"]);
    let line = "access-token: --repository: expected `owner/name` such as `octo-org/app`, found `app`\n";
    assert_eq!((run.told().as_str(), run.code, run.stdout.as_str()), (line, Some(2), ""));
}
