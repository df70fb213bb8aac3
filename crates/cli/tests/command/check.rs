//! `access-token check`.

use super::process::{command, finish, run};

#[test]
fn a_policy_without_problems_is_fine() {
    let run = run(&["check", "owner.yaml", "website.yaml"]);
    assert_eq!(run.stderr, "");
    assert_eq!(
        run.stdout,
        "\
owner.yaml (owner policy of octo-org/.github-access-token, going by its
  `origin`): no problems

website.yaml (repository policy of octo-org/website, going by its `origin`): no
  problems

2 files checked: no problems
"
    );
    assert_eq!(run.code, Some(0));
}

#[test]
fn every_problem_is_shown_at_its_place() {
    let run = run(&["check", "faulty.yaml", "--repository", "octo-org/website"]);
    assert_eq!(run.stderr, "");
    assert_eq!(
        run.stdout,
        "\
error[AT011]: a wildcard in the place of a key matches nothing
 --> faulty.yaml:5:9
  |
5 |       - repo:octo-org/app:*
  |         ^^^^^^^^^^^^^^^^^^^
  |
  = help: write the key, such as `ref`, or end with `:**` for any claims that
          follow

error[AT008]: unknown permission `contetns`: did you mean `contents`?
 --> faulty.yaml:8:7
  |
8 |       contetns: write
  |       ^^^^^^^^

error[AT010]: `members` is not a repository permission
 --> faulty.yaml:9:7
  |
9 |       members: read # a long comment that goes on and on until the line i...
  |       ^^^^^^^
  |
  = help: grant it by a statement of the owner policy

error[AT005]: a statement needs `subjects`
  --> faulty.yaml:10:5
   |
10 |   - subject: [repo:octo-org/app:pull_request]
   |     ^

error[AT004]: unknown key `subject`
  --> faulty.yaml:10:5
   |
10 |   - subject: [repo:octo-org/app:pull_request]
   |     ^^^^^^^
   |
   = help: did you mean `subjects`?

faulty.yaml (repository policy of octo-org/website): 5 errors; 1 of 2 statements
  is in force

1 file checked: 5 errors
"
    );
    assert_eq!(run.code, Some(1));
}

#[test]
fn a_file_that_is_invalid_as_a_whole_grants_nothing() {
    let run = run(&["check", "void.yaml"]);
    assert_eq!(
        run.stdout,
        "\
error[AT003]: duplicate key `origin`
 --> void.yaml:2:1
  |
2 | origin: octo-org/docs
  | ^^^^^^
  |
  = help: keep one of the two: which one counts must not be a guess

void.yaml (repository policy of octo-org/website, going by its `origin`): 1
  error; it is invalid as a whole and grants nothing

1 file checked: 1 error
"
    );
    assert_eq!(run.code, Some(1));
}

#[test]
fn a_copied_policy_is_wrong_where_it_lies() {
    let run = run(&["check", "website.yaml", "--repository", "octo-org/docs"]);
    assert_eq!(
        run.stdout,
        "\
error[AT007]: `origin` must be this repository, `octo-org/docs`, found
              `octo-org/website`
 --> website.yaml:1:9
  |
1 | origin: octo-org/website
  |         ^^^^^^^^^^^^^^^^
  |
  = help: write `origin: octo-org/docs`, if this repository shall grant what
          stands here

website.yaml (repository policy of octo-org/docs): 1 error; it is invalid as a
  whole and grants nothing

1 file checked: 1 error
"
    );
    assert_eq!(run.code, Some(1));
}

#[test]
fn the_kind_can_be_said() {
    let run = run(&["check", "--kind", "repository", "owner.yaml"]);
    assert!(run.stdout.contains("error[AT004]: unknown key `allowed-subjects`"), "{}", run.stdout);
    assert!(run.stdout.contains("owner.yaml (repository policy of"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_checked() {
    let run = run(&["check", "nowhere.yaml", ".", "website.yaml"]);
    assert_eq!(
        run.stderr,
        "\
access-token: `nowhere.yaml` does not exist; `access-token check` without a path
  checks all policies of this folder
access-token: this folder has no policies: expected `.github/access-token.yaml`
  in a repository, or `access-token.yaml` in `.github-access-token`; a policy of
  another name is checked when its file is named
"
    );
    assert!(run.stdout.ends_with("\n1 file checked; 2 paths could not be checked\n"), "{}", run.stdout);
    assert_eq!(run.code, Some(2));
}

#[test]
fn nothing_is_said_of_the_problems_of_a_file_that_was_not_read() {
    let alone = run(&["check", "nowhere.yaml"]);
    assert_eq!((alone.code, alone.stdout.as_str()), (Some(2), "1 path could not be checked\n"));
    let with_errors = run(&["check", "void.yaml", "nowhere.yaml"]);
    let last = "\n1 file checked: 1 error; 1 path could not be checked\n";
    assert!(with_errors.stdout.ends_with(last), "{}", with_errors.stdout);
    assert_eq!(with_errors.code, Some(2));
}

#[test]
fn a_policy_without_a_statement_in_force_grants_nothing() {
    for (statement, rest) in [
        ("{subjects: ['repo:octo-org/app:*'], permissions: {contents: read}}", "no statement is in force"),
        (
            "{subject: a, subjects: ['repo:octo-org/b:ref:refs/heads/main'], permissions: {}}",
            "no statement is in force",
        ),
        (
            "{subjects: ['repo:octo-org/b:ref:refs/heads/main'], permissions: {contetns: read}}",
            "the rest of it is in force",
        ),
    ] {
        let file = std::env::temp_dir().join(format!("access-token-force-{}.yaml", std::process::id()));
        std::fs::write(&file, format!("origin: octo-org/website\nstatements: [{statement}]\n")).unwrap();
        let run = run(&["check", file.to_str().unwrap()]);
        std::fs::remove_file(&file).unwrap();
        let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("1 error; {rest}")), "{statement}: {words}");
        assert_eq!(run.code, Some(1));
    }
}

#[test]
fn a_repository_that_is_none_is_a_wrong_argument() {
    let run = run(&["check", "website.yaml", "--repository", "website"]);
    assert_eq!(run.stderr, "access-token: --repository: `website` is no repository: expected `owner/name`\n");
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
}

#[test]
fn a_policy_cannot_steer_the_terminal() {
    let folder = std::env::temp_dir().join(format!("access-token-check-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("policy\u{1b}[2J.yaml");
    std::fs::write(&file, "origin: octo-org/website\n\"a\\e[31m\": 1 # \u{202e}\u{7f}\n").unwrap();
    let run = run(&["check", file.to_str().unwrap()]);
    std::fs::remove_dir_all(&folder).unwrap();
    let is_steering =
        |character: char| character != '\n' && (character.is_control() || character == '\u{202e}');
    assert!(!run.stdout.contains(is_steering), "{:?}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn colours_are_for_terminals_only() {
    let run = finish(command(&["check", "faulty.yaml"]).env("TERM", "xterm-256color"), "");
    assert!(!run.stdout.contains('\u{1b}'));
}

#[test]
fn a_warning_points_into_the_pattern_and_counts_when_strict() {
    let arguments = ["check", "doubtful.yaml", "--now", "2026-11-01T12:00:00Z"];
    let lenient = run(&arguments);
    assert_eq!(lenient.stderr, "");
    let findings = "\
warning[AT014]: no subject has the key `enviroment`
 --> doubtful.yaml:5:27
  |
5 |       - repo:octo-org/app:enviroment:production
  |                           ^^^^^^^^^^
  |
  = help: did you mean `environment`?

warning[AT022]: this statement has expired and grants nothing
 --> doubtful.yaml:8:14
  |
8 |     expires: 2026-10-31
  |              ^^^^^^^^^^
  |
  = help: remove the statement, or set a new end
";
    assert!(lenient.stdout.starts_with(findings), "{}", lenient.stdout);
    assert!(lenient.stdout.ends_with("\n1 file checked: 2 warnings\n"), "{}", lenient.stdout);
    assert_eq!(lenient.code, Some(0));

    let strict = run(&[&arguments[..], &["--strict"]].concat());
    assert_eq!((strict.code, strict.stdout), (Some(1), lenient.stdout));
}

#[test]
fn what_the_owner_does_not_allow_is_found_when_its_policy_is_given() {
    let alone = run(&["check", "--strict", "website.yaml"]);
    assert_eq!(alone.code, Some(0), "{}", alone.stdout);
    let wrong = run(&["check", "--owner-policy", "void.yaml", "website.yaml"]);
    assert!(wrong.stderr.contains("`void.yaml` is no valid owner policy"), "{}", wrong.stderr);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(2), ""));
}
