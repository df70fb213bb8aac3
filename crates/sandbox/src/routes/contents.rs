//! `GET /repos/{owner}/{repo}/contents/{path}`: a file or a directory of the default branch.

mod shape;
pub(super) mod tree;

use axum::http::StatusCode;
use serde_json::json;

use super::Route;
use crate::access::{Call, Found};
use crate::answer::{Answer, Outcome, Problem};
use crate::permissions::Level;
use crate::rest::admission::MediaType;
use crate::world::{File, Home};

pub(super) use shape::{Place, file_entry};

pub(super) static GET: Route = Route::rest("GET /repos/{owner}/{repo}/contents/{path}", DOCUMENTATION, get)
    .paths(&[
        "/repos/{owner}/{repo}/contents/{*path}",
        "/repos/{owner}/{repo}/contents/",
        "/repos/{owner}/{repo}/contents",
    ])
    .permissions("contents=read");

fn get(call: &Call<'_>) -> Outcome {
    let found = call.find()?;
    let path = call.parameter("path").trim_end_matches('/');
    may_read(&found, path)?;
    check_ref(call, found.home)?;
    let place = Place { url: &call.github().url, home: found.home };
    if let Some(file) = call.github().commits.file(found.home, path) {
        return read_file(call, place, path, &file);
    }
    let files = call.github().commits.files(found.home);
    if files.is_empty() && path.is_empty() {
        return Err(Problem::new(StatusCode::NOT_FOUND, "This repository is empty."));
    }
    let entries = tree::list(&files, path).ok_or_else(Problem::not_found)?;
    match MediaType::of(call.incoming) {
        MediaType::Object => Ok(Answer::ok(shape::directory_object(place, path, &entries))),
        MediaType::Json | MediaType::Raw => Ok(Answer::ok(shape::directory(place, path, &entries))),
    }
}

/// Public files are everybody's; others need `contents`, or `single_file` for this very path.
fn may_read(found: &Found<'_>, path: &str) -> Result<(), Problem> {
    let allowed = !found.home.repository.private
        || found.allows("contents", Level::Read)
        || found.allows_single_file(path, Level::Read);
    if allowed { Ok(()) } else { Err(found.refusal()) }
}

/// A sandbox has one branch only, the default one.
fn check_ref(call: &Call<'_>, home: Home<'_>) -> Result<(), Problem> {
    let Some(reference) = call.incoming.query("ref").filter(|reference| !reference.is_empty()) else {
        return Ok(());
    };
    let branch = reference.strip_prefix("refs/heads/").unwrap_or(reference);
    if branch == home.repository.default_branch {
        return Ok(());
    }
    Err(Problem::new(StatusCode::NOT_FOUND, format!("No commit found for the ref {reference}")))
}

fn read_file(call: &Call<'_>, place: Place<'_>, path: &str, file: &File) -> Outcome {
    if file.is_too_large() {
        let details = json!([{"resource": "Blob", "field": "data", "code": "too_large"}]);
        return Err(Problem::new(StatusCode::FORBIDDEN, TOO_LARGE).with_errors(details));
    }
    Ok(match MediaType::of(call.incoming) {
        MediaType::Raw => Answer::raw("application/vnd.github.raw+json; charset=utf-8", file.bytes.clone()),
        MediaType::Json | MediaType::Object => Answer::ok(shape::file_with_content(place, path, file)),
    })
}

const DOCUMENTATION: &str = "https://docs.github.com/rest/repos/contents#get-repository-content";

const TOO_LARGE: &str = "This API returns blobs up to 1 MB in size. The requested blob is too large to fetch via the API, but you can \
                         use the Git Data API to request blobs up to 100 MB in size.";
