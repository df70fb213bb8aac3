//! `access-token check` of folders.

use super::folder::{Folder, WEBSITE};
use super::process::{Run, command, finish};

const OWNER: &str =
    "origin: octo-org/.github-access-token\nallowed-repository-permissions: {contents: read}\n";

/// Checks in the folder.
fn check(folder: &Folder, arguments: &[&str]) -> Run {
    finish(command(&[&["check"], arguments].concat()).current_dir(folder.path()), "")
}

#[test]
fn without_a_path_every_policy_of_the_folder_is_checked() {
    let folder = Folder::with(&[
        (".github/access-token.yaml", WEBSITE),
        (".github/workflows/ci.yaml", "on: push"),
        ("access-token.yml", OWNER),
        ("infra/.github/access-token.yml", "origin: [\n"),
        ("infra/notes.yaml", "a: [b"),
        ("infra/.git/access-token.yaml", "a: [b"),
        ("node_modules/x/access-token.yaml", "a: [b"),
        ("access-token.test.yaml", "tests: []"),
    ]);
    let run = check(&folder, &[]);
    assert_eq!(run.stderr, "");
    let verdicts: Vec<&str> = run.stdout.lines().filter(|line| line.contains(" policy")).collect();
    assert_eq!(
        verdicts,
        [
            ".github/access-token.yaml (repository policy of octo-org/website, going by its",
            "access-token.yml (owner policy of octo-org/.github-access-token, going by its",
            "infra/.github/access-token.yml (repository policy): 1 error; it is invalid as a",
        ]
    );
    assert!(run.stdout.ends_with("\n3 files checked: 1 error\n"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));

    let named = check(&folder, &["infra", "access-token.yml"]);
    assert!(named.stdout.ends_with("\n2 files checked: 1 error\n"), "{}", named.stdout);
}

#[test]
fn a_folder_without_policies_says_what_was_expected() {
    let folder = Folder::with(&[("docs/policy.yaml", WEBSITE)]);
    let here = check(&folder, &[]);
    assert_eq!(
        here.stderr,
        "\
access-token: this folder has no policies: expected `.github/access-token.yaml`
  in a repository, or `access-token.yaml` in `.github-access-token`; a policy of
  another name is checked when its file is named
"
    );
    assert_eq!((here.code, here.stdout.as_str()), (Some(2), "1 path could not be checked\n"));
    let docs = check(&folder, &["docs"]);
    assert!(docs.stderr.starts_with("access-token: `docs` has no policies: expected"), "{}", docs.stderr);
    assert_eq!(check(&folder, &["docs/policy.yaml"]).code, Some(0));
}

#[test]
fn a_test_of_a_policy_is_not_taken_for_one() {
    let folder = Folder::with(&[("access-token.test.yaml", "tests: []")]);
    let run = check(&folder, &["access-token.test.yaml"]);
    assert_eq!(
        run.stderr,
        "\
access-token: `access-token.test.yaml` holds tests of a policy; run them with
  `access-token test access-token.test.yaml`
"
    );
    assert_eq!(run.code, Some(2));
}

#[test]
fn a_policy_cannot_hide_behind_gitignore_but_a_folder_can() {
    let folder = Folder::with(&[
        (".gitignore", "access-token.yaml\n.github\nbuild/\n"),
        (".github/access-token.yaml", WEBSITE),
        ("build/copy/access-token.yaml", "a: [b"),
    ]);
    let run = check(&folder, &[]);
    assert!(run.stdout.starts_with(".github/access-token.yaml (repository policy"), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n1 file checked: no problems\n"), "{}", run.stdout);
    assert_eq!(run.code, Some(0));
}

#[test]
fn of_two_spellings_only_the_one_that_counts_is_checked() {
    let folder =
        Folder::with(&[(".github/access-token.yaml", WEBSITE), (".github/access-token.yml", "a: [b")]);
    let run = check(&folder, &[]);
    assert_eq!(
        run.stderr,
        "\
access-token: `.github/access-token.yml` is not checked: it does not count
  beside `access-token.yaml`, so remove one of the two
"
    );
    assert!(run.stdout.ends_with("\n1 file checked: no problems\n"), "{}", run.stdout);
    assert_eq!(run.code, Some(0));
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_not_followed() {
    use std::os::unix::fs::symlink;
    let secret = Folder::with(&[("secret", "token: very-secret\n"), ("far/access-token.yaml", "a: [b")]);
    let folder = Folder::with(&[("policies/website.yaml", WEBSITE), ("a/.github/x", "")]);
    symlink(secret.path().join("secret"), folder.path().join("access-token.yaml")).unwrap();
    symlink(secret.path().join("far"), folder.path().join("far")).unwrap();
    symlink("../../policies/website.yaml", folder.path().join("a/.github/access-token.yaml")).unwrap();
    symlink("nowhere", folder.path().join("policies/access-token.yaml")).unwrap();
    let run = check(&folder, &[]);
    assert_eq!(
        run.stderr,
        "\
access-token: cannot read `access-token.yaml`: it is a link out of the folder,
  which is not followed; name the file itself
access-token: cannot read `policies/access-token.yaml`: No such file or
  directory (os error 2)
"
    );
    assert!(run.stdout.starts_with("a/.github/access-token.yaml (repository policy"), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n1 file checked; 2 paths could not be checked\n"), "{}", run.stdout);
    assert!(!run.stdout.contains("secret"), "{}", run.stdout);
    assert_eq!(run.code, Some(2));
}

#[test]
fn what_has_the_name_of_a_policy_and_is_a_folder_is_said() {
    let folder = Folder::with(&[(".github/access-token.yaml/x", "")]);
    let run = check(&folder, &[]);
    assert_eq!(
        run.stderr,
        "\
access-token: cannot read `.github/access-token.yaml`: it is no file, expected a
  policy
"
    );
    assert_eq!(run.code, Some(2));
}

#[test]
fn many_files_are_told_in_the_order_of_their_paths() {
    let names: Vec<String> =
        (0..300).map(|number| format!("r{number:03}/.github/access-token.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), WEBSITE)).collect();
    let folder = Folder::with(&files);
    let run = check(&folder, &["--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let told: Vec<&str> =
        document["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(told, names);
    assert_eq!(run.code, Some(0));
}
