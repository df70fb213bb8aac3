//! The forms in which `access-token check` tells what it finds.

use serde_json::{Value, json};

use super::folder::{Folder, WEBSITE};
use super::process::{Run, command, finish};

const NOW: [&str; 2] = ["--now", "2026-11-01T12:00:00Z"];

/// In a checkout that begins here, whether these sources are one or not.
fn in_format(format: &str, files: &[&str]) -> Run {
    let mut command = command(&[&["check", "--format", format], &NOW[..], files].concat());
    finish(command.env("GITHUB_WORKSPACE", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policies")), "")
}

#[test]
fn json_tells_files_findings_and_what_was_not_read() {
    let run = in_format("json", &["doubtful.yaml", "void.yaml", "nowhere.yaml"]);
    assert_eq!(
        run.stdout,
        r#"{
  "version": 1,
  "errors": 1,
  "warnings": 2,
  "files": [
    {
      "path": "doubtful.yaml",
      "kind": "repository",
      "repository": "octo-org/website",
      "valid": true,
      "statements": 1,
      "statements_in_force": 1,
      "findings": [
        {
          "severity": "warning",
          "code": "AT014",
          "message": "no subject has the key `enviroment`",
          "help": "did you mean `environment`?",
          "span": {
            "start": {
              "line": 5,
              "column": 27
            },
            "end": {
              "line": 5,
              "column": 37
            }
          }
        },
        {
          "severity": "warning",
          "code": "AT022",
          "message": "this statement has expired and grants nothing",
          "help": "remove the statement, or set a new end",
          "span": {
            "start": {
              "line": 8,
              "column": 14
            },
            "end": {
              "line": 8,
              "column": 24
            }
          }
        }
      ]
    },
    {
      "path": "void.yaml",
      "kind": "repository",
      "repository": "octo-org/website",
      "valid": false,
      "statements": 0,
      "statements_in_force": 0,
      "findings": [
        {
          "severity": "error",
          "code": "AT003",
          "message": "duplicate key `origin`",
          "help": "keep one of the two: which one counts must not be a guess",
          "span": {
            "start": {
              "line": 2,
              "column": 1
            },
            "end": {
              "line": 2,
              "column": 7
            }
          }
        }
      ]
    }
  ],
  "unread": [
    {
      "path": "nowhere.yaml",
      "message": "`nowhere.yaml` does not exist; `access-token check` without a path checks all policies of this folder"
    }
  ]
}
"#
    );
    assert_eq!(run.code, Some(2));
}

#[test]
fn github_gets_a_command_for_each_finding_and_a_last_line() {
    let run = in_format("github", &["doubtful.yaml", "void.yaml"]);
    assert_eq!(run.stderr, "");
    assert_eq!(
        run.stdout,
        "\
::warning file=doubtful.yaml,line=5,col=27,endLine=5,endColumn=37,title=AT014 unknown-claim::no subject has the key `enviroment`%0Ahelp: did you mean `environment`?
::warning file=doubtful.yaml,line=8,col=14,endLine=8,endColumn=24,title=AT022 expired::this statement has expired and grants nothing%0Ahelp: remove the statement, or set a new end
::error file=void.yaml,line=2,col=1,endLine=2,endColumn=7,title=AT003 duplicate-key::duplicate key `origin`%0Ahelp: keep one of the two: which one counts must not be a guess
2 files checked: 1 error and 2 warnings
"
    );
    assert_eq!(run.code, Some(1));
}

#[test]
fn a_job_of_github_actions_gets_annotations_unless_told_otherwise() {
    let in_job = |arguments: &[&str]| {
        let mut command = command(&[&["check"], arguments].concat());
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
        finish(command.env("GITHUB_ACTIONS", "true").env("GITHUB_WORKSPACE", folder), "").stdout
    };
    let annotations = in_job(&["void.yaml"]);
    // Paths begin at the root of the checkout, wherever the step runs.
    assert!(annotations.starts_with("::error file=policies/void.yaml,line=2,"), "{annotations}");
    assert!(in_job(&["--format", "human", "void.yaml"]).starts_with("error[AT003]: "));
}

#[test]
fn paths_begin_at_the_root_of_the_git_checkout_also_elsewhere() {
    let broken = "origin: octo-org/website\norigin: octo-org/docs\n";
    let policy = "sub/.github/access-token.yaml";
    for (git, path) in [(".git/HEAD", policy), ("sub/.git", ".github/access-token.yaml")] {
        let folder = Folder::with(&[(policy, broken), (git, "")]);
        let within = |format| {
            let mut command = command(&["check", "--format", format]);
            finish(command.current_dir(folder.path().join("sub")), "").stdout
        };
        let sarif: Value = serde_json::from_str(&within("sarif")).unwrap();
        let location =
            &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(*location, json!({"uri": path, "uriBaseId": "%SRCROOT%"}));
        assert!(within("github").starts_with(&format!("::error file={path},")), "{}", within("github"));
    }
}

/// The schema of OASIS, as the crate `serde-sarif` 0.8.0 carries it.
fn sarif_schema() -> jsonschema::Validator {
    let text = include_str!("../sarif-2.1.0.json");
    // The pattern of `language` is no regular expression; OASIS has corrected it since, in errata 01.
    let text = text.replace("^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$", "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[test]
fn sarif_is_valid_and_points_into_the_checkout() {
    let schema = sarif_schema();
    assert!(!schema.is_valid(&json!({"version": "2.1.0"})));

    let found =
        in_format("sarif", &["doubtful.yaml", "faulty.yaml", "../policies/void.yaml", "nowhere.yaml"]);
    let log: Value = serde_json::from_str(&found.stdout).unwrap();
    let wrong: Vec<String> =
        schema.iter_errors(&log).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(found.code, Some(2));

    let driver = &log["runs"][0]["tool"]["driver"];
    assert_eq!(driver["name"], "access-token check");
    assert_eq!(driver["rules"].as_array().unwrap().len(), lint::RULES.len());
    assert_eq!(
        driver["rules"][2],
        json!({
            "id": "AT003",
            "name": "duplicate-key",
            "shortDescription": {"text": "A key, or a permission in two spellings, appears twice."},
            "fullDescription": {"text": "A key, or a permission in two spellings, appears twice. Which of the two counts would be a guess."},
            "help": {"text": "Keep one of the two."},
            "defaultConfiguration": {"level": "error"},
        })
    );
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 8);
    assert_eq!(
        results[7],
        json!({
            "ruleId": "AT003",
            "ruleIndex": 2,
            "level": "error",
            "message": {"text": "duplicate key `origin`\nhelp: keep one of the two: which one counts must not be a guess"},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": "void.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 7},
            }}],
        })
    );
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notifications = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(notifications.len(), 1);

    let none = in_format("sarif", &["website.yaml"]);
    let log: Value = serde_json::from_str(&none.stdout).unwrap();
    assert!(schema.is_valid(&log));
    assert_eq!(log["runs"][0]["results"], json!([]));
    assert_eq!(none.code, Some(0));
}

#[test]
fn a_file_name_cannot_begin_a_command() {
    let folder = Folder::with(&[("a\n::error::x,y:%z/.github/access-token.yaml", "origin: 1\n")]);
    let run = finish(command(&["check", "--format", "github"]).current_dir(folder.path()), "");
    assert_eq!(
        run.stdout,
        "::error file=a%0A%3A%3Aerror%3A%3Ax%2Cy%3A%25z/.github/access-token.yaml,line=1,col=9,endLine=1,endColumn=10,\
         title=AT006 wrong-type::`origin` must be `OWNER/REPOSITORY`, found a number\n\
         1 file checked: 1 error\n"
    );
    let human = finish(command(&["check"]).current_dir(folder.path()), "");
    assert!(!human.stdout.contains("\n::"), "{}", human.stdout);
}

#[test]
fn a_place_of_several_lines_ends_where_its_text_ends() {
    let twice = WEBSITE.to_owned()
        + "  - subjects: ['repo:octo-org/app:ref:refs/heads/main']\n    permissions: {contents: read} # again\n\n# the end\n";
    let folder = Folder::with(&[(".github/access-token.yaml", &twice)]);
    let run = finish(command(&["check", "--format", "github"]).current_dir(folder.path()), "");
    let first = run.stdout.lines().next().unwrap();
    let place = "::warning file=.github/access-token.yaml,line=5,endLine=6,title=AT024 shadowed::";
    assert!(first.starts_with(place), "{first}");
}
