//! The request's body, normalised, or everything that is wrong with it.

use serde_json::{Map, Value};

use super::caller::Caller;
use super::names::{is_owner, is_repository};
use super::permissions::{Levels, read_entry};

/// Most repositories of one request, as written.
const MOST_REPOSITORIES: usize = 32;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Request {
    /// As the request spelled it.
    pub(super) owner: String,
    pub(super) target: Target,
    /// Never empty.
    pub(super) permissions: Levels,
}

/// Where it is asked for.
#[derive(Debug)]
pub(super) enum Target {
    /// Every repository of the owner.
    All,
    /// These, by name: at least one, no two alike but for letter case.
    Repositories(Vec<String>),
}

/// A repository as the request has it.
struct Named {
    owner: Option<String>,
    name: String,
}

impl Request {
    /// Reads the body; an error lists every problem.
    pub(super) fn read(body: &Value, caller: &Caller) -> Result<Self, Vec<String>> {
        let Some(fields) = body.as_object() else { return Err(vec!["body is not an object".to_owned()]) };
        let mut problems: Vec<String> = fields
            .keys()
            .filter(|key| {
                !["owner", "repositories", "permissions", "scope", "dry_run"].contains(&key.as_str())
            })
            .map(|key| format!("unknown field `{key}`"))
            .collect();
        if !matches!(fields.get("dry_run"), None | Some(Value::Bool(_))) {
            problems.push("`dry_run` is not a boolean".to_owned());
        }
        let permissions = permissions(fields, &mut problems);
        let owner = owner(fields, &mut problems);
        let mut all = fields.get("repositories").is_some_and(|value| value == "ALL");
        let named = if all { Vec::new() } else { repositories(fields, &mut problems) };
        match fields.get("scope") {
            None => {}
            Some(scope) if scope == "owner" => all = all || named.is_empty(),
            Some(scope) => problems.push(format!("unknown scope `{scope}`")),
        }

        let common_owner = one_owner(&named, owner.as_deref(), &mut problems);
        let owner = owner.or(common_owner).unwrap_or_else(|| caller.owner.clone());
        let nothing_named = !all && named.is_empty();
        if nothing_named && !owner.eq_ignore_ascii_case(&caller.owner) {
            problems.push(format!("`repositories` is needed for the owner `{owner}`"));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let target = if all {
            Target::All
        } else if nothing_named {
            Target::Repositories(vec![caller.name.clone()])
        } else {
            Target::Repositories(without_duplicates(named))
        };
        Ok(Self { owner, target, permissions })
    }
}

fn permissions(fields: &Map<String, Value>, problems: &mut Vec<String>) -> Levels {
    let mut levels = Levels::new();
    let Some(entries) = fields.get("permissions").and_then(Value::as_object) else {
        problems.push("`permissions` is not an object".to_owned());
        return levels;
    };
    if entries.is_empty() {
        problems.push("`permissions` is empty".to_owned());
    }
    for (name, level) in entries {
        let Some(level) = level.as_str() else {
            problems.push(format!("level of `{name}` is not a string"));
            continue;
        };
        match read_entry(name, level) {
            Ok((kebab, _)) if levels.contains_key(&kebab) => {
                problems.push(format!("`{name}` is given twice"));
            }
            Ok((kebab, level)) => drop(levels.insert(kebab, level)),
            Err(wrong) => problems.push(format!("`{wrong}` is unknown in `{name}: {level}`")),
        }
    }
    levels
}

fn owner(fields: &Map<String, Value>, problems: &mut Vec<String>) -> Option<String> {
    match fields.get("owner") {
        None => None,
        Some(Value::String(owner)) if is_owner(owner) => Some(owner.clone()),
        Some(other) => {
            problems.push(format!("`owner` cannot be `{other}`"));
            None
        }
    }
}

fn repositories(fields: &Map<String, Value>, problems: &mut Vec<String>) -> Vec<Named> {
    let list = match fields.get("repositories") {
        None => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(other) => {
            problems.push(format!("`repositories` cannot be `{other}`"));
            return Vec::new();
        }
    };
    if list.len() > MOST_REPOSITORIES {
        problems.push(format!("more than {MOST_REPOSITORIES} `repositories`"));
    }
    let mut named = Vec::new();
    for entry in list {
        let text = entry.as_str().unwrap_or_default();
        let (owner, name) = match text.split_once('/') {
            Some((owner, name)) => (Some(owner.to_owned()), name),
            None => (None, text),
        };
        if !is_repository(name) || !owner.as_deref().is_none_or(is_owner) {
            problems.push(format!("`{entry}` is not a repository"));
        }
        named.push(Named { owner, name: name.to_owned() });
    }
    named
}

/// The first owner written in the names; a problem where there are several, or another than the request's.
fn one_owner(entries: &[Named], owner: Option<&str>, problems: &mut Vec<String>) -> Option<String> {
    let mut owners = entries.iter().filter_map(|entry| entry.owner.as_deref());
    let first = owners.clone().next()?;
    let wanted = owner.unwrap_or(first);
    if let Some(other) = owners.find(|other| !other.eq_ignore_ascii_case(wanted)) {
        problems.push(format!("repositories of `{other}` and `{wanted}` together"));
    }
    Some(first.to_owned())
}

fn without_duplicates(entries: Vec<Named>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for Named { name, .. } in entries {
        if !names.iter().any(|held| held.eq_ignore_ascii_case(&name)) {
            names.push(name);
        }
    }
    names
}
