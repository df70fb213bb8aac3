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
    for (entry, message) in [
        (
            "contents: wirte",
            "`contents` has no level `wirte`: expected `read` or `write`; did you mean `write`?",
        ),
        ("contents: admin", "`contents` has no level `admin`: expected `read` or `write`"),
        ("workflows: read", "`workflows` has no level `read`: expected `write`"),
        ("contents: ''", "`contents` needs a level: expected `read` or `write`"),
        ("contents: true", "`contents` must be `read` or `write`, found a boolean"),
        ("contents: ", "`contents` must be `read` or `write`, found nothing"),
        (
            "repository-projects: 1",
            "`repository-projects` must be `read`, `write` or `admin`, found a number",
        ),
    ] {
        assert_eq!(of_permissions(&format!("{{{entry}}}")), [(message.to_owned(), None)], "{entry}");
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
