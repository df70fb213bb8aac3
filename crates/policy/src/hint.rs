//! What an author can do about a denial: why, and a statement to paste.

use std::collections::BTreeMap;

use github_types::{Claims, Level, Permission, Repository, RepositorySelection, Scope};
use serde_json::Value;

use crate::decide::{OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};
use crate::denial::one_line;
use crate::request::TokenRequest;
use crate::subject::{effective_subjects, is_pull_request};

/// The most lines of advice and statements that a hint shows.
const MOST: usize = 10;

/// A hint on a denial, from the request, the broker's JSON and the caller's claims.
///
/// None when the claims are not known: then there is nothing that the broker has not said.
pub fn of_denial(request: &Value, body: &Value, claims: Option<&Claims>) -> Option<String> {
    let claims = claims?;
    let request = TokenRequest::read(request, claims.repository()).ok()?;
    let issues: Vec<Heard> = body
        .get("issues")
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |issues| issues.iter().filter_map(Heard::read).take(64).collect());
    let mut sections: Vec<String> = pull_request(claims).into_iter().collect();
    if claims.repository().owner() != &request.owner {
        let owner = &request.owner;
        sections
            .push(format!("Callers of other owners are not told why: ask `{owner}` whether it grants this."));
    }
    sections.extend(advice(&issues, &request, claims.repository()));
    sections.extend(statements(&issues, &request, claims));
    Some(sections.join("\n\n")).filter(|hint| !hint.is_empty())
}

/// An issue as the broker tells it. Words from outside are taken over only where they are known names.
struct Heard {
    repository: Option<String>,
    permission: Option<(Permission, Level)>,
    code: String,
    path: Option<&'static str>,
}

impl Heard {
    fn read(issue: &Value) -> Option<Self> {
        let text = |key: &str| issue.get(key).and_then(Value::as_str);
        let permission = text("permission").and_then(|name| name.parse().ok());
        let level = text("level").and_then(|level| level.parse().ok());
        let mut paths = OWNER_POLICY_PATHS.into_iter().chain(REPOSITORY_POLICY_PATHS);
        Some(Self {
            repository: text("repository")
                .and_then(|name| name.parse::<github_types::RepositoryName>().ok())
                .map(|name| name.to_string()),
            permission: permission.zip(level),
            code: text("code")?.to_owned(),
            path: text("path").and_then(|path| paths.find(|known| *known == path)),
        })
    }
}

fn pull_request(claims: &Claims) -> Option<String> {
    is_pull_request(claims).then(|| {
        "This job runs for a pull request, so it does not count as the branch that the pull request targets. \
         Grant it by its own subject, and narrow that with `claims`."
            .to_owned()
    })
}

/// What to do about each kind of issue, once each.
fn advice(issues: &[Heard], request: &TokenRequest, caller: &Repository) -> Vec<String> {
    let owner = &request.owner;
    let mut lines: Vec<String> = Vec::new();
    for issue in issues {
        let repository = issue.repository.as_deref().unwrap_or_default();
        let permission = issue.permission.map(|(name, level)| format!("{name}: {level}")).unwrap_or_default();
        let line = match issue.code.as_str() {
            "no-installation" => format!("Install the GitHub App for `{owner}`."),
            "installation-suspended" => {
                format!("Lift the suspension of the GitHub App in the settings of `{owner}`.")
            }
            "policy-unreadable" => format!(
                "Add `{}` to the paths of the GitHub App's single-file permission, and accept the change in `{owner}`.",
                issue.path.unwrap_or("the policy file")
            ),
            "installation-lacks-permission" => format!(
                "Give the GitHub App the permission `{permission}`, and accept the change in the settings of `{owner}`."
            ),
            "owner-policy-missing" => {
                format!("Create `{}` in `{owner}/{OWNER_POLICY_REPOSITORY}`.", OWNER_POLICY_PATHS[0])
            }
            "owner-policy-invalid" => {
                format!(
                    "Correct the policy in `{owner}/{OWNER_POLICY_REPOSITORY}`: it is invalid as a whole."
                )
            }
            "caller-not-allowed" => format!(
                "Add a line to `allowed-subjects` of the policy in `{owner}/{OWNER_POLICY_REPOSITORY}`, such as\n\n  - repo:{caller}:**"
            ),
            "not-allowed-by-owner-policy" => format!(
                "Add `{permission}` to `allowed-repository-permissions` of the policy in `{owner}/{OWNER_POLICY_REPOSITORY}`, then grant it in `{owner}/{repository}`."
            ),
            "repository-policy-missing" => format!(
                "`{owner}/{repository}` has no access policy that the GitHub App can see: the repository does not exist, \
                 the App was not given it, or it lacks `{}`.",
                REPOSITORY_POLICY_PATHS[0]
            ),
            "repository-policy-invalid" => {
                format!("Correct the policy in `{owner}/{repository}`: it is invalid as a whole.")
            }
            _ => continue,
        };
        if !lines.contains(&line) && lines.len() < MOST {
            lines.push(line);
        }
    }
    lines
}

/// Statements to paste: one for each policy that would have to grant something.
fn statements(issues: &[Heard], request: &TokenRequest, claims: &Claims) -> Vec<String> {
    let mut wanted: BTreeMap<Option<String>, Vec<(Permission, Level)>> = BTreeMap::new();
    for issue in issues {
        let permissions = wanted_by(issue, request);
        if !permissions.is_empty() {
            wanted.entry(issue.repository.clone()).or_default().extend(permissions);
        }
    }
    if issues.iter().all(|issue| issue.code == "not-authorized") {
        wanted = guessed(request);
    }
    wanted
        .into_iter()
        .take(MOST)
        .map(|(repository, permissions)| {
            let is_missing = issues
                .iter()
                .any(|issue| issue.code == "repository-policy-missing" && issue.repository == repository);
            statement(repository.as_deref(), &permissions, is_missing, request, claims)
        })
        .collect()
}

/// What a policy would have to grant so that the issue is gone.
fn wanted_by(issue: &Heard, request: &TokenRequest) -> Vec<(Permission, Level)> {
    match issue.code.as_str() {
        "not-granted-by-owner-policy"
        | "not-allowed-by-owner-policy"
        | "not-granted-by-repository-policy" => issue.permission.into_iter().collect(),
        "repository-policy-missing" => {
            request.permissions.iter().filter(|(name, _)| name.scope() == Scope::Repository).collect()
        }
        _ => Vec::new(),
    }
}

/// Where the broker says no more than "not authorized": what the policies would hold in the usual case.
fn guessed(request: &TokenRequest) -> BTreeMap<Option<String>, Vec<(Permission, Level)>> {
    let (repository, owner): (Vec<_>, Vec<_>) =
        request.permissions.iter().partition(|(name, _)| name.scope() == Scope::Repository);
    let targets: Vec<Option<String>> = match &request.repositories {
        RepositorySelection::All => vec![None],
        RepositorySelection::Listed(list) => list.iter().map(|name| Some(name.to_string())).collect(),
    };
    let mut wanted: BTreeMap<_, Vec<_>> = BTreeMap::new();
    if !owner.is_empty() {
        wanted.insert(None, owner);
    }
    if !repository.is_empty() {
        for target in targets {
            wanted.entry(target).or_default().extend(repository.iter().copied());
        }
    }
    wanted
}

fn statement(
    repository: Option<&str>,
    permissions: &[(Permission, Level)],
    is_missing: bool,
    request: &TokenRequest,
    claims: &Claims,
) -> String {
    let owner = &request.owner;
    let (place, origin) = match repository {
        Some(name) => (REPOSITORY_POLICY_PATHS[0], format!("{owner}/{name}")),
        None => (OWNER_POLICY_PATHS[0], format!("{owner}/{OWNER_POLICY_REPOSITORY}")),
    };
    let subject = subject_to_paste(claims, &origin);
    let permissions: BTreeMap<_, _> = permissions.iter().copied().collect();
    let asked: Vec<String> = permissions.iter().map(|(name, level)| format!("`{name}: {level}`")).collect();
    let asked = asked.join(", ");
    // A file that exists has the list already: a second key of that name would make it invalid.
    let head = if is_missing {
        format!("To allow {asked}, create `{place}` in `{origin}`:\n\n  origin: {origin}\n  statements:")
    } else {
        format!("To allow {asked}, add to the list `statements` of `{place}` in `{origin}`:\n")
    };
    let mut text = format!("{head}\n  - subjects:\n      - {}\n    permissions:", quoted(&subject));
    for (permission, level) in permissions {
        text.push_str(&format!("\n      {permission}: {level}"));
    }
    text
}

/// The narrowest subject of the caller in the plain form, which people recognise.
fn subject_to_paste(claims: &Claims, origin: &str) -> String {
    let repository = claims.repository().to_string();
    let prefix = format!("repo:{repository}:");
    let subjects = effective_subjects(claims);
    let of_kind = |kind: &str| {
        subjects
            .iter()
            .find(|subject| subject.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with(kind)))
    };
    let found = if is_pull_request(claims) {
        of_kind("pull_request").or_else(|| of_kind("environment:"))
    } else {
        of_kind("environment:").or_else(|| of_kind("ref:"))
    };
    let subject = found.or(subjects.first()).cloned().unwrap_or_default();
    let is_own = repository.parse::<Repository>().ok() == origin.parse().ok();
    match subject.strip_prefix(&prefix) {
        Some(rest) if is_own => format!("repo:${{origin}}:{rest}"),
        _ => subject,
    }
}

/// The subject as a YAML scalar, in quotes where it needs them.
fn quoted(subject: &str) -> String {
    let subject = one_line(subject);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./@:%${}".contains(c);
    if subject.chars().all(is_plain) { subject } else { format!("'{}'", subject.replace('\'', "''")) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn hint(issues: Value, change: Value) -> String {
        let mut payload = json!({
            "sub": "repo:octo-org/app:ref:refs/heads/main", "repository": "octo-org/app",
            "repository_owner": "octo-org", "ref": "refs/heads/main", "event_name": "push",
        });
        payload.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let claims = Claims::new(payload.as_object().unwrap()).unwrap();
        let request = json!({"repositories": ["website"], "permissions": {"secrets": "write"}});
        of_denial(&request, &json!({"issues": issues}), Some(&claims)).unwrap()
    }

    #[test]
    fn shows_a_statement_to_paste() {
        let issues = json!([{"owner": "octo-org", "repository": "website", "permission": "secrets", "level": "write",
            "code": "not-granted-by-repository-policy"}]);
        assert_eq!(
            hint(issues, json!({})),
            "To allow `secrets: write`, add to the list `statements` of `.github/access-token.yaml` in `octo-org/website`:\n\n  \
             - subjects:\n      - repo:octo-org/app:ref:refs/heads/main\n    permissions:\n      secrets: write"
        );
    }

    /// The hint on a denial for a push to `main` in `octo-org/app`.
    fn hint_for(request: Value, issues: Value) -> Option<String> {
        let payload = json!({
            "sub": "repo:octo-org/app:ref:refs/heads/main", "repository": "octo-org/app",
            "repository_owner": "octo-org", "ref": "refs/heads/main", "event_name": "push",
        });
        let claims = Claims::new(payload.as_object().unwrap()).unwrap();
        of_denial(&request, &json!({"issues": issues}), Some(&claims))
    }

    /// The first lines of its sections.
    fn heads(hint: &str) -> Vec<&str> {
        hint.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).collect()
    }

    #[test]
    fn a_policy_that_is_missing_is_to_be_created_with_its_head() {
        let missing = json!([{"repository": "website", "code": "repository-policy-missing"}]);
        let request =
            json!({"repositories": ["website"], "permissions": {"contents": "read", "members": "read"}});
        assert_eq!(
            hint_for(request, missing).unwrap(),
            "`octo-org/website` has no access policy that the GitHub App can see: the repository does not exist, \
             the App was not given it, or it lacks `.github/access-token.yaml`.\n\n\
             To allow `contents: read`, create `.github/access-token.yaml` in `octo-org/website`:\n\n  \
             origin: octo-org/website\n  statements:\n  - subjects:\n      - repo:octo-org/app:ref:refs/heads/main\n    \
             permissions:\n      contents: read"
        );
        // A policy that exists beside it keeps its head.
        let both = json!([
            {"repository": "website", "code": "repository-policy-missing"},
            {"repository": "docs", "permission": "contents", "level": "read", "code": "not-granted-by-repository-policy"},
            {"repository": "website", "permission": "contents", "level": "read", "code": "not-granted-by-repository-policy"},
        ]);
        let request = json!({"repositories": ["docs", "website"], "permissions": {"contents": "read"}});
        let hint = hint_for(request, both).unwrap();
        assert_eq!(
            heads(&hint)[1..],
            [
                "To allow `contents: read`, add to the list `statements` of `.github/access-token.yaml` in `octo-org/docs`:",
                "To allow `contents: read`, create `.github/access-token.yaml` in `octo-org/website`:",
            ]
        );
    }

    #[test]
    fn where_no_reason_is_told_the_usual_statements_are_guessed() {
        let unknown = json!([{"code": "not-authorized"}]);
        let request = json!({"repositories": ["docs", "website"], "permissions": {"contents": "read", "members": "read"}});
        let owner = "To allow `members: read`, add to the list `statements` of `access-token.yaml` in `octo-org/.github-access-token`:";
        let listed = hint_for(request, unknown.clone()).unwrap();
        assert_eq!(
            heads(&listed),
            [
                owner,
                "To allow `contents: read`, add to the list `statements` of `.github/access-token.yaml` in `octo-org/docs`:",
                "To allow `contents: read`, add to the list `statements` of `.github/access-token.yaml` in `octo-org/website`:",
            ]
        );
        assert!(listed.contains(
            "      - repo:octo-org/app:ref:refs/heads/main\n    permissions:\n      members: read"
        ));
        let all = json!({"owner": "octo-org", "repositories": "ALL", "permissions": {"contents": "read"}});
        let all = hint_for(all, unknown.clone()).unwrap();
        assert_eq!(heads(&all), [owner.replace("members", "contents")]);
        let only_owners = json!({"owner": "octo-org", "permissions": {"members": "read"}});
        assert_eq!(heads(&hint_for(only_owners, unknown.clone()).unwrap()), [owner]);
        // Where one reason is told, nothing is guessed.
        let told = json!([{"code": "not-authorized"}, {"code": "owner-policy-invalid"}]);
        let request = json!({"repositories": ["docs"], "permissions": {"contents": "read"}});
        assert_eq!(
            hint_for(request, told).unwrap(),
            "Correct the policy in `octo-org/.github-access-token`: it is invalid as a whole."
        );
        let request = json!({"repositories": ["docs"], "permissions": {"contents": "read"}});
        assert_eq!(hint_for(request, json!([{"code": "something-new"}])), None);
    }

    #[test]
    fn a_policy_of_the_callers_repository_needs_no_second_spelling_of_it() {
        let issue = |name: &str| json!([{"repository": name, "permission": "contents", "level": "read", "code": "not-granted-by-repository-policy"}]);
        for (name, subject) in [
            ("app", "repo:${origin}:ref:refs/heads/main"),
            ("website", "repo:octo-org/app:ref:refs/heads/main"),
        ] {
            let request = json!({"repositories": [name], "permissions": {"contents": "read"}});
            let hint = hint_for(request, issue(name)).unwrap();
            assert!(hint.contains(&format!("      - {subject}\n")), "{hint}");
        }
    }

    #[test]
    fn each_advice_is_given_once_and_ten_at_most() {
        let issues: Vec<Value> = (0..20)
            .map(|n| json!({"repository": format!("r{}", n / 2), "code": "repository-policy-invalid"}))
            .collect();
        let request = json!({"repositories": ["website"], "permissions": {"contents": "read"}});
        let said = hint_for(request.clone(), json!(issues)).unwrap();
        let lines: Vec<String> = (0..10)
            .map(|n| format!("Correct the policy in `octo-org/r{n}`: it is invalid as a whole."))
            .collect();
        assert_eq!(heads(&said), lines);
        let more: Vec<Value> = (0..11)
            .map(|n| json!({"repository": format!("r{n}"), "code": "repository-policy-invalid"}))
            .collect();
        assert_eq!(heads(&hint_for(request, json!(more)).unwrap()), lines);
    }

    #[test]
    fn a_path_is_repeated_only_where_it_is_one_of_a_policys() {
        let request = json!({"repositories": ["website"], "permissions": {"contents": "read"}});
        for (path, shown) in [
            (".github/access-token.yml", "`.github/access-token.yml`"),
            ("access-token.yaml", "`access-token.yaml`"),
            ("/etc/passwd", "`the policy file`"),
        ] {
            let hint =
                hint_for(request.clone(), json!([{"code": "policy-unreadable", "path": path}])).unwrap();
            assert_eq!(
                hint,
                format!(
                    "Add {shown} to the paths of the GitHub App's single-file permission, and accept the change in `octo-org`."
                )
            );
        }
    }

    #[test]
    fn explains_pull_requests() {
        let change = json!({"sub": "repo:octo-org/app:pull_request", "event_name": "pull_request"});
        let hint = hint(json!([]), change);
        assert!(hint.contains("runs for a pull request"), "{hint}");
        assert!(hint.contains("- repo:octo-org/app:pull_request"), "{hint}");
    }

    #[test]
    fn repeats_no_foreign_words() {
        let issues =
            json!([{"owner": "x", "repository": "a\n::error::b", "code": "repository-policy-missing"}]);
        assert!(!hint(issues, json!({})).contains("::error"));
        let hint = hint(json!([]), json!({"environment": "a\nb", "ref": "refs/heads/'x*"}));
        assert!(hint.contains("environment:a\u{fffd}b"), "{hint}");
    }

    #[test]
    fn says_what_each_code_asks_for() {
        for (code, words) in [
            ("no-installation", "Install the GitHub App"),
            ("installation-suspended", "suspension"),
            ("policy-unreadable", "single-file"),
            ("installation-lacks-permission", "Give the GitHub App"),
            ("owner-policy-missing", "Create `access-token.yaml` in `octo-org/.github-access-token`"),
            ("owner-policy-invalid", "invalid as a whole"),
            ("caller-not-allowed", "`allowed-subjects`"),
            ("not-allowed-by-owner-policy", "`allowed-repository-permissions`"),
            ("repository-policy-missing", "create `.github/access-token.yaml` in `octo-org/website`"),
            ("repository-policy-invalid", "Correct the policy in `octo-org/website`"),
        ] {
            let issue = json!([{"owner": "octo-org", "repository": "website", "code": code}]);
            assert!(hint(issue, json!({})).contains(words), "{code}");
        }
    }
}
