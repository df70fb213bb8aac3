//! Behaviour as data: the cases under `cases/`.
//!
//! A file is `{note, base, cases}`; a case is `{note, …, want}` where `…` are fields of a scenario, merged over the file's
//! `base`, which is merged over `cases/base.yaml`. In a merge mappings merge, everything else replaces, and `null`
//! removes. Three mappings with a single key stand for a value that is awkward to write:
//!
//! - `{literal: VALUE}` is that value, not merged (so `{literal: null}` is a `null` that stays);
//! - `{generate: [PART, …]}` is one long text; a part is a text or `{repeat: TEXT, times: N}`;
//! - `{generate: {list: TEXT, times: N}}` is a list of texts in which `{n}` counts from 1.
//!
//! `fill: {NAME: VALUE}` puts the value, as JSON, in place of `<NAME>` in the policies.

mod http;
mod merge;
mod want;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

pub use http::{HttpCase, Request, Signature, Token, Want, http};
pub use merge::merge;
pub use want::{comparable, differences};

/// Fields of a case that belong to its scenario.
const SCENARIO: [&str; 6] =
    ["now", "claims", "request", "installation", "owner_policy", "repository_policies"];

/// One scenario and what every engine must answer.
#[derive(Debug, Clone)]
pub struct Case {
    /// The file, below `cases/`, and the case's note.
    pub name: String,
    /// The complete scenario.
    pub scenario: Value,
    /// The expected answer; [`differences`] compares it.
    pub want: Value,
}

/// A case file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or folder could not be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not YAML of the right shape.
    #[error("cannot understand `{}`", path.display())]
    Shape {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: serde_yaml::Error,
    },
    /// A case says something that has no meaning.
    #[error("in `{case}`: {problem}")]
    Meaning {
        /// The file and the case's note.
        case: String,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    note: String,
    #[serde(default)]
    base: Value,
    cases: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    note: String,
    want: Value,
    #[serde(default)]
    fill: Map<String, Value>,
    #[serde(flatten)]
    scenario: Map<String, Value>,
}

/// All behaviour cases of this crate, in the order of their files.
///
/// # Errors
/// The first file that cannot be read or understood.
pub fn behaviour() -> Result<Vec<Case>, LoadError> {
    let root = folder();
    let base: Value = parse(&root.join("base.yaml"))?;
    let mut cases = Vec::new();
    for path in files(&root)? {
        let file_name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
        if file_name == "base.yaml" || file_name.starts_with("http") {
            continue;
        }
        let file: File = parse(&path)?;
        let base = merge::merge(base.clone(), file.base);
        for entry in file.cases {
            let name = format!("{file_name}: {}: {}", file.note.trim_end_matches('.'), entry.note);
            let case = complete(entry, base.clone(), name.clone());
            cases.push(case.map_err(|problem| LoadError::Meaning { case: name, problem })?);
        }
    }
    Ok(cases)
}

/// The scenario that every case starts from: a caller who is granted what it asks.
///
/// # Errors
/// The file cannot be read or understood.
pub fn base() -> Result<Value, LoadError> {
    parse(&folder().join("base.yaml"))
}

/// Where the cases are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

fn complete(entry: Entry, base: Value, name: String) -> Result<Case, String> {
    if let Some(unknown) = entry.scenario.keys().find(|key| !SCENARIO.contains(&key.as_str())) {
        return Err(format!("unknown field `{unknown}`"));
    }
    let merged = merge::merge(base, Value::Object(entry.scenario));
    let mut scenario = merge::expand(merged)?;
    merge::fill(&mut scenario, entry.fill)?;
    Ok(Case { name, scenario, want: entry.want })
}

/// Reads one YAML file.
fn parse<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, LoadError> {
    let text =
        fs::read_to_string(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
    serde_yaml::from_str(&text).map_err(|source| LoadError::Shape { path: path.to_owned(), source })
}

/// All YAML files below a folder, sorted by path.
fn files(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let cannot = |source| LoadError::Read { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
