//! `POST /repos/{owner}/{repo}/actions/workflows/{workflow}/dispatches`: starts a workflow.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::Route;
use crate::access::Call;
use crate::answer::{Answer, Outcome, Problem};
use crate::digest::stable_id;
use crate::permissions::Level;
use crate::rest::admission::VERSION_2026;

pub(super) static POST: Route = Route::rest(
    "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
    "https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event",
    post,
)
.permissions("actions=write");

fn post(call: &Call<'_>) -> Outcome {
    let found = call.find()?;
    found.require("actions", Level::Write)?;
    let path = format!(".github/workflows/{}", call.parameter("workflow_id"));
    let file = call.github().commits.file(found.home, &path).ok_or_else(Problem::not_found)?;
    let body = call.incoming.object()?;
    let reference = match body.get("ref") {
        Some(Value::String(reference)) => reference,
        None | Some(Value::Null) => return Err(Problem::invalid_request("\"ref\" wasn't supplied.")),
        Some(other) => {
            return Err(Problem::invalid_request(&format!("For 'properties/ref', {other} is not a string.")));
        }
    };
    match body.get("inputs") {
        None | Some(Value::Null) => {}
        Some(Value::Object(inputs)) if inputs.len() <= INPUT_LIMIT => {}
        Some(Value::Object(inputs)) => {
            return Err(Problem::invalid_request(&format!(
                "For 'properties/inputs', no more than {INPUT_LIMIT} properties are allowed; {} were supplied.",
                inputs.len()
            )));
        }
        Some(other) => {
            return Err(Problem::invalid_request(&format!(
                "For 'properties/inputs', {other} is not an object."
            )));
        }
    }
    if reference.strip_prefix("refs/heads/").unwrap_or(reference) != found.home.repository.default_branch {
        return Err(Problem::unprocessable(format!("No ref found for: {reference}")));
    }
    if !String::from_utf8_lossy(&file.bytes).contains("workflow_dispatch") {
        return Err(Problem::unprocessable("Workflow does not have 'workflow_dispatch' trigger"));
    }
    if call.version != VERSION_2026 && body.get("return_run_details") != Some(&Value::Bool(true)) {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    }
    let full_name = found.home.full_name();
    let run = stable_id(&format!("{full_name} {path} {}", call.incoming.now));
    let url = &call.github().url;
    Ok(Answer::ok(json!({
        "workflow_run_id": run,
        "run_url": format!("{url}/repos/{full_name}/actions/runs/{run}"),
        "html_url": format!("{url}/{full_name}/actions/runs/{run}"),
    })))
}

/// How many inputs a workflow can be started with.
const INPUT_LIMIT: usize = 25;
