//! The inputs of the action, from a workflow's text to a request.
//!
//! Reads every form that workflows write, and never guesses: an entry that is not understood is named, together
//! with what was expected, before any request is sent.

mod app_server;
mod aws;
mod entries;
mod mapping;
mod permissions;
mod repositories;
mod switches;
#[cfg(test)]
mod table;

use github_types::{OwnerName, Repository};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use app_server::AppServer;
pub use aws::{AwsAuth, AwsService};
pub use switches::IfUnavailable;

use crate::request::TokenRequest;

/// The inputs as the runner hands them over; an absent one is empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Inputs {
    /// A mapping or a list of permissions.
    pub permissions: String,
    /// One repository.
    pub repository: String,
    /// A list of repositories, or `ALL`.
    pub repositories: String,
    /// The account that owns them.
    pub owner: String,
    /// The broker: a URL, a mapping, or a list of them.
    pub app_server: String,
    /// `owner`, in old workflows.
    pub scope: String,
    /// `true` or `false`.
    pub skip_token_revoke: String,
    /// `true` or `false`.
    pub dry_run: String,
    /// `fail` or `skip`.
    pub if_unavailable: String,
    /// `true` or `false`.
    pub wait_until_ready: String,
    /// `true` or `false`.
    pub refresh: String,
    /// A name for this use of the action in its job.
    pub id: String,
}

/// What the runner says of the job.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Job {
    /// The repository whose workflow runs, `owner/name`.
    pub repository: Option<String>,
}

/// Inputs that make a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Prepared {
    /// The body of `POST /access_tokens`.
    pub request: Value,
    /// Where to send it: at least one broker, to be tried in this order.
    pub app_servers: Vec<AppServer>,
    /// The name of this use of the action in its job, if it was given one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the step shall do.
    #[serde(flatten)]
    pub switches: Switches,
}

/// What the step shall do besides asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is an input of its own, `true` or `false`")]
pub struct Switches {
    /// Whether the token shall outlive the job.
    pub skip_token_revoke: bool,
    /// Whether only the decision is wanted; the request says so, too.
    pub dry_run: bool,
    /// What happens where the job can have no OIDC token.
    pub if_unavailable: IfUnavailable,
    /// Whether the step ends only when GitHub knows the token.
    pub wait_until_ready: bool,
    /// Whether the rest of the job can have new tokens of the same kind.
    pub refresh: bool,
}

/// Something wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputProblem {
    /// The input's name.
    pub input: &'static str,
    /// What was expected and what was found.
    pub message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl InputProblem {
    pub(crate) fn new(input: &'static str, message: impl Into<String>) -> Self {
        Self { input, message: message.into(), help: None }
    }

    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Reads the inputs.
///
/// # Errors
/// Every problem at once.
pub fn prepare(inputs: &Inputs, job: &Job) -> Result<Prepared, Vec<InputProblem>> {
    let mut problems = Vec::new();
    let mut body = Map::new();

    match permissions::read(&inputs.permissions) {
        Ok(permissions) => drop(body.insert("permissions".into(), permissions)),
        Err(found) => problems.extend(found),
    }
    match owner(&inputs.owner) {
        Ok(owner) => body.extend(owner.map(|owner| ("owner".to_owned(), owner))),
        Err(problem) => problems.push(problem),
    }
    match repositories::read(inputs) {
        Ok(repositories) => {
            body.extend(repositories.map(|repositories| ("repositories".to_owned(), repositories)));
        }
        Err(found) => problems.extend(found),
    }
    let id = id(&inputs.id).map_err(|problem| problems.push(problem)).ok().flatten();
    let app_servers = app_server::read(&inputs.app_server).map_err(|problem| problems.push(problem)).ok();
    let switches = switches::read(inputs).map_err(|found| problems.extend(found)).ok();
    if switches.is_some_and(|switches| switches.dry_run) {
        body.insert("dry_run".into(), true.into());
    }

    let request = Value::Object(body);
    if problems.is_empty() {
        problems.extend(contradictions(&request, job));
    }
    match (app_servers, switches) {
        (Some(app_servers), Some(switches)) if problems.is_empty() => {
            Ok(Prepared { request, app_servers, id, switches })
        }
        _ => Err(problems),
    }
}

fn owner(text: &str) -> Result<Option<Value>, InputProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<OwnerName>() {
        Ok(owner) => Ok(Some(owner.as_str().into())),
        Err(error) => Err(InputProblem::new("owner", error.to_string())),
    }
}

/// The longest name of a use of the action: it becomes part of a file's name.
const MAX_ID: usize = 64;

fn id(text: &str) -> Result<Option<String>, InputProblem> {
    let text = text.trim();
    let is_name = |text: &str| {
        text.len() <= MAX_ID
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            // `access-token --id -h` would be a question for its usage.
            && !text.starts_with('-')
    };
    match text {
        "" => Ok(None),
        text if is_name(text) => Ok(Some(text.to_owned())),
        text => {
            let shown: String = text.chars().take(MAX_ID).collect();
            let expected =
                format!("expected at most {MAX_ID} letters, digits, `-` and `_`, the first no `-`");
            Err(InputProblem::new("id", format!("{expected}, found `{shown}`")))
        }
    }
}

/// What the inputs say together that the broker would refuse.
fn contradictions(request: &Value, job: &Job) -> Vec<InputProblem> {
    let Some(caller) = job.repository.as_deref().and_then(|name| name.parse::<Repository>().ok()) else {
        return Vec::new();
    };
    match TokenRequest::read(request, &caller) {
        Ok(_) => Vec::new(),
        Err(error) => {
            let named = ["owner", "repositories"].into_iter().find(|field| request.get(field).is_some());
            let input = named.unwrap_or("repositories");
            error.problems.into_iter().map(|problem| InputProblem::new(input, problem)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn inputs() -> Inputs {
        Inputs {
            permissions: "contents: read".into(),
            app_server: "https://broker.example/app/".into(),
            ..Inputs::default()
        }
    }

    fn read(inputs: Inputs) -> Result<Prepared, Vec<InputProblem>> {
        prepare(&inputs, &Job { repository: Some("octo-org/app".into()) })
    }

    #[test]
    fn asks_for_no_more_than_what_is_written() {
        let prepared = read(inputs()).unwrap();
        assert_eq!(prepared.request, json!({"permissions": {"contents": "read"}}));
        assert_eq!(prepared.app_servers[0].host(), "broker.example");
        assert!(!prepared.switches.skip_token_revoke);
    }

    #[test]
    fn tells_every_problem_at_once() {
        let problems = read(Inputs {
            permissions: "content: read".into(),
            owner: "-".into(),
            repositories: "a:b".into(),
            app_server: "ftp://x".into(),
            skip_token_revoke: "yes".into(),
            if_unavailable: "ignore".into(),
            ..Inputs::default()
        })
        .unwrap_err();
        let names: Vec<_> = problems.iter().map(|problem| problem.input).collect();
        assert_eq!(
            names,
            ["permissions", "owner", "repositories", "app-server", "skip-token-revoke", "if-unavailable"]
        );
    }

    #[test]
    fn puts_a_dry_run_into_the_request() {
        let prepared = read(Inputs { dry_run: "true".into(), ..inputs() }).unwrap();
        assert_eq!(prepared.request, json!({"permissions": {"contents": "read"}, "dry_run": true}));
        assert!(prepared.switches.dry_run);
    }

    #[test]
    fn is_for_javascript_one_object() {
        let text = "https://one.example, https://two.example:8443/p/";
        let prepared = read(Inputs { app_server: text.into(), ..inputs() }).unwrap();
        assert_eq!(
            serde_json::to_value(prepared).unwrap(),
            json!({
                "request": {"permissions": {"contents": "read"}},
                "appServers": [
                    {"url": "https://one.example", "audience": "one.example"},
                    {"url": "https://two.example:8443/p", "audience": "two.example"},
                ],
                "skipTokenRevoke": false, "dryRun": false, "ifUnavailable": "fail", "waitUntilReady": true,
                "refresh": false,
            })
        );
    }

    #[test]
    fn reads_the_name_of_this_use() {
        let with = |id: &str| read(Inputs { id: id.into(), ..inputs() });
        assert_eq!(with(" ").unwrap().id, None);
        assert_eq!(with(" Deploy_2-x ").unwrap().id.as_deref(), Some("Deploy_2-x"));
        for id in ["a/b", "..", "a b", "ä", "-h", "--id", "-", &"x".repeat(65)] {
            let problem = with(id).unwrap_err().remove(0);
            assert_eq!(problem.input, "id");
            let expected = "expected at most 64 letters, digits, `-` and `_`, the first no `-`, found `";
            assert!(problem.message.starts_with(expected), "{}", problem.message);
        }
    }

    #[test]
    fn refreshes_only_tokens_that_there_are_and_that_end_with_the_job() {
        let refreshing = Inputs { refresh: "true".into(), ..inputs() };
        assert!(read(refreshing.clone()).unwrap().switches.refresh);
        let dry = Inputs { dry_run: "true".into(), ..refreshing.clone() };
        assert!(read(dry).unwrap_err()[0].message.contains("`dry-run: true`"));
        let left = Inputs { skip_token_revoke: "true".into(), ..refreshing };
        assert!(read(left).unwrap_err()[0].message.contains("`skip-token-revoke: true`"));
    }

    #[test]
    fn finds_contradictions_before_asking() {
        let owner = Inputs { owner: "hubot".into(), ..inputs() };
        assert!(read(owner).unwrap_err()[0].message.contains("name the `repositories`"));
        let two = Inputs { repositories: "a/x, b/y".into(), ..inputs() };
        assert_eq!(
            read(two).unwrap_err()[0].message,
            "a token is for one owner, found `a` and `b`: make one request for each"
        );
    }
}
