//! `access-token diff`.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::{Run, command, finish, run};

const NEXT: &str = "\
website.yaml → website-next.yaml (repository policy)

Widens
  medium  contents: write
          for     repo:octo-org/app:ref:refs/heads/*
          if      event_name is push
          by      statement 1 of the new policy, line 4
          such as repo:octo-org/app:ref:refs/heads/a, event_name push

Narrows
  low     contents: read
          for     repo:octo-org/app:ref:refs/heads/main
          by      statement 1 of the old policy, line 4
          such as repo:octo-org/app:ref:refs/heads/main

1 widened, 1 narrowed
";

#[test]
fn what_is_granted_and_revoked_is_told_with_an_example() {
    let run = run(&["diff", "website.yaml", "website-next.yaml"]);
    assert_eq!((run.stderr.as_str(), run.code), ("", Some(1)));
    assert_eq!(run.stdout, NEXT);
}

#[test]
fn a_policy_and_itself_differ_in_nothing() {
    let run = run(&["diff", "website.yaml", "website.yaml"]);
    assert_eq!(
        run.stdout,
        "website.yaml → website.yaml (repository policy)\n\nnothing that is granted changes\n"
    );
    assert_eq!((run.stderr.as_str(), run.code), ("", Some(0)));
}

#[test]
fn a_short_form_is_told_as_what_it_stands_for() {
    let folder = Folder::new("short");
    folder.write("old.yaml", "origin: octo-org/x\n");
    folder.write(
        "new.yaml",
        "origin: octo-org/x\nstatements:\n  - {subjects: ['ref:refs/heads/main', 'workflow_ref:/w.yml@refs/heads/*'], permissions: {contents: read}}\n",
    );
    let run = folder.run(&["diff", "old.yaml", "new.yaml"]);
    assert_eq!(
        run.stdout,
        "\
old.yaml → new.yaml (repository policy)

Widens
  low     contents: read
          for     repo:octo-org/x:ref:refs/heads/main
          by      statement 1 of the new policy, line 3
          such as repo:octo-org/x:ref:refs/heads/main
  low     contents: read
          for     repo:octo-org/x:workflow_ref:octo-org/x/w.yml@refs/heads/*
          by      statement 1 of the new policy, line 3
          such as repo:octo-org/x:workflow_ref:octo-org/x/w.yml@refs/heads/a

2 widened, nothing is narrowed
"
    );
    // Written out it is granted already, but for a `sub` that an organization made of the ref alone.
    folder.write(
        "old.yaml",
        "origin: octo-org/x\nstatements:\n  - {subjects: ['repo:octo-org/x:ref:refs/heads/main'], permissions: {contents: read}}\n",
    );
    folder.write(
        "new.yaml",
        "origin: octo-org/x\nstatements:\n  - {subjects: ['ref:refs/heads/main'], permissions: {contents: read}}\n",
    );
    let run = folder.run(&["diff", "old.yaml", "new.yaml"]);
    let bare = "
          for     ref:refs/heads/main
          by      statement 1 of the new policy, line 3
          such as ref:refs/heads/main
";
    assert!(run.stdout.contains(bare), "{}", run.stdout);
}

#[test]
fn markdown_is_one_table() {
    let run = run(&["diff", "website.yaml", "website-next.yaml", "--format", "markdown"]);
    assert_eq!(
        run.stdout,
        "\
### `website.yaml` → `website-next.yaml`

| | risk | what | who |
| --- | --- | --- | --- |
| ➕ widens | medium | contents: write | for `repo:octo-org/app:ref:refs/heads/*`<br>if `event_name is push`<br>by `statement 1 of the new policy, line 4`<br>such as `repo:octo-org/app:ref:refs/heads/a, event_name push` |
| ➖ narrows | low | contents: read | for `repo:octo-org/app:ref:refs/heads/main`<br>by `statement 1 of the old policy, line 4`<br>such as `repo:octo-org/app:ref:refs/heads/main` |

1 widened, 1 narrowed
"
    );
}

#[test]
fn json_says_the_same_to_programs() {
    let run = run(&["diff", "website.yaml", "website-next.yaml", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value[0]["widened"], true);
    assert_eq!(value[0]["changes"][0]["direction"], "widens");
    assert_eq!(value[0]["changes"][0]["recipient"]["example"]["claims"]["event_name"], "push");
}

#[test]
fn an_owner_policy_is_compared_in_its_parts() {
    let folder = Folder::new("owner");
    let text = std::fs::read_to_string("tests/policies/owner.yaml").unwrap();
    folder.write("next.yaml", &text.replace("contents: write", "administration: write"));
    let next = folder.0.join("next.yaml");
    let run = run(&["diff", "owner.yaml", next.to_str().unwrap()]);
    let (_, changes) = run.stdout.split_once("\n\n").unwrap();
    assert_eq!(
        changes,
        "\
Widens
  high    repository policies may grant administration: write

Narrows
  medium  repository policies may grant contents: write

1 widened, 1 narrowed
"
    );
    assert_eq!(run.code, Some(1));
}

#[test]
fn an_invalid_policy_grants_nothing() {
    let run = run(&["diff", "website.yaml", "void.yaml"]);
    assert!(
        run.stdout.contains("\n  note: `void.yaml` is invalid as a whole, so it grants nothing\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.ends_with("\nnothing is widened, 1 narrowed\n"), "{}", run.stdout);
    assert_eq!(run.code, Some(0));
}

#[test]
fn what_cannot_be_read_is_named() {
    let missing = run(&["diff", "nowhere.yaml", "website.yaml"]);
    assert_eq!(
        missing.told(),
        "access-token: `nowhere.yaml` is no file and no git revision here: expected a file, `REVISION:PATH` or a revision\n"
    );
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    let revision = run(&["diff", "no-such-branch:a.yaml", "website.yaml"]);
    assert_eq!(
        revision.told(),
        "access-token: `no-such-branch` is no git revision here: fetch it, or write a file that exists\n"
    );
    assert_eq!(revision.code, Some(2));
    let option = run(&["diff", "--", "--help:a.yaml", "website.yaml"]);
    assert_eq!(option.told(), "access-token: `--help` is no git revision\n");
    assert_eq!(option.code, Some(2));
}

#[test]
fn a_checkout_is_compared_with_its_base() {
    let folder = Folder::new("base");
    let policy = |git_ref: &str| {
        format!(
            "origin: octo-org/website\nstatements:\n  - subjects: ['repo:octo-org/app:ref:{git_ref}']\n    permissions: {{contents: read}}\n"
        )
    };
    folder.git(&["init", "-q"]);
    folder.write("README.md", "nothing yet\n");
    folder.commit();
    let empty = folder.run(&["diff", "--base", "HEAD"]);
    assert_eq!(
        empty.told(),
        "access-token: neither the checkout nor `HEAD` has a policy: expected `.github/access-token.yaml` or `access-token.yaml`\n"
    );
    assert_eq!(empty.code, Some(2));

    folder.write(".github/access-token.yaml", &policy("refs/heads/*"));
    let added = folder.run(&["diff", "--base", "HEAD"]);
    assert!(
        added.stdout.contains("note: `HEAD:.github/access-token.yaml` does not exist"),
        "{}",
        added.stdout
    );
    assert_eq!(added.code, Some(1));

    folder.commit();
    folder.write(".github/access-token.yaml", &policy("refs/heads/main"));
    let narrowed = folder.run(&["diff", "--base", "HEAD"]);
    assert!(narrowed.stdout.ends_with("\nnothing is widened, 1 narrowed\n"), "{}", narrowed.stdout);
    assert_eq!(narrowed.code, Some(0));
    let back = folder.run(&["diff", ".github/access-token.yaml", "HEAD:.github/access-token.yaml"]);
    assert!(back.stdout.ends_with("\n1 widened, nothing is narrowed\n"), "{}", back.stdout);
}

/// A checkout whose policies went from all branches, by all pull requests, to the branch main.
fn history(name: &str) -> Folder {
    let folder = Folder::new(name);
    let policy = |rest: &str| {
        format!(
            "origin: octo-org/website\nstatements:\n  - subjects: ['repo:octo-org/app:{rest}']\n    permissions: {{contents: read}}\n"
        )
    };
    folder.git(&["init", "-q"]);
    for rest in ["ref:refs/heads/*", "pull_request", "ref:refs/heads/main"] {
        folder.write(".github/access-token.yaml", &policy(rest));
        folder.commit();
    }
    folder
}

#[test]
fn the_policies_of_two_revisions_are_compared() {
    let folder = history("revisions");
    assert_eq!(
        folder.run(&["diff", "HEAD~2", "HEAD"]).stdout,
        "\
HEAD~2:.github/access-token.yaml → HEAD:.github/access-token.yaml (repository
  policy)

Narrows
  low     contents: read
          for     repo:octo-org/app:ref:refs/heads/*
          by      statement 1 of the old policy, line 3
          such as repo:octo-org/app:ref:refs/heads/a

nothing is widened, 1 narrowed
"
    );
    folder.write("access-token.yaml", "origin: octo-org/.github-access-token\nallowed-subjects: []\n");
    folder.commit();
    let added = folder.run(&["diff", "HEAD~1", "HEAD", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&added.stdout).unwrap();
    let names =
        |number: usize| [&value[number]["old"], &value[number]["new"]].map(|name| name.as_str().unwrap());
    assert_eq!(names(0), ["HEAD~1:.github/access-token.yaml", "HEAD:.github/access-token.yaml"]);
    assert_eq!(names(1), ["HEAD~1:access-token.yaml", "HEAD:access-token.yaml"]);
    assert_eq!((value.as_array().unwrap().len(), added.code), (2, Some(0)));

    let empty = Folder::new("no-policies");
    empty.git(&["init", "-q"]);
    empty.write("README.md", "nothing\n");
    empty.commit();
    let nothing = "access-token: neither `HEAD` nor `HEAD` has a policy: expected `.github/access-token.yaml` or `access-token.yaml`\n";
    assert_eq!(empty.run(&["diff", "HEAD", "HEAD"]).told(), nothing);
}

#[test]
fn a_revision_beside_a_file_is_that_file_there() {
    let folder = history("beside");
    let heading = |place: &str, arguments: &[&str]| {
        let run = folder.run_in(place, &[&["diff"], arguments].concat());
        assert_eq!(run.stderr, "");
        run.stdout.split("\n\n").next().unwrap().replace("\n  ", " ")
    };
    let policy = ".github/access-token.yaml";
    assert_eq!(
        heading("", &["HEAD~1", policy]),
        "HEAD~1:.github/access-token.yaml → .github/access-token.yaml (repository policy)"
    );
    assert_eq!(
        heading(".github", &["access-token.yaml", "HEAD~1"]),
        "access-token.yaml → HEAD~1:.github/access-token.yaml (repository policy)"
    );
    assert_eq!(
        heading("", &["HEAD~2", "HEAD:.github/access-token.yaml"]),
        "HEAD~2:.github/access-token.yaml → HEAD:.github/access-token.yaml (repository policy)"
    );
    // A path that exists comes first.
    folder.git(&["branch", "access-token.yaml"]);
    assert_eq!(
        heading(".github", &["HEAD~1", "access-token.yaml"]),
        "HEAD~1:.github/access-token.yaml → access-token.yaml (repository policy)"
    );
    let outside = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies/website.yaml");
    let run = folder.run(&["diff", "HEAD", outside]);
    let error = format!(
        "access-token: `{outside}` is not in this checkout: write `REVISION:PATH` instead of the revision alone\n"
    );
    assert_eq!((run.told(), run.code), (error, Some(2)));
}

#[test]
fn a_path_that_does_not_begin_at_the_top_of_the_checkout_is_told() {
    let folder = history("top");
    let run = folder.run_in(".github", &["diff", "HEAD~1:access-token.yaml", "access-token.yaml"]);
    let error = "access-token: `HEAD~1` has no `access-token.yaml` at the top of the checkout: write `HEAD~1:./access-token.yaml` or `HEAD~1:.github/access-token.yaml`\n";
    assert_eq!((run.told().as_str(), run.stdout.as_str(), run.code), (error, "", Some(2)));
    for good in ["HEAD~1:./access-token.yaml", "HEAD~1:.github/access-token.yaml"] {
        let run = folder.run_in(".github", &["diff", good, "access-token.yaml"]);
        assert!(run.stdout.ends_with("\n1 widened, 1 narrowed\n"), "{run:?}");
    }
}

/// A folder of its own; it is removed when it goes out of scope.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("access-token-diff-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join(".github")).unwrap();
        Self(folder)
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.0.join(path), text).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        assert!(git(&self.0, arguments).status().unwrap().success(), "{arguments:?}");
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["-c", "user.name=octocat", "-c", "user.email=octocat@localhost", "commit", "-qm", "x"]);
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_in("", arguments)
    }

    /// In a folder within.
    fn run_in(&self, place: &str, arguments: &[&str]) -> Run {
        let mut command = command(arguments);
        let path = std::env::var_os("PATH").unwrap_or_default();
        finish(command.current_dir(self.0.join(place)).env("PATH", path), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `git` without anybody's settings.
fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command
}

#[test]
fn policies_of_two_repositories_are_noted() {
    let folder = Folder::new("two");
    let text = std::fs::read_to_string("tests/policies/website.yaml").unwrap();
    folder.write("docs.yaml", &text.replace("octo-org/website", "octo-org/docs"));
    folder.write("website.yaml", &text);
    let run = folder.run(&["diff", "website.yaml", "docs.yaml"]);
    let note = "
  note: `website.yaml` is of octo-org/website and `docs.yaml` of octo-org/docs,
        so all that the first grants ends, and all of the second is new
";
    assert!(run.stdout.contains(note), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n1 widened, 1 narrowed\n"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}
