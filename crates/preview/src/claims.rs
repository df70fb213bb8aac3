//! The claims that GitHub gives a job, as far as they follow from others.

use serde_json::{Map, Value};

/// The subject that GitHub gives a job unless its owner customizes it: by its environment, or as one of a pull
/// request, or by its ref. Source: GitHub's "OpenID Connect reference".
pub fn subject(claims: &Map<String, Value>) -> String {
    let repository = text(claims, "repository");
    let escaped = |name| text(claims, name).replace(':', "%3A");
    if !text(claims, "environment").is_empty() {
        format!("repo:{repository}:environment:{}", escaped("environment"))
    } else if text(claims, "event_name").starts_with("pull_request") {
        format!("repo:{repository}:pull_request")
    } else {
        format!("repo:{repository}:ref:{}", escaped("ref"))
    }
}

/// The claims with what GitHub always has, as far as it was left out.
pub(crate) fn completed(claims: &Map<String, Value>) -> Map<String, Value> {
    let mut claims = claims.clone();
    let owner = text(&claims, "repository").split('/').next().unwrap_or_default().to_owned();
    claims.entry("repository_owner").or_insert(owner.into());
    claims.entry("event_name").or_insert("push".into());
    if !text(&claims, "event_name").starts_with("pull_request") {
        claims.entry("ref").or_insert("refs/heads/main".into());
    }
    let subject = subject(&claims);
    claims.entry("sub").or_insert(subject.into());
    claims
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> &'a str {
    claims.get(name).and_then(Value::as_str).unwrap_or_default()
}
