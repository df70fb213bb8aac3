//! `GET /repos/{owner}/{repo}`, and how a repository looks wherever it is shown.

use serde_json::{Map, Value, json};

use super::Route;
use super::app::simple_user;
use super::installations::EPOCH;
use crate::access::{Call, Pass};
use crate::answer::{Answer, Outcome};
use crate::permissions::Level;
use crate::world::Home;

pub(super) static GET: Route = Route::rest(
    "GET /repos/{owner}/{repo}",
    "https://docs.github.com/rest/repos/repos#get-a-repository",
    get,
)
.permissions("metadata=read");

fn get(call: &Call<'_>) -> Outcome {
    let found = call.find()?;
    Ok(Answer::ok(describe(call, found.home, found.pass, Detail::Full)))
}

/// How much is told of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// As one of a list.
    Listed,
    /// On its own.
    Full,
}

/// A repository as GitHub shows it; with `pass` also what the caller may do.
pub(super) fn describe(call: &Call<'_>, home: Home<'_>, pass: Option<Pass<'_>>, detail: Detail) -> Value {
    let url = &call.github().url;
    let full_name = home.full_name();
    let api = format!("{url}/repos/{full_name}");
    let html = format!("{url}/{full_name}");
    let account = home.account;
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    for (name, suffix) in API_URLS {
        set(name, json!(format!("{api}{suffix}")));
    }
    for name in ["forks", "forks_count", "open_issues", "open_issues_count", "size"] {
        set(name, json!(0));
    }
    for name in ["stargazers_count", "watchers", "watchers_count"] {
        set(name, json!(0));
    }
    for name in ["description", "homepage", "language", "license", "mirror_url"] {
        set(name, Value::Null);
    }
    for name in ["archived", "disabled", "fork", "has_discussions", "has_downloads", "has_pages", "has_wiki"]
    {
        set(name, json!(false));
    }
    for name in ["created_at", "updated_at", "pushed_at"] {
        set(name, json!(EPOCH));
    }
    set("id", json!(home.id()));
    set("node_id", json!(format!("R_{}", home.id())));
    set("name", json!(home.name));
    set("full_name", json!(full_name));
    set("owner", simple_user(url, account.name, account.id(), account.owner.kind.as_str()));
    set("private", json!(home.repository.private));
    set("visibility", json!(if home.repository.private { "private" } else { "public" }));
    set("default_branch", json!(home.repository.default_branch));
    set("has_issues", json!(true));
    set("has_projects", json!(true));
    set("html_url", json!(html));
    set("clone_url", json!(format!("{html}.git")));
    set("svn_url", json!(html));
    set("git_url", json!(format!("{}.git", html.replacen("http:", "git:", 1))));
    set("ssh_url", json!(format!("git@127.0.0.1:{full_name}.git")));
    if let Some(pass) = pass {
        let writes = pass.level("contents") >= Some(Level::Write);
        let reads = pass.level("contents") >= Some(Level::Read);
        set(
            "permissions",
            json!({"admin": false, "maintain": false, "push": writes, "triage": false, "pull": reads}),
        );
    }
    if detail == Detail::Full {
        set("network_count", json!(0));
        set("subscribers_count", json!(0));
    }
    Value::Object(body)
}

/// Fields that hold the URL of something under the repository's own.
const API_URLS: &[(&str, &str)] = &[
    ("url", ""),
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];
