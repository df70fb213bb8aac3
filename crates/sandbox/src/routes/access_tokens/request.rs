//! What the body of a token request asks for, and whether the installation may give it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::answer::Problem;
use crate::permissions::{Level, levels_of};
use crate::world::{Account, Home, Installation, Name};

/// A body of the right shape. An empty list or mapping means the same as an absent one: everything.
#[derive(Debug, Default)]
pub(super) struct Request {
    permissions: BTreeMap<String, Level>,
    names: Vec<String>,
    ids: Vec<u64>,
}

/// Checks the shape of the body as GitHub does before anything else.
pub(super) fn read(body: &Map<String, Value>) -> Result<Request, Problem> {
    let mut request = Request::default();
    for (key, value) in body {
        match (key.as_str(), value) {
            (_, Value::Null) => {}
            ("permissions", Value::Object(permissions)) => {
                for (name, level) in permissions {
                    request.permissions.insert(name.clone(), read_level(name, level)?);
                }
            }
            ("repositories", Value::Array(names)) => {
                for name in names {
                    let name = name.as_str().ok_or_else(|| wrong_type(key, name, "string"))?;
                    request.names.push(name.to_owned());
                }
            }
            ("repository_ids", Value::Array(ids)) => {
                for id in ids {
                    request.ids.push(id.as_u64().ok_or_else(|| wrong_type(key, id, "integer"))?);
                }
            }
            ("permissions", value) => return Err(wrong_type(key, value, "object")),
            ("repositories" | "repository_ids", value) => return Err(wrong_type(key, value, "array")),
            _ => return Err(Problem::invalid_request(&format!("\"{key}\" is not a permitted key."))),
        }
    }
    if request.names.len() + request.ids.len() > REPOSITORY_LIMIT {
        return Err(Problem::invalid_request(&format!(
            "No more than {REPOSITORY_LIMIT} repositories can be listed; {} were supplied.",
            request.names.len() + request.ids.len()
        )));
    }
    Ok(request)
}

fn read_level(permission: &str, level: &Value) -> Result<Level, Problem> {
    let levels = levels_of(permission).ok_or_else(|| {
        Problem::invalid_request(&format!(
            "For 'properties/permissions', \"{permission}\" is not a permitted key."
        ))
    })?;
    let found = levels.iter().find(|one| level.as_str() == Some(one.as_str())).copied();
    found.ok_or_else(|| {
        let known: Vec<_> = levels.iter().map(|level| format!("\"{}\"", level.as_str())).collect();
        Problem::invalid_request(&format!(
            "For 'properties/{permission}', {level} is not a member of [{}].",
            known.join(", ")
        ))
    })
}

fn wrong_type(key: &str, value: &Value, expected: &str) -> Problem {
    let article = if expected == "string" { "a" } else { "an" };
    Problem::invalid_request(&format!("For 'properties/{key}', {value} is not {article} {expected}."))
}

impl Request {
    /// The permissions of the token, `metadata: read` among them.
    pub(super) fn permissions(
        &self,
        installation: &Installation,
    ) -> Result<BTreeMap<String, Level>, Problem> {
        if self.permissions.is_empty() {
            return Ok(installation.all_permissions());
        }
        let granted = |(name, level): (&String, &Level)| installation.level(name) >= Some(*level);
        if !self.permissions.iter().all(granted) {
            return Err(Problem::unprocessable(
                "The permissions requested are not granted to this installation.",
            ));
        }
        let mut permissions = self.permissions.clone();
        permissions.entry("metadata".into()).or_insert(Level::Read);
        Ok(permissions)
    }

    /// The repositories that the token is limited to; `None` for all.
    pub(super) fn repositories<'w>(
        &self,
        account: Account<'w>,
        installation: &'w Installation,
    ) -> Result<Option<Vec<Home<'w>>>, Problem> {
        if self.names.is_empty() && self.ids.is_empty() {
            return Ok(None);
        }
        let by_name = self.names.iter().map(|name| account.repository(name));
        let by_id = self.ids.iter().map(|id| account.repositories().find(|home| home.id() == *id));
        let mut homes: BTreeMap<Name, Home<'w>> = BTreeMap::new();
        for home in by_name.chain(by_id) {
            let home = home.filter(|home| home.is_in(installation)).ok_or_else(|| {
                Problem::unprocessable(
                    "There is at least one repository that does not exist or is not accessible to the parent installation.",
                )
            })?;
            homes.insert(Name::from(home.name), home);
        }
        Ok(Some(homes.into_values().collect()))
    }
}

/// How many repositories a token can be limited to.
const REPOSITORY_LIMIT: usize = 500;
