//! Every form of the inputs `permissions` and `repositories` that workflows write, as tables.

use serde_json::{Value, json};

use super::{Inputs, Job, prepare};

fn asked(inputs: Inputs) -> Result<Value, Vec<String>> {
    let inputs = Inputs { app_server: "https://broker.example".into(), ..inputs };
    let told = |problem: super::InputProblem| {
        let help = problem.help.map_or_else(String::new, |help| format!(" ({help})"));
        format!("{}: {}{help}", problem.input, problem.message)
    };
    prepare(&inputs, &Job { repository: Some("octo-org/app".into()) })
        .map(|prepared| prepared.request)
        .map_err(|problems| problems.into_iter().map(told).collect())
}

fn permissions(text: &str) -> Result<Value, Vec<String>> {
    asked(Inputs { permissions: text.into(), ..Inputs::default() })
        .map(|request| request["permissions"].clone())
}

fn repositories(text: &str) -> Result<Value, Vec<String>> {
    let inputs =
        Inputs { permissions: "contents: read".into(), repositories: text.into(), ..Inputs::default() };
    asked(inputs).map(|request| request.get("repositories").cloned().unwrap_or_default())
}

fn both(repository: &str, repositories: &str) -> Result<Value, Vec<String>> {
    asked(Inputs {
        permissions: "contents: read".into(),
        repository: repository.into(),
        repositories: repositories.into(),
        ..Inputs::default()
    })
    .map(|request| request.get("repositories").cloned().unwrap_or_default())
}

#[test]
fn permissions_are_read_in_every_form() {
    let expected = json!({"contents": "write", "pull-requests": "read"});
    for text in [
        // a YAML mapping
        "contents: write\npull-requests: read\n",
        "contents: write\r\npull-requests: read\r\n",
        "  contents:   write\n  pull-requests:   read",
        "contents: 'write'\n\"pull-requests\": \"read\"",
        "# why\ncontents: write # to push\n\npull-requests: read # to look",
        "{contents: write, pull-requests: read}",
        "{ contents: write, pull-requests: read, }",
        "- contents: write\n- pull-requests: read",
        "[contents: write, pull-requests: read]",
        // a JSON object
        "{\"contents\": \"write\", \"pull_requests\": \"read\"}",
        "{\"contents\":\"write\",\"pull-requests\":\"read\"}",
        "{\n  \"contents\": \"write\",\n  \"pull-requests\": \"read\"\n}",
        "{\r\n\t\"contents\": \"write\",\r\n\t\"pull-requests\": \"read\"\r\n}\r\n",
        "[\"contents: write\", \"pull-requests:read\"]",
        // a list, with and without space
        "contents:write,pull-requests:read",
        "contents: write, pull-requests: read",
        "contents :write , pull-requests : read",
        "contents:write\npull-requests:read",
        "contents:write,\npull-requests:read,\n",
        "\"contents:write\", 'pull-requests:read'",
        // names and letter case
        "contents:write, pull_requests:read",
        "Contents: Write, Pull requests: Read",
        "CONTENTS:WRITE,PULL_REQUESTS:READ",
        "contents: write\npull requests: read",
        "contents: write\npull  Requests: read",
        // duplicates
        "contents: write, pull-requests: read, contents: write",
        "contents: write, pull-requests: read, pull_requests: READ",
    ] {
        assert_eq!(permissions(text), Ok(expected.clone()), "{text}");
    }
}

#[test]
fn wrong_permissions_are_named_and_corrected() {
    const EXPECTED: &str =
        "permissions: expected permissions such as `contents: read`, each on a line or with commas between";
    for (text, told) in [
        ("", format!("{EXPECTED}, found nothing (for example:\n  permissions: |\n    contents: read)")),
        (" \n", format!("{EXPECTED}, found nothing (for example:\n  permissions: |\n    contents: read)")),
        ("{}", format!("{EXPECTED}, found nothing (for example:\n  permissions: |\n    contents: read)")),
        ("secrets", format!("{EXPECTED}, found `secrets` (did you mean `secrets: read`?)")),
        ("pull requests", format!("{EXPECTED}, found `pull requests` (did you mean `pull-requests: read`?)")),
        ("contents=write", format!("{EXPECTED}, found `contents=write` (did you mean `contents: write`?)")),
        ("contents write", format!("{EXPECTED}, found `contents write` (did you mean `contents: write`?)")),
        ("write-all", format!("{EXPECTED}, found `write-all`")),
        ("contets: read", "permissions: unknown permission `contets`: did you mean `contents`?".into()),
        (
            "pull request: read",
            "permissions: unknown permission `pull-request`: did you mean `pull-requests`?".into(),
        ),
        ("contents: own", "permissions: `contents` has no level `own`: expected `read` or `write`".into()),
        ("contents:", "permissions: `contents` needs a level: expected `read` or `write`".into()),
        (
            "contents: wirte",
            "permissions: `contents` has no level `wirte`: expected `read` or `write`; did you mean `write`?"
                .into(),
        ),
        ("workflows: admin", "permissions: `workflows` has no level `admin`: expected `write`".into()),
        (
            "contents: None",
            "permissions: `contents` has no level `none`: expected `read` or `write` (leave `contents` out: the token \
             has only what is listed)"
                .into(),
        ),
        (
            "permissions:\n  contents: read",
            "permissions: unknown permission `permissions` (leave out `permissions:`, the input is what stands below it)"
                .into(),
        ),
        (
            "{\"permissions\": {\"contents\": \"read\"}}",
            "permissions: unknown permission `permissions` (leave out `permissions:`, the input is what stands below it)"
                .into(),
        ),
        (
            "permission-contents: read",
            "permissions: unknown permission `permission-contents`: did you mean `contents`?".into(),
        ),
        (
            "id-token: write",
            "permissions: unknown permission `id-token` (it belongs into the `permissions` of the job, not into this input)"
                .into(),
        ),
        ("::warning::x: read", format!("{EXPECTED}, found `::warning::x: read`")),
        ("contents: read\n\"\": read", format!("{EXPECTED}, found `\"\": read`")),
        (": read", format!("{EXPECTED}, found `: read`")),
        (
            "issues: read, Issues: write",
            "permissions: `issues` is listed twice with different levels, `read` and `write`".into(),
        ),
    ] {
        assert_eq!(permissions(text), Err(vec![told]), "{text}");
    }
}

#[test]
fn repositories_are_read_in_every_form() {
    let expected = json!(["website", "octo-org/docs", "2048"]);
    for text in [
        // a YAML list
        "- website\n- octo-org/docs\n- 2048\n",
        "- website\r\n- octo-org/docs\r\n- 2048\r\n",
        "  - website\n  - 'octo-org/docs'\n  - \"2048\"",
        "# why\n- website # first\n- octo-org/docs\n\n- 2048",
        "[website, octo-org/docs, 2048]",
        // a JSON array
        "[\"website\", \"octo-org/docs\", \"2048\"]",
        "[\"website\",\"octo-org/docs\",2048]",
        "[\n  \"website\",\n  \"octo-org/docs\",\n  \"2048\"\n]\n",
        // lists with commas, lines and spaces
        "website,octo-org/docs,2048",
        "website, octo-org/docs, 2048,",
        "website\nocto-org/docs\n2048",
        "website\n\n  octo-org/docs  \n2048\n",
        "website octo-org/docs 2048",
        "website\tocto-org/docs   2048",
        "website, octo-org/docs\n2048",
        "'website' \"octo-org/docs\" 2048",
        // duplicates
        "website, octo-org/docs, 2048, Website, website",
        "website website octo-org/docs OCTO-ORG/DOCS 2048",
    ] {
        assert_eq!(repositories(text), Ok(expected.clone()), "{text}");
    }
}

#[test]
fn a_repository_that_is_written_with_and_without_its_owner_is_one() {
    for (repository, list, names) in [
        ("website", "octo-org/website", json!(["octo-org/website"])),
        ("octo-org/website", "Website", json!(["octo-org/website"])),
        ("website", "docs, OCTO-ORG/Website, website", json!(["OCTO-ORG/Website", "docs"])),
        // The one owner that is named is that of all.
        ("website", "hubot/website", json!(["hubot/website"])),
        ("", "website, hubot/docs, hubot/website", json!(["hubot/website", "hubot/docs"])),
    ] {
        assert_eq!(both(repository, list), Ok(names), "{repository} {list}");
    }
    let of_octocat = |repositories: &str| {
        let inputs =
            Inputs { permissions: "contents: read".into(), owner: " octocat ".into(), ..Inputs::default() };
        asked(Inputs { repositories: repositories.into(), ..inputs })
            .map(|request| request["repositories"].clone())
    };
    assert_eq!(of_octocat("app, octocat/app"), Ok(json!(["octocat/app"])));
    assert!(of_octocat("app, octo-org/app").is_err());
    assert!(both("octo-org/app", "hubot/app").is_err());
    let many: Vec<String> = (0..32).map(|n| format!("r{n}, octo-org/r{n}")).collect();
    assert_eq!(repositories(&many.join("\n")).unwrap().as_array().map(Vec::len), Some(32));
    assert!(repositories(&format!("{}, r32", many.join("\n"))).is_err());
}

#[test]
fn names_that_yaml_would_misread_stay_names() {
    for name in [
        "2048",
        "1e3",
        "0x10",
        "007",
        "1_000",
        "on",
        "off",
        "yes",
        "no",
        "true",
        "null",
        "1.0",
        ".github",
        "2026-11-01",
    ] {
        for text in [
            name.to_owned(),
            format!("- {name}"),
            format!("[{name}]"),
            format!("[\"{name}\"]"),
            format!("'{name}'"),
        ] {
            assert_eq!(repositories(&text), Ok(json!([name])), "{text}");
            assert_eq!(both(&format!("\"{name}\""), ""), Ok(json!([name])), "{name}");
        }
    }
}

#[test]
fn all_is_said_in_any_form() {
    for text in ["ALL", "all", "All", "'ALL'", "- ALL", "[\"all\"]", "ALL, all"] {
        assert_eq!(repositories(text), Ok(json!("ALL")), "{text}");
    }
}

#[test]
fn empty_texts_are_absent() {
    for text in ["", " ", "\n", "\r\n\t "] {
        assert_eq!(repositories(text), Ok(Value::Null), "{text:?}");
        assert_eq!(both(text, "docs"), Ok(json!(["docs"])), "{text:?}");
        assert_eq!(both("docs", text), Ok(json!(["docs"])), "{text:?}");
    }
}

#[test]
fn wrong_repositories_are_named_and_corrected() {
    const EMPTY: &str = "(leave the input out for the repository that this workflow runs in)";
    for (repository, list, told) in [
        ("", "[]", format!("repositories: expected names of repositories, found `[]` {EMPTY}")),
        ("", ",", format!("repositories: expected names of repositories, found `,` {EMPTY}")),
        ("a, b", "", "repository: expected one repository, found `a, b` (list several in `repositories`)".into()),
        ("a\nb", "", "repository: expected one repository, found `a\nb` (list several in `repositories`)".into()),
        ("[a]", "", "repository: expected one repository, found `[a]` (list several in `repositories`)".into()),
        (
            "ALL",
            "",
            "repository: expected one repository, found `ALL` (write `repositories: ALL` for every repository of the \
             owner, or `owner/all` for one of that name)"
                .into(),
        ),
        (
            "website",
            "ALL",
            "repository: `repository` names one repository, but `repositories` says `ALL` (leave one of the two out)"
                .into(),
        ),
        (
            "",
            "ALL, docs",
            "repositories: `ALL` stands for every repository: expected it alone, found other names beside it".into(),
        ),
        (
            "",
            "octo-org/docs, octocat/docs",
            "repositories: a token is for one owner, found `octo-org` and `octocat`: make one request for each".into(),
        ),
    ] {
        assert_eq!(both(repository, list), Err(vec![told]), "{repository} {list}");
    }
}

#[test]
fn the_address_of_a_repository_is_no_name_but_a_hint() {
    for (text, meant) in [
        ("https://github.com/octo-org/docs", "octo-org/docs"),
        ("https://github.com/octo-org/docs.git", "octo-org/docs"),
        ("https://github.com/octo-org/docs/", "octo-org/docs"),
        ("https://github.com/octo-org/docs/tree/main", "octo-org/docs"),
        ("ssh://git@github.com/octo-org/docs.git", "octo-org/docs"),
        ("git@github.com:octo-org/docs.git", "octo-org/docs"),
        ("github.com/octo-org/docs", "octo-org/docs"),
        ("github.com/octo-org/docs.git", "octo-org/docs"),
        ("octo-org/docs/", "octo-org/docs"),
    ] {
        let told = format!("`{text}` is no repository: expected `owner/name` (did you mean `{meant}`?)");
        assert_eq!(repositories(text), Err(vec![format!("repositories: {told}")]));
        assert_eq!(both(text, ""), Err(vec![format!("repository: {told}")]));
    }
}

#[test]
fn what_git_writes_behind_a_name_is_not_of_the_name() {
    for (text, meant) in [
        ("docs.git", "docs"),
        ("octo-org/docs.git", "octo-org/docs"),
        ("octo-org/.github.git", "octo-org/.github"),
    ] {
        let told =
            format!("`{text}` is no repository: expected a name without `.git` (did you mean `{meant}`?)");
        assert_eq!(repositories(text), Err(vec![format!("repositories: {told}")]));
        assert_eq!(both(text, ""), Err(vec![format!("repository: {told}")]));
    }
    let alone = "`octo-org/.git` is no repository: expected a name without `.git`";
    assert_eq!(repositories("octo-org/.git"), Err(vec![format!("repositories: {alone}")]));
    for name in ["docs.github", "docs-git", "git", ".github"] {
        assert_eq!(repositories(name), Ok(json!([name])));
    }
}

#[test]
fn what_is_no_repository_in_any_way_gets_no_hint() {
    for text in
        ["octo-org/docs/tree", "octo-org//docs", "https://github.com/octo-org", "git@github.com", "/docs"]
    {
        let problems = repositories(text).unwrap_err();
        assert!(!problems[0].contains("did you mean"), "{}", problems[0]);
    }
}

#[test]
fn owners_that_contradict_each_other_are_refused() {
    let with_owner = |owner: &str, repositories: &str| {
        asked(Inputs {
            permissions: "contents: read".into(),
            owner: owner.into(),
            repositories: repositories.into(),
            ..Inputs::default()
        })
    };
    assert!(with_owner("octo-org", "Octo-Org/docs, website").is_ok());
    for (owner, repositories) in
        [("octocat", "octo-org/docs"), ("octocat", ""), ("@octo-org", ""), ("octo org", "")]
    {
        assert_eq!(with_owner(owner, repositories).unwrap_err().len(), 1, "{owner} {repositories}");
    }
}
