//! `access-token test`.

use std::path::PathBuf;

use super::folder::{Folder, WEBSITE};
use super::process::{Run, run};

/// A file of its own; it is removed when it goes out of scope.
pub(crate) struct File(pub(crate) PathBuf);

impl File {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let file = std::env::temp_dir().join(format!("access-token-{}-{name}", std::process::id()));
        std::fs::write(&file, text).unwrap();
        Self(file)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Tests of which two are wrong about the policies.
fn failing(name: &str) -> File {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies");
    let text = std::fs::read_to_string(format!("{folder}/website.test.yaml")).unwrap();
    let text = text
        .replace(": owner.yaml", &format!(": {folder}/owner.yaml"))
        .replace(": website.yaml", &format!(": {folder}/website.yaml"))
        .replace("expect: denied\n", "expect: granted\n")
        .replace("[not-allowed-by-owner-policy]", "[caller-not-allowed]");
    File::new(name, &text)
}

#[test]
fn tests_that_pass_are_listed() {
    let run = run(&["test", "website.test.yaml"]);
    assert_eq!(
        run.stdout,
        "\
website.test.yaml
  ok      the branch main of the app reads the website
  ok      a pull request of the app does not
  ok      nobody administers it, because the owner policy does not allow it

3 tests: all as expected
"
    );
    assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)));
}

#[test]
fn tests_that_fail_say_what_was_found() {
    let file = failing("fail.yaml");
    let run = run(&["test", file.path()]);
    let (_, report) = run.stdout.split_once('\n').unwrap();
    assert_eq!(
        report,
        "  ok      the branch main of the app reads the website
  FAILED  a pull request of the app does not
          expected granted, found denied
          octo-org/website: contents: read - Not authorized
            (not-granted-by-repository-policy)
          the caller counts as repo:octo-org/app:pull_request
  FAILED  nobody administers it, because the owner policy does not allow it
          expected denied for caller-not-allowed, found
            not-allowed-by-owner-policy
          octo-org/website: administration: read - Not among the allowed
            repository permissions of the owner's access policy
            (not-allowed-by-owner-policy)

3 tests: 2 failed; `access-token explain` tells why, statement by statement
"
    );
    assert_eq!(run.code, Some(1));
}

#[test]
fn the_results_are_written_as_junit_xml() {
    let (file, report) = (failing("junit.yaml"), File::new("junit.xml", ""));
    let run = run(&["test", file.path(), "--junit", report.path()]);
    assert_eq!(run.code, Some(1));
    let xml = std::fs::read_to_string(&report.0).unwrap();
    let name = file.path();
    assert_eq!(
        xml,
        format!(
            "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"access-token\" tests=\"3\" failures=\"2\" errors=\"0\" time=\"0\">
  <testsuite name=\"{name}\" tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"0\" time=\"0\">
    <testcase name=\"the branch main of the app reads the website\" classname=\"{name}\" time=\"0\"/>
    <testcase name=\"a pull request of the app does not\" classname=\"{name}\" time=\"0\">
      <failure type=\"unexpected-decision\" message=\"expected granted, found denied\">expected granted, found denied
octo-org/website: contents: read - Not authorized (not-granted-by-repository-policy)
the caller counts as repo:octo-org/app:pull_request</failure>
    </testcase>
    <testcase name=\"nobody administers it, because the owner policy does not allow it\" classname=\"{name}\" time=\"0\">
      <failure type=\"unexpected-decision\" message=\"expected denied for caller-not-allowed, found not-allowed-by-owner-policy\">expected denied for caller-not-allowed, found not-allowed-by-owner-policy
octo-org/website: administration: read - Not among the allowed repository permissions of the owner's access policy (not-allowed-by-owner-policy)</failure>
    </testcase>
  </testsuite>
</testsuites>
"
        )
    );
}

#[test]
fn files_that_are_no_tests_are_named() {
    for (arguments, error) in [
        (
            &["test"][..],
            "there are no tests here: expected `.github/access-token.test.yaml` or `access-token.test.yaml`; `access-token test --help` shows one",
        ),
        (
            &["test", "nowhere.yaml"],
            "cannot use `nowhere.yaml`: cannot read `nowhere.yaml`: No such file or directory (os error 2)",
        ),
        (
            &["test", "../command"],
            "`../command` has no tests: expected `.github/access-token.test.yaml` or `access-token.test.yaml` in it",
        ),
        (
            &["test", "owner.yaml"],
            "cannot use `owner.yaml`: 2:1: unknown key `origin`: expected one of `owner-policy`, `repository-policies`, `now`, `tests`",
        ),
    ] {
        let run = run(arguments);
        assert_eq!(run.told(), format!("access-token: {error}\n"));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    }
    let empty = File::new("empty.yaml", "tests: []\n");
    let run = run(&["test", empty.path()]);
    assert!(run.told().ends_with(": `tests` is empty: expected at least one test\n"), "{}", run.told());
}

#[test]
fn what_nobody_can_expect_is_told() {
    let one = |claims: &str, expect: &str| {
        format!(
            "repository-policies: {{}}\ntests:\n  - {{name: a, claims: {claims}, request: {{permissions: {{contents: read}}}}, expect: {expect}}}\n"
        )
    };
    let word = File::new("word.yaml", &one("{repository: octo-org/app}", "allowed"));
    let run_word = run(&["test", word.path()]);
    assert_eq!(
        run_word.told(),
        format!(
            "access-token: cannot use `{}`: line 3: test 1: `expect` must be `granted`, `denied` or `{{denied: [CODE, …]}}`\n",
            word.path()
        )
    );
    assert_eq!(run_word.code, Some(2));
    let short = File::new("short.yaml", &one("{repository: octo-org/app, ref: main}", "denied"));
    let run_short = run(&["test", short.path()]);
    let line = "claims: `ref` must be a full ref such as `refs/heads/main`, found\n            `main`\n";
    assert!(run_short.stdout.contains(line), "{}", run_short.stdout);
    assert_eq!(run_short.code, Some(1));
}

#[test]
fn a_denial_code_that_does_not_exist_is_an_error_of_the_file() {
    let one = |expect: &str| {
        format!(
            "repository-policies: {{}}\ntests:\n  - name: a\n    claims: {{repository: octo-org/app}}\n    request: {{permissions: {{contents: read}}}}\n    expect: {expect}\n"
        )
    };
    for (name, expect, told) in [
        (
            "near.yaml",
            "{denied: [caller-not-allwed]}",
            "6:23: test 1: unknown denial code `caller-not-allwed`: did you mean `caller-not-allowed`?",
        ),
        (
            "lines.yaml",
            "\n      denied:\n        - owner-policy-missing\n        - OWNER_POLICY_INVALID",
            "9:11: test 1: unknown denial code `OWNER_POLICY_INVALID`: did you mean `owner-policy-invalid`?",
        ),
        (
            "far.yaml",
            "{denied: [secret]}",
            "6:23: test 1: unknown denial code `secret`: expected one of `no-installation`, `installation-suspended`, `policy-unreadable`, `installation-lacks-permission`, `owner-policy-missing`, `owner-policy-invalid`, `caller-not-allowed`, `not-granted-by-owner-policy`, `not-allowed-by-owner-policy`, `repository-policy-missing`, `repository-policy-invalid`, `not-granted-by-repository-policy`, `refused-by-github`, `not-authorized`",
        ),
        (
            "none.yaml",
            "{denied: []}",
            "6:22: test 1: `denied` is empty: expected at least one code, or `expect: denied` for whatever reason",
        ),
        (
            "more.yaml",
            "{denied: [caller-not-allowed], because: x}",
            "line 3: test 1: `expect` must be `granted`, `denied` or `{denied: [CODE, …]}`",
        ),
    ] {
        let file = File::new(name, &one(expect));
        let run = run(&["test", file.path()]);
        assert_eq!(run.told(), format!("access-token: cannot use `{}`: {told}\n", file.path()));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    }
}

#[test]
fn a_request_that_no_broker_takes_fails() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies");
    let text = format!(
        "repository-policies: {{website: {folder}/website.yaml}}\ntests:\n  - {{name: a, claims: {{repository: octo-org/app}}, request: {{permissions: {{contentz: read}}}}, expect: denied}}\n"
    );
    let file = File::new("bad.yaml", &text);
    let run = run(&["test", file.path()]);
    assert!(run.stdout.contains("FAILED  a\n          no broker takes this request: "), "{}", run.stdout);
    let note = "  note: no owner policy is given, so one that allows everything is assumed\n";
    assert!(run.stdout.contains(note), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

/// What one test comes to that has these claims and expectation, about a policy beside it.
fn beside(policy: &str, claims: &str, expect: &str) -> Run {
    let text = format!(
        "tests:\n  - name: a\n    claims: {claims}\n    request: {{permissions: {{contents: read}}}}\n    expect: {expect}\n"
    );
    Folder::with(&[("access-token.yaml", policy), ("access-token.test.yaml", &text)]).run(&["test"])
}

#[test]
fn a_claim_that_no_token_has_is_an_error_of_the_file() {
    for (claims, told) in [
        (
            "{repository: octo-org/app, event: pull_request}",
            "3:40: test 1: no token has the claim `event`: did you mean `event_name`?",
        ),
        (
            "\n      repository: octo-org/app\n      Ref: refs/heads/main",
            "5:7: test 1: no token has the claim `Ref`: did you mean `ref`?",
        ),
    ] {
        let run = beside(WEBSITE, claims, "denied");
        assert_eq!(run.told(), format!("access-token: cannot use `access-token.test.yaml`: {told}\n"));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    }
    let own = beside(WEBSITE, "{repository: octo-org/app, team: a, repo_property_team: b}", "denied");
    assert_eq!((own.code, own.stderr.as_str()), (Some(0), ""));
}

#[test]
fn an_invalid_policy_does_not_show_that_a_valid_one_denies() {
    let invalid = "origin: octo-org/website\nstatement: []\n";
    let claims = "{repository: octo-org/website}";
    let run = beside(invalid, claims, "denied");
    assert_eq!(
        run.stdout,
        "\
access-token.test.yaml
  note: no owner policy is given, so one that allows everything is assumed
  FAILED  a
          expected denied by a valid policy, found one that is invalid as a
            whole
          octo-org/website: The access policy is invalid
            (repository-policy-invalid)
          2:1: unknown key `statement` (AT004)
          if that is what the test shows, write `expect: {denied:
            [repository-policy-invalid]}`

1 test: 1 failed; `access-token explain` tells why, statement by statement
"
    );
    assert_eq!(run.code, Some(1));
    let meant = beside(invalid, claims, "{denied: [repository-policy-invalid]}");
    assert_eq!((meant.code, meant.stderr.as_str()), (Some(0), ""));
    // What the policy was never asked for is denied by others.
    let owners = "origin: octo-org/.github-access-token\nallowed-subject: []\n";
    assert_eq!(beside(owners, claims, "denied").code, Some(1));
    assert_eq!(beside(WEBSITE, claims, "denied").code, Some(0));
}

#[test]
fn a_file_that_is_none_is_told_with_its_place() {
    for (text, told) in [
        ("[1]\n", "1:1: expected a mapping with `tests`, found a list"),
        (
            "tests: {a: b}\n",
            "1:8: `tests` must be a list of tests, each with `- ` before it, found a mapping",
        ),
        ("now: 2026-11-01T12:00:00Z\n", "1:1: there is no `tests`: expected at least one test"),
        (
            "tests: [1]\n",
            "line 1: test 1: invalid type: integer `1`, expected a mapping with `name`, `claims`, `request` and `expect`",
        ),
        ("owner-policy:\n  - a\n", "2:3: `owner-policy` must be the path of a file, found a list"),
        (
            "repository-policies: website.yaml\ntests: []\n",
            "1:22: `repository-policies` must be a mapping of repositories to paths of files, found a single value",
        ),
        (
            "repository-policies: {website: [a]}\ntests: []\n",
            "1:32: `repository-policies` must be a mapping of repositories to paths of files, found a list",
        ),
        (
            "tests: []\nnow: tomorrow\n",
            "2:6: now: expected a time such as `2026-11-01T12:00:00Z`, found `tomorrow`",
        ),
        (
            "tests: []\nnow: 5\n",
            "2:6: `now` must be a time such as `2026-11-01T12:00:00Z`, found a single value",
        ),
        ("test: []\n", "1:1: unknown key `test`: did you mean `tests`?"),
        (
            "tests: []\n\nstatements: []\n",
            "3:1: unknown key `statements`: expected one of `owner-policy`, `repository-policies`, `now`, `tests`",
        ),
        (&"#".repeat(102_401), "1:1: larger than 102400 bytes"),
    ] {
        let folder = Folder::with(&[("access-token.test.yaml", text)]);
        let run = folder.run(&["test"]);
        assert_eq!(run.told(), format!("access-token: cannot use `access-token.test.yaml`: {told}\n"));
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    }
}

#[test]
fn a_file_that_cannot_be_used_does_not_keep_the_others_from_it() {
    let good = std::fs::read_to_string("tests/policies/website.test.yaml").unwrap();
    let [owner, website] = ["owner.yaml", "website.yaml"]
        .map(|name| std::fs::read_to_string(format!("tests/policies/{name}")).unwrap());
    let folder = Folder::with(&[
        ("good.yaml", &good),
        ("owner.yaml", &owner),
        ("website.yaml", &website),
        ("bad.yaml", "tests: <b>\n"),
        ("report.xml", "of an earlier run"),
    ]);
    let run = folder.run(&["test", "bad.yaml", "good.yaml", "--junit", "report.xml"]);
    assert_eq!(
        run.stdout,
        "\
good.yaml
  ok      the branch main of the app reads the website
  ok      a pull request of the app does not
  ok      nobody administers it, because the owner policy does not allow it

3 tests: all as expected; 1 file could not be run
"
    );
    let reason = "1:8: `tests` must be a list of tests, each with `- ` before it, found a single value";
    assert_eq!(run.told(), format!("access-token: cannot use `bad.yaml`: {reason}\n"));
    assert_eq!(run.code, Some(2));
    let xml = std::fs::read_to_string(folder.path().join("report.xml")).unwrap();
    let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"access-token\" tests=\"4\" failures=\"0\" errors=\"1\" time=\"0\">
  <testsuite name=\"good.yaml\" tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0\">
";
    let end = format!(
        "  </testsuite>
  <testsuite name=\"bad.yaml\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0\">
    <testcase name=\"the file can be run\" classname=\"bad.yaml\" time=\"0\">
      <error type=\"unusable-file\" message=\"cannot use `bad.yaml`: {reason}\">cannot use `bad.yaml`: {reason}</error>
    </testcase>
  </testsuite>
</testsuites>
"
    );
    assert!(xml.starts_with(start) && xml.ends_with(&end), "{xml}");

    std::fs::write(folder.path().join("report.xml"), "of an earlier run").unwrap();
    let nothing = folder.run(&["test", "--junit", "report.xml"]);
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(2), ""));
    let xml = std::fs::read_to_string(folder.path().join("report.xml")).unwrap();
    assert!(xml.contains("message=\"there are no tests here: expected "), "{xml}");
}

#[test]
fn a_report_that_cannot_be_written_does_not_keep_back_the_results() {
    let run = run(&["test", "website.test.yaml", "--junit", "nowhere/report.xml"]);
    assert!(run.stdout.ends_with("\n3 tests: all as expected\n"), "{}", run.stdout);
    assert_eq!(
        run.stderr,
        "access-token: cannot write `nowhere/report.xml`: No such file or directory (os\n  error 2)\n"
    );
    assert_eq!(run.code, Some(2));
}
