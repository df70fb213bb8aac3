//! What authors are told of policies in the wrong form, word for word.

use super::*;

/// Messages and helps of an owner or a repository policy with these lines behind its `origin`.
fn told(kind: PolicyKind, lines: &str) -> Vec<(String, Option<String>)> {
    let diagnostics = match kind {
        PolicyKind::Owner => {
            let origin = "octo-org/.github-access-token";
            parse_owner_policy(&format!("origin: {origin}\n{lines}"), &origin.parse().unwrap()).diagnostics
        }
        PolicyKind::Repository => {
            let origin = "octo-org/website";
            parse_repository_policy(&format!("origin: {origin}\n{lines}"), &origin.parse().unwrap())
                .diagnostics
        }
    };
    diagnostics.into_iter().map(|diagnostic| (diagnostic.message, diagnostic.help)).collect()
}

fn of_permissions(permissions: &str) -> Vec<(String, Option<String>)> {
    let subjects = "['repo:octo-org/app:ref:refs/heads/main']";
    told(
        PolicyKind::Repository,
        &format!("statements:\n  - subjects: {subjects}\n    permissions: {permissions}\n"),
    )
}

fn message_and_help(message: &str, help: &str) -> (String, Option<String>) {
    (message.to_owned(), Some(help.to_owned()))
}

#[test]
fn a_level_that_a_permission_does_not_have() {
    let contents = "write `contents: read` or `contents: write`";
    for (entry, message, help) in [
        (
            "contents: wirte",
            "`contents` has no level `wirte`: expected `read` or `write`; did you mean `write`?",
            contents,
        ),
        ("contents: admin", "`contents` has no level `admin`: expected `read` or `write`", contents),
        ("workflows: read", "`workflows` has no level `read`: expected `write`", "write `workflows: write`"),
        ("contents: ''", "`contents` needs a level: expected `read` or `write`", contents),
        ("contents: true", "`contents` must be `read` or `write`, found a boolean", contents),
        ("contents: ", "`contents` must be `read` or `write`, found nothing", contents),
        (
            "repository-projects: 1",
            "`repository-projects` must be `read`, `write` or `admin`, found a number",
            "write `repository-projects: read` or `repository-projects: write` or `repository-projects: admin`",
        ),
    ] {
        assert_eq!(of_permissions(&format!("{{{entry}}}")), [message_and_help(message, help)], "{entry}");
    }
}

#[test]
fn a_permission_that_github_does_not_have() {
    let none = "take a name from docs/permissions.md";
    assert_eq!(of_permissions("{zzzzzz: read}"), [message_and_help("unknown permission `zzzzzz`", none)]);
    let near = "unknown permission `content`: did you mean `contents`?";
    assert_eq!(of_permissions("{content: read}"), [(near.to_owned(), None)]);
}

#[test]
fn a_statement_that_lacks_a_key() {
    let statement = |fields: &str| told(PolicyKind::Repository, &format!("statements: [{{{fields}}}]\n"));
    assert_eq!(
        statement(""),
        [
            message_and_help(
                "a statement needs `subjects`",
                "add `subjects: ['repo:octo-org/app:ref:refs/heads/main']`"
            ),
            message_and_help("a statement needs `permissions`", "add `permissions: {contents: read}`"),
        ]
    );
    // What another complaint says is not said twice.
    let misspelled = statement("subject: [a], permissions: {}");
    assert!(misspelled.contains(&("a statement needs `subjects`".to_owned(), None)), "{misspelled:?}");
    assert!(misspelled.contains(&message_and_help("unknown key `subject`", "did you mean `subjects`?")));
}

#[test]
fn a_pattern_that_can_match_nothing() {
    let (long, stars) = ("a".repeat(513), format!("a:{}", "*b".repeat(17)));
    for (pattern, message, help) in [
        (
            "",
            "a pattern cannot be empty",
            "write a subject, such as `repo:octo-org/app:ref:refs/heads/main`, or remove it",
        ),
        (
            "octo-org/*:ref:refs/heads/main",
            "a wildcard in the place of a key matches nothing",
            "begin with `repo:`",
        ),
        (
            "repo:octo-org/app:*",
            "a wildcard in the place of a key matches nothing",
            "write the key, such as `ref`, or end with `:**` for any claims that follow",
        ),
        (&long, "a pattern has at most 512 characters", "write `*` for a part of it"),
        (&stars, "a pattern has at most 16 of `*` and `**`", "write several patterns with fewer stars each"),
        (
            "a\\t",
            "a pattern cannot hold control characters",
            "remove it: delete the text around it and type it anew",
        ),
    ] {
        let lines = format!("statements: [{{subjects: [\"{pattern}\"], permissions: {{}}}}]\n");
        assert_eq!(told(PolicyKind::Repository, &lines), [message_and_help(message, help)], "{pattern}");
    }
}

#[test]
fn parts_of_another_type() {
    let picture = "\
write each statement like this:
statements:
  - subjects:
      - repo:octo-org/app:ref:refs/heads/main
    permissions:
      contents: read";
    for (kind, lines, message, help) in [
        (
            PolicyKind::Repository,
            "statements: [a]",
            "`statements` must be a list of mappings with `subjects` and `permissions`, found a text",
            picture,
        ),
        (
            PolicyKind::Owner,
            "allowed-subjects: a",
            "`allowed-subjects` must be a list of patterns, found a text",
            "put `- ` before each pattern",
        ),
        (
            PolicyKind::Owner,
            "allowed-repository-permissions: {pull-requests: read, pull_requests: read}",
            "`pull-requests` is listed twice, in two spellings: none of them counts",
            "keep one of the two",
        ),
    ] {
        assert_eq!(told(kind, lines), [message_and_help(message, help)], "{lines}");
    }
}

#[test]
fn what_is_no_policy_at_all() {
    let told = |text: &str| {
        let found = parse_repository_policy(text, &"octo-org/website".parse().unwrap()).diagnostics;
        let [Diagnostic { message, help, .. }] = found.try_into().unwrap();
        (message, help)
    };
    let begin = "begin with `origin: OWNER/REPOSITORY`";
    let lines = "- a\n".repeat(20_000);
    for (text, message, help) in [
        ("origin:octo-org/website", "expected a mapping with `origin` and `statements`, found a text", begin),
        (
            "origin:octo-org/website\nstatements: []\n",
            "not YAML: `origin:` needs a blank behind its colon",
            "write `origin: octo-org/website`",
        ),
        ("", "the file is empty: expected a policy", begin),
        (
            "origin: \"\0\"",
            "not YAML: U+0000 is not printable",
            "remove it, and save the file as text in UTF-8",
        ),
        (&"{a: ".repeat(300), "nested deeper than 32 levels", "write it flatter: a policy needs five levels"),
        (
            &lines,
            "more than 20000 values or 409600 bytes of text once aliases are expanded",
            "repeat less by aliases",
        ),
        (
            &"#".repeat(102_401),
            "larger than 102400 bytes",
            "write one pattern with `*` for many subjects that are alike",
        ),
        (
            "a: 1\n---\nb: 2",
            "more than one YAML document",
            "keep one, without the line `---` before the other",
        ),
        ("? [a]\n: b", "a key is not a plain value", "write the key as a plain text"),
        ("a: !b c", "tags are not supported", "remove the tag, the word that begins with `!`"),
        ("%A\n---\na: b", "directives are not supported: no line may begin with `%`", "remove that line"),
        (
            "a: &a [*a]",
            "an alias refers to something that contains it",
            "write out what the alias stands for",
        ),
        (
            "{&a: b}",
            "ambiguous YAML: write it more plainly",
            "write one `key: value` a line, and texts in quotes",
        ),
        (
            "a:\n\t- b: c\n",
            "not YAML: tabs disallowed within this context (block indentation)",
            "indent with spaces: YAML does not allow tabs there",
        ),
        (
            "stable: *x",
            "not YAML: while parsing node, found unknown anchor",
            "compare the indentation, and put texts with `*`, `{` or `[` into quotes",
        ),
    ] {
        assert_eq!(told(text), message_and_help(message, help), "{text:.40}");
    }
}

#[test]
fn keys_of_a_statement_at_the_top() {
    const PICTURE: &str = "\
it belongs into a statement:
statements:
  - subjects:
      - repo:octo-org/app:ref:refs/heads/main
    permissions:
      contents: read";
    let lines = "subjects: ['repo:octo-org/app:ref:refs/heads/main']\npermission: {contents: read}\nexpires: 2026-12-31\n";
    for kind in [PolicyKind::Owner, PolicyKind::Repository] {
        assert_eq!(
            told(kind, lines),
            [
                message_and_help("unknown key `subjects`", PICTURE),
                message_and_help("unknown key `permission`", "it belongs into a statement, too"),
                message_and_help("unknown key `expires`", "it belongs into a statement, too"),
            ]
        );
    }
    // What is a key of the other kind, or of none, is told as before.
    let repositories = "repositories: [website]\n";
    assert_eq!(
        told(PolicyKind::Owner, repositories),
        [message_and_help("unknown key `repositories`", PICTURE)]
    );
    assert_eq!(
        told(PolicyKind::Repository, &format!("{repositories}statement: []\n")),
        [
            message_and_help("unknown key `repositories`", "the keys here are `origin`, `statements`"),
            message_and_help("unknown key `statement`", "did you mean `statements`?"),
        ]
    );
}

#[test]
fn one_statement_without_a_list_around_it() {
    assert_eq!(
        told(PolicyKind::Repository, "statements:\n  subjects: []\n  permissions: {contents: read}\n"),
        [message_and_help(
            "`statements` must be a list, found a mapping",
            "\
put `- ` before each statement:
statements:
  - subjects:
      - repo:octo-org/app:ref:refs/heads/main
    permissions:
      contents: read",
        )]
    );
}

#[test]
fn permissions_that_are_no_mapping() {
    let many = "contents:read,".repeat(9);
    for (permissions, found, lines) in [
        ("[contents: write, issues: read]", "a list", "contents: write\n  issues: read"),
        ("[{pull_requests: write, issues: read}]", "a list", "pull-requests: write\n  issues: read"),
        ("['contents:write', 'issues = read']", "a list", "contents: write\n  issues: read"),
        ("contents:write", "a text", "contents: write"),
        ("contents:write, issues:read", "a text", "contents: write\n  issues: read"),
        // What is not understood as a whole is not repeated in part.
        ("[contents, issues]", "a list", "contents: read"),
        ("[contents: write, issues: wirte]", "a list", "contents: read"),
        ("[contents: write, [issues]]", "a list", "contents: read"),
        ("[]", "a list", "contents: read"),
        ("write-all", "a text", "contents: read"),
        (many.trim_end_matches(','), "a text", "contents: read"),
        ("true", "a boolean", "contents: read"),
    ] {
        let message = format!("`permissions` must be a mapping such as `contents: read`, found {found}");
        let is_list = found == "a list";
        let form = if is_list { "without `- ` and brackets" } else { "with a space after its colon" };
        assert_eq!(
            of_permissions(permissions),
            [message_and_help(
                &message,
                &format!("write one permission a line, {form}:\npermissions:\n  {lines}")
            )],
            "{permissions}"
        );
    }
    assert_eq!(
        told(PolicyKind::Owner, "allowed-repository-permissions:\n  - contents: write\n  - issues: read\n"),
        [message_and_help(
            "`allowed-repository-permissions` must be a mapping such as `contents: read`, found a list",
            "\
write one permission a line, without `- ` and brackets:
allowed-repository-permissions:
  contents: write
  issues: read",
        )]
    );
}
