//! `PUT /repos/{owner}/{repo}/contents/{path}`: writes a file to the default branch.

use axum::body::Bytes;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::Route;
use super::contents::{Place, file_entry};
use crate::access::{Call, Found};
use crate::answer::{Answer, Outcome, Problem};
use crate::clock::timestamp;
use crate::digest::git_object_id;
use crate::permissions::Level;
use crate::world::{File, LARGEST_FILE};

pub(super) static PUT: Route = Route::rest(
    "PUT /repos/{owner}/{repo}/contents/{path}",
    "https://docs.github.com/rest/repos/contents#create-or-update-file-contents",
    put,
)
.paths(&["/repos/{owner}/{repo}/contents/{*path}"])
.permissions("contents=write; contents=write,workflows=write");

fn put(call: &Call<'_>) -> Outcome {
    let found = call.find()?;
    let path = call.parameter("path");
    may_write(&found, path)?;
    check_path(path)?;
    let body = call.incoming.object()?;
    let message = text(&body, "message")?;
    let bytes = content(text(&body, "content")?)?;
    for person in ["committer", "author"] {
        check_person(&body, person)?;
    }
    check_branch(&body, &found)?;
    let old = call.github().commits.file(found.home, path);
    check_sha(&body, path, old.as_ref())?;
    let file = File::new(Bytes::from(bytes));
    if !call.github().commits.write(found.home, path, file.clone()) {
        return Err(Problem::new(StatusCode::INSUFFICIENT_STORAGE, "sandbox: too many files were written"));
    }
    let status = if old.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let place = Place { url: &call.github().url, home: found.home };
    let content = file_entry(place, path, &file);
    Ok(Answer::json(status, json!({"content": content, "commit": commit(call, &found, message, &file.sha)})))
}

/// Files of workflows need `workflows` as well; `single_file` is enough for its own files.
fn may_write(found: &Found<'_>, path: &str) -> Result<(), Problem> {
    let of_workflow = path.starts_with(".github/workflows/");
    let with_contents =
        found.allows("contents", Level::Write) && (!of_workflow || found.allows("workflows", Level::Write));
    if with_contents || found.allows_single_file(path, Level::Write) { Ok(()) } else { Err(found.refusal()) }
}

fn check_path(path: &str) -> Result<(), Problem> {
    let bad = |part: &str| matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git");
    if path.split('/').any(bad) {
        return Err(Problem::unprocessable("path contains a malformed path component"));
    }
    Ok(())
}

fn text<'b>(body: &'b Map<String, Value>, key: &str) -> Result<&'b str, Problem> {
    match body.get(key) {
        None | Some(Value::Null) => Err(Problem::invalid_request(&format!("\"{key}\" wasn't supplied."))),
        Some(Value::String(text)) => Ok(text),
        Some(other) => {
            Err(Problem::invalid_request(&format!("For 'properties/{key}', {other} is not a string.")))
        }
    }
}

/// Base64, with or without line breaks.
fn content(text: &str) -> Result<Vec<u8>, Problem> {
    let joined: String = text.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(joined).map_err(|_| Problem::unprocessable("content is not valid Base64"))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(Problem::unprocessable(format!("content is larger than {LARGEST_FILE} bytes")));
    }
    Ok(bytes)
}

fn check_person(body: &Map<String, Value>, key: &str) -> Result<(), Problem> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Object(person)) => {
            ["name", "email"].iter().try_for_each(|part| text(person, part).map(drop))
        }
        Some(other) => {
            Err(Problem::invalid_request(&format!("For 'properties/{key}', {other} is not an object.")))
        }
    }
}

fn check_branch(body: &Map<String, Value>, found: &Found<'_>) -> Result<(), Problem> {
    let wanted = match body.get("branch") {
        None | Some(Value::Null) => return Ok(()),
        Some(_) => text(body, "branch")?,
    };
    if wanted.strip_prefix("refs/heads/").unwrap_or(wanted) == found.home.repository.default_branch {
        return Ok(());
    }
    Err(Problem::new(StatusCode::NOT_FOUND, format!("Branch {wanted} not found")))
}

/// An update must name the version that it replaces.
fn check_sha(body: &Map<String, Value>, path: &str, old: Option<&File>) -> Result<(), Problem> {
    let given = match body.get("sha") {
        None | Some(Value::Null) => None,
        Some(_) => Some(text(body, "sha")?),
    };
    match (given, old) {
        (None, Some(_)) => Err(Problem::invalid_request("\"sha\" wasn't supplied.")),
        (Some(given), Some(old)) if old.sha != given => {
            Err(Problem::new(StatusCode::CONFLICT, format!("{path} does not match {given}")))
        }
        (Some(given), None) => {
            Err(Problem::new(StatusCode::CONFLICT, format!("{path} does not match {given}")))
        }
        _ => Ok(()),
    }
}

fn commit(call: &Call<'_>, found: &Found<'_>, message: &str, blob: &str) -> Value {
    let sha = git_object_id("commit", format!("{blob} {message} {}", call.incoming.now).as_bytes());
    let tree = git_object_id("tree", blob.as_bytes());
    let full_name = found.home.full_name();
    let url = &call.github().url;
    let slug = &call.world.app.slug;
    let person = json!({
        "name": format!("{slug}[bot]"),
        "email": format!("{slug}[bot]@users.noreply.github.com"),
        "date": timestamp(call.incoming.now),
    });
    json!({
        "sha": sha,
        "node_id": format!("C_{sha}"),
        "url": format!("{url}/repos/{full_name}/git/commits/{sha}"),
        "html_url": format!("{url}/{full_name}/commit/{sha}"),
        "author": person,
        "committer": person,
        "tree": {"sha": tree, "url": format!("{url}/repos/{full_name}/git/trees/{tree}")},
        "message": message,
        "parents": [],
        "verification": {"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null},
    })
}
