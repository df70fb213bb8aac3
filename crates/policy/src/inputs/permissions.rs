//! The input `permissions`.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use github_types::{Level, Permission, PermissionError};
use serde_json::Value;

use super::InputProblem;
use super::entries::{entries, unquoted};

const INPUT: &str = "permissions";
const EXPECTED: &str = "expected permissions such as `contents: read`, each on a line or with commas between";

/// Reads a YAML mapping, a JSON object, or a list with commas or line breaks; names come out in kebab-case.
pub(super) fn read(text: &str) -> Result<Value, Vec<InputProblem>> {
    let inner = text.trim();
    let inner = inner.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(inner);
    let mut set: BTreeMap<Permission, Level> = BTreeMap::new();
    let mut problems = Vec::new();
    for entry in entries(inner) {
        match permission(entry) {
            Ok((permission, level)) => match set.entry(permission) {
                Entry::Vacant(place) => drop(place.insert(level)),
                Entry::Occupied(place) if *place.get() == level => {}
                Entry::Occupied(place) => problems.push(InputProblem::new(
                    INPUT,
                    format!(
                        "`{permission}` is listed twice with different levels, `{}` and `{level}`",
                        place.get()
                    ),
                )),
            },
            Err(problem) => problems.push(problem),
        }
    }
    if set.is_empty() && problems.is_empty() {
        let help = "for example:\n  permissions: |\n    contents: read";
        problems.push(InputProblem::new(INPUT, format!("{EXPECTED}, found nothing")).with_help(help));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(set.into_iter().map(|(name, level)| (name.to_string(), Value::from(level.to_string()))).collect())
}

fn permission(entry: &str) -> Result<(Permission, Level), InputProblem> {
    let shown: String = entry.chars().take(60).collect();
    let no_entry = || InputProblem::new(INPUT, format!("{EXPECTED}, found `{shown}`"));
    let Some((name, level)) = entry.split_once(':') else {
        return Err(match suggestion(entry) {
            Some(meant) => no_entry().with_help(format!("did you mean `{meant}`?")),
            None => no_entry(),
        });
    };
    let (name, level) = (words(name), words(level));
    if name.is_empty() {
        return Err(no_entry());
    }
    let permission: Permission = name.parse().map_err(|error| unknown(&name, &error))?;
    let level = permission.level(&level).map_err(|error| {
        let problem = InputProblem::new(INPUT, error.to_string());
        match level.as_str() {
            // A level in the `permissions` of a job.
            "none" => {
                problem.with_help(format!("leave `{permission}` out: the token has only what is listed"))
            }
            _ => problem,
        }
    })?;
    Ok((permission, level))
}

/// What is no permission here, but a word in the `permissions` of a job or in another action.
fn unknown(name: &str, error: &PermissionError) -> InputProblem {
    let problem = InputProblem::new(INPUT, error.to_string());
    match name.replace('_', "-").as_str() {
        "permissions" => problem.with_help("leave out `permissions:`, the input is what stands below it"),
        "id-token" => problem.with_help("it belongs into the `permissions` of the job, not into this input"),
        name => match name.strip_prefix("permission-").map(str::parse::<Permission>) {
            Some(Ok(meant)) => InputProblem::new(INPUT, format!("{error}: did you mean `{meant}`?")),
            _ => problem,
        },
    }
}

/// A name or a level as it is sent. Workflows may write it in any letter case, and names with spaces, as GitHub's own
/// pages do: `Pull requests`.
fn words(text: &str) -> String {
    unquoted(text).split_whitespace().collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

/// What an entry without a colon may be meant to say: `contents=read`, `contents read`, or a name alone.
fn suggestion(entry: &str) -> Option<String> {
    let (name, level) = entry.rsplit_once(['=', ' ']).unwrap_or((entry, ""));
    let permission: Permission = words(name).parse().or_else(|_| words(entry).parse()).ok()?;
    let level = permission.level(&words(level)).ok().or_else(|| permission.levels().first().copied())?;
    Some(format!("{permission}: {level}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_every_form() {
        let expected = json!({"contents": "write", "pull-requests": "read"});
        for text in [
            "contents: write\npull-requests: read\n",
            "contents:write, pull_requests: read",
            "Contents: Write\nPULL_REQUESTS: READ",
            "{\"contents\": \"write\", \"pull_requests\": \"read\"}",
            "{contents: write, pull-requests: read}",
            "# why\ncontents: write # to push\n\npull-requests: 'read'",
            "- contents: write\n- pull-requests: read",
        ] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn names_what_is_wrong() {
        let messages = |text: &str| -> Vec<String> {
            read(text).unwrap_err().into_iter().map(|problem| problem.message).collect()
        };
        assert_eq!(
            messages("content: read, contents: own, secrets"),
            [
                "unknown permission `content`: did you mean `contents`?",
                "`contents` has no level `own`: expected `read` or `write`",
                "expected permissions such as `contents: read`, each on a line or with commas between, found `secrets`",
            ]
        );
        assert_eq!(
            messages("issues: read, issues: write"),
            ["`issues` is listed twice with different levels, `read` and `write`"]
        );
        assert!(messages("  ")[0].ends_with("found nothing"));
        assert!(!messages("[contents]").is_empty());
    }
}
