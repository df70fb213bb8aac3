//! `access-token who-can`.

use super::folder::Folder;
use super::process::{Run, run};

const WORLD: &str = "../../../sandbox/world/octo-org";

#[test]
fn each_statement_that_grants_it_is_listed() {
    let run = run(&["who-can", "secrets:write", "--policies", WORLD]);
    assert_eq!(
        run.stdout,
        "\
secrets: write on octo-org/infra
  for   repo:octo-org/app:environment:production
  by    statement 1 of
        ../../../sandbox/world/octo-org/infra/files/.github/access-token.yaml:5

note: only these may ask octo-org at all: repo:octo-org/*:**

1 statement grants secrets: write
"
    );
    assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)));
}

#[test]
fn nobody_is_an_answer() {
    let nobody = run(&["who-can", "contents:write", "--policies", WORLD]);
    assert_eq!((nobody.stdout.as_str(), nobody.code), ("nobody can have contents: write\n", Some(1)));
    let elsewhere = run(&["who-can", "secrets", "--policies", WORLD, "--repository", "octo-org/website"]);
    assert_eq!((elsewhere.stdout.as_str(), elsewhere.code), ("nobody can have secrets\n", Some(1)));
}

#[test]
fn json_says_the_same_to_programs() {
    let run = run(&["who-can", "secrets", "--policies", WORLD, "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["grants"][0]["target"], "octo-org/infra");
    assert_eq!(value["grants"][0]["level"], "write");
    assert_eq!(value["grants"][0]["in_force"], true);
    assert_eq!(value["may_ask"]["octo-org"][0], "repo:octo-org/*:**");
}

#[test]
fn what_the_owner_policy_refuses_and_what_is_expired_is_not_had() {
    let folder = std::env::temp_dir().join(format!("access-token-who-can-{}", std::process::id()));
    let write = |path: &str, text: &str| {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    write(
        "docs/.github/access-token.yaml",
        "origin: octo-org/docs\nstatements:\n  - {subjects: ['ref:refs/heads/main'], permissions: {issues: write}}\n  - {subjects: ['ref:refs/heads/old'], permissions: {issues: write}, expires: 2020-01-01}\n",
    );
    let arguments = ["who-can", "issues", "--policies", folder.to_str().unwrap()];
    let alone = run(&arguments);
    assert!(
        alone.stdout.ends_with("note: the owner policy of octo-org was not read; it may refuse some of this\n\n1 statement grants issues\n"),
        "{}",
        alone.stdout
    );
    assert_eq!(alone.code, Some(0));
    write(".github-access-token/access-token.yaml", "origin: octo-org/.github-access-token\n");
    let refused = run(&arguments);
    assert!(
        refused.stdout.contains("  but   the owner policy does not let repository policies grant it\n"),
        "{}",
        refused.stdout
    );
    assert!(refused.stdout.ends_with("\nnobody can have issues\n"), "{}", refused.stdout);
    assert_eq!(refused.code, Some(1));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn one_file_is_enough() {
    let run = run(&["who-can", "contents", "--policies", "website.yaml"]);
    assert!(run.stdout.contains("  by    statement 1 of website.yaml:4\n"), "{}", run.stdout);
    assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)));
}

#[test]
fn a_folder_without_policies_and_an_unknown_permission_are_wrong_arguments() {
    let empty = run(&["who-can", "contents", "--policies", "../command"]);
    assert_eq!(
        empty.told(),
        "access-token: `../command` has no policies: expected files named `access-token.yaml`\n"
    );
    assert_eq!(empty.code, Some(2));
    let level = run(&["who-can", "contents = admin"]);
    assert!(level.stderr.contains("`contents` has no level `admin`"), "{}", level.stderr);
    let unknown = run(&["who-can", "content"]);
    assert!(unknown.stderr.contains("did you mean `contents`?"), "{}", unknown.stderr);
    assert_eq!(unknown.code, Some(2));
}

const OWNERS: &str = ".github-access-token/access-token.yaml";

/// Who can have that by a policy of octo-org/x for the branch main of octo-org/app, beside an owner policy with these
/// lines.
fn beside(lines: &str, permission: &str) -> Run {
    let x = "\
origin: octo-org/x
statements:
  - subjects: ['repo:octo-org/app:ref:refs/heads/main']
    permissions: {contents: write}
";
    of_files(&[("x/.github/access-token.yaml", x)], lines, permission)
}

/// The answer by these files and an owner policy, with paths that begin at the folder.
fn of_files(files: &[(&str, &str)], lines: &str, permission: &str) -> Run {
    let owner = format!("origin: octo-org/.github-access-token\n{lines}");
    let folder = Folder::with(&[files, &[(OWNERS, &owner)]].concat());
    folder.run(&["who-can", permission])
}

fn answer(run: &Run) -> (&str, &str, Option<i32>) {
    (&run.stdout, &run.stderr, run.code)
}

#[test]
fn whom_the_owner_policy_lets_ask_can_have_it() {
    let allowed = "allowed-repository-permissions: {contents: write}\n";
    assert_eq!(
        answer(&beside(allowed, "contents: write")),
        (
            "\
contents: write on octo-org/x
  for   repo:octo-org/app:ref:refs/heads/main
  by    statement 1 of x/.github/access-token.yaml:3

note: only these may ask octo-org at all: repo:octo-org/*:**

1 statement grants contents: write
",
            "",
            Some(0)
        )
    );
}

#[test]
fn whom_the_owner_policy_does_not_let_ask_can_have_nothing() {
    let allowed = "allowed-repository-permissions: {contents: write}\n";
    assert_eq!(
        answer(&beside(&format!("{allowed}allowed-subjects: []\n"), "contents")),
        (
            "\
note: the owner policy of octo-org lets nobody ask (`allowed-subjects` is
      empty), so 1 statement is left out

nobody can have contents
",
            "",
            Some(1)
        )
    );
    assert_eq!(
        answer(&beside(&format!("{allowed}allowed-subjects: ['repo:octo-org/other:**']\n"), "contents")),
        (
            "\
note: 1 statement is left out, because `allowed-subjects` of octo-org let none
      of their callers ask

nobody can have contents
",
            "",
            Some(1)
        )
    );
}

#[test]
fn an_invalid_owner_policy_denies_everything() {
    assert_eq!(
        answer(&beside("allowed-subject: ['repo:octo-org/*:**']\n", "contents")),
        (
            "\
note: the owner policy of octo-org is invalid as a whole, so it denies
      everything and 1 statement is left out; `access-token check
      .github-access-token/access-token.yaml` shows why

nobody can have contents
",
            "",
            Some(1)
        )
    );
    // It does not even say whose it is, but all others are of one owner.
    assert_eq!(beside("statements: [\n", "contents").code, Some(1));
    // Where it has nothing to deny, it is a file among others.
    let none = beside("allowed-subject: []\n", "issues");
    assert_eq!(
        none.stdout,
        "\
note: `.github-access-token/access-token.yaml` is no valid policy, so everything
      of its owner is denied; `access-token check
      .github-access-token/access-token.yaml` shows why

nobody can have issues
"
    );
}

#[test]
fn nobody_can_have_more_than_the_owner_policy_lets_be_granted() {
    let lines = "allowed-repository-permissions: {contents: read}\n";
    assert_eq!(
        answer(&beside(lines, "contents")),
        (
            "\
contents: read on octo-org/x
  for   repo:octo-org/app:ref:refs/heads/main
  by    statement 1 of x/.github/access-token.yaml:3
  but   the statement says write, and the owner policy lets only read be granted

note: only these may ask octo-org at all: repo:octo-org/*:**

1 statement grants contents
",
            "",
            Some(0)
        )
    );
    assert_eq!(
        answer(&beside(lines, "contents:write")),
        (
            "\
contents: write on octo-org/x
  for   repo:octo-org/app:ref:refs/heads/main
  by    statement 1 of x/.github/access-token.yaml:3
  but   the owner policy lets repository policies grant read only

nobody can have contents: write
",
            "",
            Some(1)
        )
    );
}

#[test]
fn what_limits_the_callers_is_shown() {
    let statements = "\
origin: octo-org/x
statements:
  - subjects: ['ref:refs/heads/main', 'repo:octo-org/*:ref:refs/heads/main', 'repo:octocat/x:**']
    permissions: {contents: write}
";
    let lines = "\
allowed-repository-permissions: {contents: write}
allowed-subjects: ['repo:octo-org/x:**', 'repo:octo-org/*:environment:a', 'repo:octo-org/y:pull_request']
";
    assert_eq!(
        answer(&of_files(&[("x/.github/access-token.yaml", statements)], lines, "contents")),
        (
            "\
contents: write on octo-org/x
  for   repo:octo-org/x:ref:refs/heads/main
  for   repo:octo-org/*:ref:refs/heads/main
  only  who is among `allowed-subjects`, by repo:octo-org/*:environment:a or
        repo:octo-org/x:**
  not   repo:octocat/x:**, which `allowed-subjects` do not let ask
  by    statement 1 of x/.github/access-token.yaml:3

note: only these may ask octo-org at all: repo:octo-org/x:**,
      repo:octo-org/*:environment:a, repo:octo-org/y:pull_request

1 statement grants contents
",
            "",
            Some(0)
        )
    );
}

#[test]
fn json_says_what_is_left_of_a_statement() {
    let x = "\
origin: octo-org/x
statements:
  - subjects: ['repo:octo-org/*:**', 'repo:octocat/x:**']
    permissions: {contents: write}
";
    let owner = "\
origin: octo-org/.github-access-token
allowed-repository-permissions: {contents: read}
allowed-subjects: ['repo:octo-org/app:**']
";
    let folder = Folder::with(&[("x/.github/access-token.yaml", x), (OWNERS, owner)]);
    let run = folder.run(&["who-can", "contents", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        value["grants"],
        serde_json::json!([{
            "permission": "contents", "level": "read", "stated": "write", "target": "octo-org/x",
            "subjects": ["repo:octo-org/*:**"], "only": ["repo:octo-org/app:**"], "refused": ["repo:octocat/x:**"],
            "path": "x/.github/access-token.yaml", "statement": 1, "line": 3, "in_force": true,
        }])
    );
}
