//! How files and directories look in JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::tree::{Entry, tree_sha};
use crate::world::{File, Home};

/// The repository that a path is in, and where the sandbox is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'p> {
    pub(crate) url: &'p str,
    pub(crate) home: Home<'p>,
}

/// A directory as a list.
pub(super) fn directory(place: Place<'_>, path: &str, entries: &[Entry<'_>]) -> Value {
    let entry = |entry: &Entry<'_>| match entry {
        Entry::File { name, file } => file_entry(place, &join(path, name), file),
        Entry::Directory { name, sha } => directory_entry(place, &join(path, name), sha),
    };
    entries.iter().map(entry).collect()
}

/// A directory as an object with its list in `entries`.
pub(super) fn directory_object(place: Place<'_>, path: &str, entries: &[Entry<'_>]) -> Value {
    let mut body = directory_entry(place, path, &tree_sha(entries));
    if let Value::Object(body) = &mut body {
        body.insert("entries".into(), directory(place, path, entries));
    }
    body
}

/// A file with its content.
pub(super) fn file_with_content(place: Place<'_>, path: &str, file: &File) -> Value {
    let mut body = file_entry(place, path, file);
    if let Value::Object(body) = &mut body {
        body.insert("content".into(), in_lines(&STANDARD.encode(&file.bytes)).into());
        body.insert("encoding".into(), "base64".into());
    }
    body
}

/// A file without its content.
pub(crate) fn file_entry(place: Place<'_>, path: &str, file: &File) -> Value {
    let download = format!(
        "{}/raw/{}/{}/{path}",
        place.url,
        place.home.full_name(),
        place.home.repository.default_branch
    );
    entry(place, path, ("file", "blob", &file.sha), file.size, json!(download))
}

fn directory_entry(place: Place<'_>, path: &str, sha: &str) -> Value {
    entry(place, path, ("dir", "tree", sha), 0, Value::Null)
}

fn entry(place: Place<'_>, path: &str, what: (&str, &str, &str), size: u64, download: Value) -> Value {
    let (kind, object, sha) = what;
    let full_name = place.home.full_name();
    let branch = &place.home.repository.default_branch;
    let api = format!("{}/repos/{full_name}/contents/{path}?ref={branch}", place.url);
    let git = format!("{}/repos/{full_name}/git/{object}s/{sha}", place.url);
    let html = format!("{}/{full_name}/{object}/{branch}/{path}", place.url);
    let mut body = Map::new();
    body.insert("name".into(), path.rsplit('/').next().into());
    body.insert("path".into(), path.into());
    body.insert("sha".into(), sha.into());
    body.insert("size".into(), size.into());
    body.insert("type".into(), kind.into());
    body.insert("_links".into(), json!({"self": api, "git": git, "html": html}));
    body.insert("url".into(), api.into());
    body.insert("git_url".into(), git.into());
    body.insert("html_url".into(), html.into());
    body.insert("download_url".into(), download);
    Value::Object(body)
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") }
}

/// GitHub breaks base64 after every 60 characters.
fn in_lines(base64: &str) -> String {
    let mut text = String::with_capacity(base64.len() + base64.len() / 60 + 1);
    for (index, character) in base64.chars().enumerate() {
        if index > 0 && index % 60 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push('\n');
    text
}
