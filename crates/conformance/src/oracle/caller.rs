//! Who asks: the claims a decision needs, or why they are not usable.

use serde_json::{Map, Value};

use super::names::{is_owner, is_repository};

/// Claims that must be strings where they are present.
const KNOWN: [&str; 11] = [
    "sub",
    "repository",
    "repository_owner",
    "repository_id",
    "repository_owner_id",
    "ref",
    "workflow_ref",
    "job_workflow_ref",
    "environment",
    "event_name",
    "actor",
];

/// The caller as its claims describe it; an empty optional claim counts as absent.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) sub: String,
    /// Owner part of the claim `repository`, as spelled there.
    pub(super) owner: String,
    /// Name part of the claim `repository`, as spelled there.
    pub(super) name: String,
    pub(super) owner_id: Option<String>,
    pub(super) repository_id: Option<String>,
    pub(super) git_ref: Option<String>,
    pub(super) workflow_ref: Option<String>,
    pub(super) job_workflow_ref: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) event_name: Option<String>,
    /// Every claim, for the `claims` of statements.
    pub(super) claims: Map<String, Value>,
}

impl Caller {
    /// Reads the claims; an error says what makes them unusable.
    pub(super) fn read(claims: &Map<String, Value>) -> Result<Self, String> {
        for name in KNOWN {
            if !matches!(claims.get(name), None | Some(Value::Null | Value::String(_))) {
                return Err(format!("claim `{name}` is not a string"));
            }
        }
        let optional = |name: &str| {
            claims.get(name).and_then(Value::as_str).filter(|value| !value.is_empty()).map(str::to_owned)
        };
        let required = |name: &str| optional(name).ok_or_else(|| format!("claim `{name}` is missing"));
        let id = |name: &str| match optional(name) {
            Some(id) if !id.chars().all(|c| c.is_ascii_digit()) => {
                Err(format!("claim `{name}` is not a number"))
            }
            id => Ok(id),
        };

        let sub = required("sub")?;
        let repository = required("repository")?;
        let repository_owner = required("repository_owner")?;
        let (owner, name) = repository.split_once('/').ok_or("claim `repository` is not `OWNER/NAME`")?;
        if !is_owner(owner) || !is_repository(name) {
            return Err("claim `repository` is not `OWNER/NAME`".to_owned());
        }
        if !owner.eq_ignore_ascii_case(&repository_owner) {
            return Err("claim `repository` is not of `repository_owner`".to_owned());
        }
        Ok(Self {
            sub,
            owner: owner.to_owned(),
            name: name.to_owned(),
            owner_id: id("repository_owner_id")?,
            repository_id: id("repository_id")?,
            git_ref: optional("ref"),
            workflow_ref: optional("workflow_ref"),
            job_workflow_ref: optional("job_workflow_ref"),
            environment: optional("environment"),
            event_name: optional("event_name"),
            claims: claims.clone(),
        })
    }

    /// Whether `sub` itself names the repository with its ids: `repo:OWNER@DIGITS/NAME@DIGITS`.
    pub(super) fn is_immutable(&self) -> bool {
        let mut segments = self.sub.split(':');
        let is_repo = segments.next() == Some("repo");
        let halves = segments.next().and_then(|value| value.split_once('/'));
        is_repo && halves.is_some_and(|(owner, name)| ends_in_id(owner) && ends_in_id(name))
    }
}

fn ends_in_id(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(name, id)| {
        !name.is_empty() && !id.is_empty() && id.chars().all(|c| c.is_ascii_digit())
    })
}
