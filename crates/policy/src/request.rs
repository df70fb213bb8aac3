//! What a caller asks for: the body of `POST /access_tokens`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use github_types::{
    Level, MAX_REPOSITORIES, OwnerName, Permission, PermissionSet, Repository, RepositoryList,
    RepositoryName, RepositorySelection,
};
use serde_json::{Map, Value};

/// A request for a token, normalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The account whose repositories the token shall reach.
    pub owner: OwnerName,
    /// The repositories that it shall reach.
    pub repositories: RepositorySelection,
    /// What it shall be able to do.
    pub permissions: PermissionSet,
    /// Only the decision is wanted, no token.
    pub dry_run: bool,
}

/// A body that is no request, with every problem of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", problems.join("\n"))]
pub struct BadRequest {
    /// At least one.
    pub problems: Vec<String>,
}

/// The most problems that are told of one body; more are counted.
const MOST: usize = 50;

const FIELDS: [&str; 5] = ["owner", "repositories", "permissions", "scope", "dry_run"];

impl TokenRequest {
    /// Reads a JSON body; what it leaves open is the caller's own.
    ///
    /// # Errors
    /// Every problem of the body at once.
    pub fn read(body: &Value, caller: &Repository) -> Result<Self, BadRequest> {
        let mut reader = Reader { problems: Vec::new(), untold: 0 };
        let request = reader.request(body, caller);
        let Reader { mut problems, untold } = reader;
        match request {
            Some(request) if problems.is_empty() => Ok(request),
            _ => {
                if untold > 0 {
                    problems.push(format!("and {untold} more problems"));
                }
                Err(BadRequest { problems })
            }
        }
    }
}

/// What the field `repositories` says.
enum Asked {
    Nothing,
    All,
    Some(Vec<(Option<OwnerName>, RepositoryName)>),
}

struct Reader {
    problems: Vec<String>,
    untold: usize,
}

impl Reader {
    fn problem<T>(&mut self, text: impl Into<String>) -> Option<T> {
        self.problem_with(|| text.into())
    }

    /// The same for a text that costs something to make.
    fn problem_with<T>(&mut self, text: impl FnOnce() -> String) -> Option<T> {
        if self.problems.len() < MOST {
            self.problems.push(text());
        } else {
            self.untold += 1;
        }
        None
    }

    fn request(&mut self, body: &Value, caller: &Repository) -> Option<TokenRequest> {
        let Value::Object(fields) = body else {
            return self.problem(format!("expected a JSON object, found {}", kind(body)));
        };
        for name in fields.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
            let shown: String = name.chars().take(60).collect();
            let known = FIELDS.map(|field| format!("`{field}`")).join(", ");
            self.problem::<()>(format!("unknown field `{shown}`: expected {known}"));
        }
        let permissions = self.permissions(fields.get("permissions"));
        let owner = self.owner(fields.get("owner"));
        let asked = self.repositories(fields.get("repositories"));
        let scope = self.scope(fields);
        let dry_run = self.dry_run(fields);
        let (owner, asked) = (owner?, asked?);
        let asked = if scope && matches!(asked, Asked::Nothing) { Asked::All } else { asked };
        let (owner, repositories) = self.target(owner, asked, caller)?;
        Some(TokenRequest { owner, repositories, permissions: permissions?, dry_run })
    }

    fn permissions(&mut self, field: Option<&Value>) -> Option<PermissionSet> {
        let entries = match field {
            None => {
                return self
                    .problem("`permissions` is missing: expected for example {\"contents\": \"read\"}");
            }
            Some(Value::Object(entries)) => entries,
            Some(other) => {
                return self.problem(format!("`permissions` must be an object, found {}", kind(other)));
            }
        };
        let mut set = BTreeMap::new();
        for (name, level) in entries {
            if let Some((permission, level)) = self.permission(name, level) {
                match set.entry(permission) {
                    Entry::Vacant(place) => drop(place.insert(level)),
                    Entry::Occupied(_) => {
                        self.problem::<()>(format!("permission `{permission}` is asked for twice"));
                    }
                }
            }
        }
        if entries.is_empty() {
            return self.problem("`permissions` is empty: ask for at least one");
        }
        PermissionSet::new(set).ok()
    }

    fn permission(&mut self, name: &str, level: &Value) -> Option<(Permission, Level)> {
        let permission: Permission = match name.parse() {
            Ok(permission) => permission,
            Err(error) => return self.problem_with(|| github_types::PermissionError::to_string(&error)),
        };
        let Value::String(text) = level else {
            return self
                .problem(format!("the level of `{permission}` must be a string, found {}", kind(level)));
        };
        match permission.level(text) {
            Ok(level) => Some((permission, level)),
            Err(error) => self.problem_with(|| error.to_string()),
        }
    }

    /// The owner that is asked for, if one is; none in the outer place when it is wrong.
    fn owner(&mut self, field: Option<&Value>) -> Option<Option<OwnerName>> {
        match field {
            None => Some(None),
            Some(Value::String(text)) => match text.parse() {
                Ok(owner) => Some(Some(owner)),
                Err(error) => {
                    self.problem(format!("`owner`: {}", github_types::NameError::to_string(&error)))
                }
            },
            Some(other) => self.problem(format!("`owner` must be a string, found {}", kind(other))),
        }
    }

    fn repositories(&mut self, field: Option<&Value>) -> Option<Asked> {
        let items = match field {
            None => return Some(Asked::Nothing),
            Some(Value::String(text)) if text == "ALL" => return Some(Asked::All),
            Some(Value::Array(items)) => items,
            Some(_) => return self.problem("`repositories` must be an array of names, or \"ALL\""),
        };
        if items.len() > MAX_REPOSITORIES {
            let found = items.len();
            return self
                .problem(format!("`repositories` has {found} entries: expected at most {MAX_REPOSITORIES}"));
        }
        let names: Vec<_> = items.iter().map(|item| self.repository(item)).collect();
        let names: Option<Vec<_>> = names.into_iter().collect();
        names.map(|names| if names.is_empty() { Asked::Nothing } else { Asked::Some(names) })
    }

    fn repository(&mut self, item: &Value) -> Option<(Option<OwnerName>, RepositoryName)> {
        let Value::String(text) = item else {
            return self.problem(format!("`repositories` must hold strings, found {}", kind(item)));
        };
        let name = match text.contains('/') {
            true => text.parse().map(|full: Repository| (Some(full.owner().clone()), full.name().clone())),
            false => text.parse().map(|name| (None, name)).map_err(Into::into),
        };
        name.or_else(|error| {
            let shown: String = text.chars().take(140).collect();
            self.problem(format!("repository `{shown}`: {error}")).ok_or(())
        })
        .ok()
    }

    /// Whether an old client asks for everything by `scope`.
    fn scope(&mut self, fields: &Map<String, Value>) -> bool {
        match fields.get("scope") {
            None => false,
            Some(Value::String(text)) if text == "owner" => true,
            Some(_) => self.problem("`scope` must be \"owner\" where it is given").unwrap_or_default(),
        }
    }

    fn dry_run(&mut self, fields: &Map<String, Value>) -> bool {
        match fields.get("dry_run") {
            None => false,
            Some(Value::Bool(dry_run)) => *dry_run,
            Some(other) => self
                .problem(format!("`dry_run` must be a boolean, found {}", kind(other)))
                .unwrap_or_default(),
        }
    }

    /// Brings owner and repositories together.
    fn target(
        &mut self,
        given: Option<OwnerName>,
        asked: Asked,
        caller: &Repository,
    ) -> Option<(OwnerName, RepositorySelection)> {
        match asked {
            Asked::All => Some((given.unwrap_or_else(|| caller.owner().clone()), RepositorySelection::All)),
            Asked::Nothing if given.as_ref().is_none_or(|owner| owner == caller.owner()) => {
                let own = RepositoryList::one(caller.name().clone());
                Some((given.unwrap_or_else(|| caller.owner().clone()), RepositorySelection::Listed(own)))
            }
            Asked::Nothing => self.problem(format!(
                "`owner` is not the owner of `{caller}`, which asks: name the `repositories`, or \"ALL\""
            )),
            Asked::Some(names) => {
                let named = self.one_owner(given.as_ref(), &names)?;
                let owner = given.or(named).unwrap_or_else(|| caller.owner().clone());
                let list = RepositoryList::new(names.into_iter().map(|(_, name)| name)).ok()?;
                Some((owner, RepositorySelection::Listed(list)))
            }
        }
    }

    /// The owner that the repositories are written with, if any; none in the outer place when there are two.
    fn one_owner(
        &mut self,
        given: Option<&OwnerName>,
        names: &[(Option<OwnerName>, RepositoryName)],
    ) -> Option<Option<OwnerName>> {
        let mut owners = names.iter().filter_map(|(owner, _)| owner.as_ref());
        let first = given.or_else(|| owners.next());
        match owners.find(|owner| first.is_some_and(|first| first != *owner)) {
            Some(other) => {
                let first = first.map(OwnerName::as_str).unwrap_or_default();
                self.problem(format!(
                    "a token is for one owner, found `{first}` and `{other}`: make one request for each"
                ))
            }
            None => Some(first.cloned()),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<TokenRequest, BadRequest> {
        TokenRequest::read(body, &"octo-org/app".parse().unwrap())
    }

    fn asked(body: Value) -> Value {
        let mut body = body;
        body["permissions"] = json!({"contents": "read"});
        let request = read(&body).unwrap();
        json!([request.owner, request.repositories])
    }

    fn problems(body: Value) -> Vec<String> {
        read(&body).unwrap_err().problems
    }

    #[test]
    fn what_is_left_open_is_the_callers() {
        assert_eq!(asked(json!({})), json!(["octo-org", ["app"]]));
        assert_eq!(asked(json!({"repositories": []})), json!(["octo-org", ["app"]]));
        assert_eq!(asked(json!({"owner": "OCTO-ORG"})), json!(["OCTO-ORG", ["app"]]));
        assert_eq!(asked(json!({"repositories": ["website"]})), json!(["octo-org", ["website"]]));
    }

    #[test]
    fn the_owner_may_stand_in_the_repositories() {
        assert_eq!(asked(json!({"repositories": ["hubot/a", "b", "Hubot/A"]})), json!(["hubot", ["a", "b"]]));
        assert_eq!(asked(json!({"owner": "hubot", "repositories": ["b"]})), json!(["hubot", ["b"]]));
    }

    #[test]
    fn all_is_said_in_two_ways() {
        assert_eq!(asked(json!({"repositories": "ALL"})), json!(["octo-org", "ALL"]));
        assert_eq!(asked(json!({"scope": "owner"})), json!(["octo-org", "ALL"]));
        assert_eq!(asked(json!({"owner": "hubot", "scope": "owner"})), json!(["hubot", "ALL"]));
        assert_eq!(asked(json!({"scope": "owner", "repositories": ["a"]})), json!(["octo-org", ["a"]]));
    }

    #[test]
    fn tells_every_problem_at_once() {
        let body = json!({
            "owner": "-", "repositories": ["a b", 1], "permissions": {"content": "read", "issues": "own"},
            "extra": 1, "scope": "x", "dry_run": 1,
        });
        assert_eq!(problems(body).len(), 8);
        assert_eq!(problems(json!([])), ["expected a JSON object, found an array"]);
        assert_eq!(problems(json!({})).len(), 1);
        assert_eq!(problems(json!({"permissions": {}})), ["`permissions` is empty: ask for at least one"]);
    }

    #[test]
    fn refuses_contradictions() {
        let permissions = json!({"contents": "read"});
        let two = json!({"repositories": ["a/x", "b/x"], "permissions": permissions});
        assert_eq!(problems(two), ["a token is for one owner, found `a` and `b`: make one request for each"]);
        let other = json!({"owner": "hubot", "repositories": ["a/x"], "permissions": permissions});
        assert_eq!(
            problems(other),
            ["a token is for one owner, found `hubot` and `a`: make one request for each"]
        );
        assert_eq!(problems(json!({"owner": "hubot", "permissions": permissions})).len(), 1);
        let many: Vec<String> = (0..33).map(|n| format!("r{n}")).collect();
        assert_eq!(problems(json!({"repositories": many, "permissions": permissions})).len(), 1);
        let twice = json!({"permissions": {"pull-requests": "read", "pull_requests": "write"}});
        assert_eq!(problems(twice), ["permission `pull-requests` is asked for twice"]);
    }
}
