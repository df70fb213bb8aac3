//! The claims of a GitHub Actions OIDC token.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Repository;

/// What an Actions OIDC token says of the job that asks.
///
/// Plain claims: whether anybody vouches for them is not this type's business. Source of the names:
/// GitHub's OpenID Connect reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    sub: String,
    repository: Repository,
    repository_id: Option<String>,
    repository_owner_id: Option<String>,
    /// Every claim that has a text form, the ones above included.
    texts: BTreeMap<String, String>,
}

/// Claims that do not say who asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// A claim that every Actions token carries is absent.
    #[error("the token has no claim `{0}`")]
    Missing(&'static str),
    /// A claim has another type than GitHub gives it.
    #[error("the claim `{0}` is not a string")]
    NotAString(&'static str),
    /// An id is not a decimal number.
    #[error("the claim `{0}` is not a decimal number")]
    NotAnId(&'static str),
    /// `repository` is no full name.
    #[error("the claim `repository` is not `owner/name`")]
    Repository,
    /// `repository` lies in another account than `repository_owner` says.
    #[error("the claims `repository` and `repository_owner` disagree")]
    Owner,
}

/// The claims that deciding relies on; all are strings in GitHub's tokens.
const STRINGS: [&str; 11] = [
    "actor",
    "environment",
    "event_name",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "sub",
    "workflow_ref",
];

impl Claims {
    /// Reads the payload of a token.
    ///
    /// # Errors
    /// When a claim that names the caller is missing or malformed. An optional claim that is absent, `null` or
    /// empty is fine.
    pub fn new(payload: &Map<String, Value>) -> Result<Self, ClaimsError> {
        for name in STRINGS {
            match payload.get(name) {
                None | Some(Value::Null | Value::String(_)) => {}
                Some(_) => return Err(ClaimsError::NotAString(name)),
            }
        }
        let repository: Repository =
            required(payload, "repository")?.parse().map_err(|_| ClaimsError::Repository)?;
        let owner = required(payload, "repository_owner")?;
        if !repository.owner().as_str().eq_ignore_ascii_case(owner) {
            return Err(ClaimsError::Owner);
        }
        Ok(Self {
            sub: required(payload, "sub")?.to_owned(),
            repository,
            repository_id: id(payload, "repository_id")?,
            repository_owner_id: id(payload, "repository_owner_id")?,
            texts: payload.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect(),
        })
    }

    /// The subject as the token has it.
    pub fn sub(&self) -> &str {
        &self.sub
    }

    /// The repository whose workflow asks.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The ids of the repository's owner and of the repository, in this order, when the token has both.
    pub fn ids(&self) -> Option<(&str, &str)> {
        Some((self.repository_owner_id.as_deref()?, self.repository_id.as_deref()?))
    }

    /// The text of an optional claim; absent when it is empty.
    pub fn optional(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|text| !text.is_empty())
    }

    /// The text of any claim: a string as it is, a number or boolean in its JSON spelling.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }
}

fn string<'a>(payload: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    payload.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn required<'a>(payload: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, ClaimsError> {
    string(payload, name).ok_or(ClaimsError::Missing(name))
}

fn id(payload: &Map<String, Value>, name: &'static str) -> Result<Option<String>, ClaimsError> {
    match string(payload, name) {
        Some(text) if !text.bytes().all(|byte| byte.is_ascii_digit()) => Err(ClaimsError::NotAnId(name)),
        text => Ok(text.map(str::to_owned)),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(change: impl FnOnce(&mut Map<String, Value>)) -> Result<Claims, ClaimsError> {
        let mut payload = json!({
            "sub": "repo:octo-org/app:ref:refs/heads/main",
            "repository": "octo-org/app",
            "repository_owner": "octo-org",
            "repository_id": "74",
            "repository_owner_id": "65",
            "iat": 1_700_000_000,
            "ref_protected": "true",
        });
        change(payload.as_object_mut().unwrap());
        Claims::new(payload.as_object().unwrap())
    }

    #[test]
    fn reads_who_asks() {
        let claims = read(|_| {}).unwrap();
        assert_eq!(claims.sub(), "repo:octo-org/app:ref:refs/heads/main");
        assert_eq!(claims.repository().to_string(), "octo-org/app");
        assert_eq!(claims.ids(), Some(("65", "74")));
        assert_eq!(claims.get("ref_protected"), Some("true"));
        assert_eq!(claims.get("iat"), Some("1700000000"));
    }

    #[test]
    fn refuses_a_token_that_does_not_say_who_asks() {
        for name in ["sub", "repository", "repository_owner"] {
            let missing = Err(ClaimsError::Missing(name));
            assert_eq!(read(|claims| drop(claims.remove(name))), missing);
            assert_eq!(read(|claims| drop(claims.insert(name.into(), json!("")))), missing);
            assert_eq!(read(|claims| drop(claims.insert(name.into(), json!(null)))), missing);
            let number = read(|claims| drop(claims.insert(name.into(), json!(1))));
            assert_eq!(number, Err(ClaimsError::NotAString(name)));
        }
    }

    #[test]
    fn refuses_claims_that_contradict_each_other() {
        let owner = read(|claims| drop(claims.insert("repository_owner".into(), json!("hubot"))));
        assert_eq!(owner, Err(ClaimsError::Owner));
        let repository = read(|claims| drop(claims.insert("repository".into(), json!("app"))));
        assert_eq!(repository, Err(ClaimsError::Repository));
    }

    #[test]
    fn does_without_optional_claims() {
        let claims = read(|claims| {
            claims.remove("repository_id");
            claims.insert("environment".into(), json!(""));
            claims.insert("ref".into(), json!(null));
        })
        .unwrap();
        assert_eq!(claims.ids(), None);
        assert_eq!(claims.optional("environment"), None);
        assert_eq!(claims.optional("ref"), None);
    }

    #[test]
    fn refuses_ids_that_are_no_numbers() {
        let id = read(|claims| drop(claims.insert("repository_id".into(), json!("7:ref"))));
        assert_eq!(id, Err(ClaimsError::NotAnId("repository_id")));
    }
}
