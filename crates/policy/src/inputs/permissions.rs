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
    let Some((name, level)) = entry.split_once(':') else {
        let problem = InputProblem::new(INPUT, format!("{EXPECTED}, found `{shown}`"));
        return Err(match suggestion(entry) {
            Some(meant) => problem.with_help(format!("did you mean `{meant}`?")),
            None => problem,
        });
    };
    let (name, level) = (words(name), words(level));
    let permission: Permission =
        name.parse().map_err(|error: PermissionError| InputProblem::new(INPUT, error.to_string()))?;
    let level = permission.level(&level);
    let level = level.map_err(|error| InputProblem::new(INPUT, error.to_string()))?;
    Ok((permission, level))
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
