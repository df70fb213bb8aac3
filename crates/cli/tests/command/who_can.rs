//! `access-token who-can`.

use super::process::run;

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
        empty.stderr,
        "access-token: `../command` has no policies: expected files named `access-token.yaml`\n"
    );
    assert_eq!(empty.code, Some(2));
    let unknown = run(&["who-can", "content"]);
    assert!(unknown.stderr.contains("did you mean `contents`?"), "{}", unknown.stderr);
    assert_eq!(unknown.code, Some(2));
}
