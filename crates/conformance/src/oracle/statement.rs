//! One statement: whom it matches and what it grants.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use serde_yaml::{Mapping, Value};

use super::calendar;
use super::caller::Caller;
use super::pattern::{Wildcards, char_is_control, form_matches, is_void, value_places};
use super::permissions::{Level, Levels, add};
use super::policy::{Kind, optional, permissions, strings};

/// A valid statement.
#[derive(Debug)]
pub(super) struct Statement {
    /// Every form of every subject pattern that is not void.
    forms: Vec<String>,
    permissions: Levels,
    /// Patterns by claim name, after `${origin}`.
    claims: BTreeMap<String, Vec<String>>,
    /// Globs of target repositories; absent: all of them, and the owner.
    repositories: Option<Vec<String>>,
    expires: Option<String>,
}

impl Statement {
    /// Reads a statement; nothing where it is invalid.
    pub(super) fn read(statement: &Value, kind: Kind, origin: &str) -> Option<Self> {
        let fields = statement.as_mapping()?;
        let known = |key: &str| match key {
            "description" | "subjects" | "permissions" | "claims" | "expires" => true,
            "repositories" => kind == Kind::Owner,
            _ => false,
        };
        if !fields.keys().all(|key| key.as_str().is_some_and(known)) {
            return None;
        }
        if let Some(description) = optional(fields, "description") {
            description.as_str()?;
        }
        let subjects = strings(fields.get("subjects")?.as_sequence()?);
        Some(Self {
            forms: subjects.iter().flat_map(|subject| legacy_forms(subject, origin)).collect(),
            permissions: permissions(fields.get("permissions")?.as_mapping()?, kind),
            claims: match optional(fields, "claims") {
                None => BTreeMap::new(),
                Some(claims) => claim_patterns(claims.as_mapping()?, origin)?,
            },
            repositories: match optional(fields, "repositories") {
                None => None,
                Some(list) => Some(globs(list)?),
            },
            expires: match optional(fields, "expires") {
                None => None,
                Some(expires) => {
                    let expires = expires.as_str()?;
                    calendar::is_over(expires, (0, 0))?;
                    Some(expires.to_owned())
                }
            },
        })
    }

    /// Whether the caller, with its effective subjects, is the one this statement speaks of at the instant `now`.
    pub(super) fn matches(&self, caller: &Caller, subjects: &[String], now: (i64, u32)) -> bool {
        let over =
            self.expires.as_deref().is_some_and(|expires| calendar::is_over(expires, now) != Some(false));
        let named = self.forms.iter().any(|form| subjects.iter().any(|subject| form_matches(form, subject)));
        let claimed = self.claims.iter().all(|(name, patterns)| claim_matches(caller, name, patterns));
        !over && named && claimed
    }

    /// Whether it speaks of this target repository, or, for none, of everything the owner has.
    pub(super) fn reaches(&self, target: Option<&str>) -> bool {
        match (&self.repositories, target) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(globs), Some(target)) => globs.iter().any(|glob| glob_matches(glob, target)),
        }
    }

    /// Adds what it grants to those it matches.
    pub(super) fn grant_into(&self, levels: &mut Levels) {
        add(levels, "metadata".to_owned(), Level::Read);
        for (name, level) in &self.permissions {
            add(levels, name.clone(), *level);
        }
    }
}

/// The forms under which a statement's subject counts, `${origin}` replaced.
fn legacy_forms(subject: &str, origin: &str) -> Vec<String> {
    if is_void(subject) {
        return Vec::new();
    }
    let mut forms = vec![subject.replace("${origin}", origin)];
    if !subject.starts_with("repo:") {
        forms.extend(forms.clone().into_iter().map(|form| format!("repo:{origin}:{form}")));
    }
    let with_repository: Vec<String> = forms.iter().map(|form| prefix_workflow_paths(form, origin)).collect();
    forms.extend(with_repository);
    forms
}

/// Writes the repository before every workflow path that starts with `/`.
fn prefix_workflow_paths(form: &str, origin: &str) -> String {
    let mut key = "";
    let mut segments = Vec::new();
    for (number, segment) in form.split(':').enumerate() {
        let is_value = number % 2 == 1;
        if is_value && matches!(key, "workflow_ref" | "job_workflow_ref") && segment.starts_with('/') {
            segments.push(format!("{origin}{segment}"));
        } else {
            segments.push(segment.to_owned());
        }
        key = segment;
    }
    segments.join(":")
}

/// Patterns by claim; nothing where one entry is wrong.
fn claim_patterns(claims: &Mapping, origin: &str) -> Option<BTreeMap<String, Vec<String>>> {
    let mut patterns = BTreeMap::new();
    for (name, value) in claims {
        let name = name.as_str()?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !(1..=64).contains(&name.len()) || !name.chars().all(allowed) {
            return None;
        }
        let list = match value {
            Value::String(pattern) => vec![pattern.clone()],
            Value::Sequence(list) => {
                list.iter().map(|pattern| pattern.as_str().map(str::to_owned)).collect::<Option<_>>()?
            }
            _ => return None,
        };
        if list.is_empty() || list.iter().any(|pattern| is_void(pattern)) {
            return None;
        }
        let list = list.iter().map(|pattern| pattern.replace("${origin}", origin)).collect();
        patterns.insert(name.to_owned(), list);
    }
    (!patterns.is_empty()).then_some(patterns)
}

/// Whether the claim is there, is a plain value, and matches one of the patterns.
fn claim_matches(caller: &Caller, name: &str, patterns: &[String]) -> bool {
    let value = match caller.claims.get(name) {
        Some(Json::String(text)) => text.clone(),
        Some(value @ (Json::Number(_) | Json::Bool(_))) => value.to_string(),
        _ => return false,
    };
    let places = value_places(name, &value);
    let matches = |pattern: &String| Wildcards::new(pattern).match_whole(&value, &places);
    !value.chars().any(char_is_control) && patterns.iter().any(matches)
}

/// Globs of repository names; nothing where one entry cannot be one.
fn globs(list: &Value) -> Option<Vec<String>> {
    let list: Option<Vec<String>> =
        list.as_sequence()?.iter().map(|glob| glob.as_str().map(str::to_owned)).collect();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '*' | '?');
    list.filter(|globs| globs.iter().all(|glob| (1..=100).contains(&glob.len()) && glob.chars().all(allowed)))
}

/// Whether the repository's name matches the glob, letter case ignored.
fn glob_matches(glob: &str, name: &str) -> bool {
    // A name has no `:`, so the wildcards of subjects are the wildcards of globs.
    Wildcards::new(glob).match_whole(name, &vec![true; name.chars().count()])
}
