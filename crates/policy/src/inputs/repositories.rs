//! The inputs `repository`, `repositories` and `scope`.

use github_types::{MAX_REPOSITORIES, Repository, RepositoryError, RepositoryName};
use serde_json::Value;

use super::entries::{entries, unquoted};
use super::{InputProblem, Inputs};
use crate::bare_name::bare_name;

/// The field `repositories` of the request; none when nothing is said.
pub(super) fn read(inputs: &Inputs) -> Result<Option<Value>, Vec<InputProblem>> {
    // No name has a space in it, so that spaces may stand between names, too.
    let list: Vec<&str> =
        entries(&inputs.repositories).into_iter().flat_map(str::split_whitespace).map(unquoted).collect();
    let single = unquoted(&inputs.repository);
    let scope = scope(&inputs.scope).map_err(|problem| vec![problem])?;
    refuse_empty_list(&inputs.repositories, &list).map_err(|problem| vec![problem])?;
    refuse_list(single).map_err(|problem| vec![problem])?;
    if list.iter().any(|entry| entry.eq_ignore_ascii_case("all")) {
        return everything(&list, single).map_err(|problem| vec![problem]);
    }

    let mut problems: Vec<InputProblem> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let written =
        [("repository", single)].into_iter().chain(list.into_iter().map(|name| ("repositories", name)));
    let owner = written.clone().find_map(|(_, name)| name.split_once('/')).map_or("", |(owner, _)| owner);
    for (input, name) in written.filter(|(_, name)| !name.is_empty()) {
        match check(name) {
            Ok(()) => add(&mut names, name, owner),
            Err(message) => {
                let problem = InputProblem::new(input, message);
                problems.push(match meant(name) {
                    Some(meant) => problem.with_help(format!("did you mean `{meant}`?")),
                    None => problem,
                });
            }
        }
        if names.len() > MAX_REPOSITORIES {
            let message = format!("expected at most {MAX_REPOSITORIES} repositories, found more");
            problems.push(InputProblem::new("repositories", message).with_help(
                "split them over several steps, or ask for `ALL` where the owner policy allows it",
            ));
            break;
        }
    }
    match (problems.is_empty(), names.is_empty()) {
        (false, _) => Err(problems),
        (true, true) => Ok(scope.then(|| "ALL".into())),
        (true, false) => Ok(Some(names.into())),
    }
}

/// Adds a name that is not among them yet. One without an owner is of this one, as all of a request are of one; with it
/// the name says more.
fn add<'a>(names: &mut Vec<&'a str>, name: &'a str, owner: &str) {
    let wanted = bare_name(name, owner);
    match names.iter_mut().find(|known| bare_name(known, owner).eq_ignore_ascii_case(wanted)) {
        // With an owner the name says more.
        Some(known) if known.len() < name.len() => *known = name,
        Some(_) => {}
        None => names.push(name),
    }
}

/// A list that somebody wrote and that names nothing is a mistake, not a wish for the caller's own repository.
fn refuse_empty_list(text: &str, list: &[&str]) -> Result<(), InputProblem> {
    if !list.is_empty() || text.trim().is_empty() {
        return Ok(());
    }
    let shown: String = text.trim().chars().take(60).collect();
    let problem =
        InputProblem::new("repositories", format!("expected names of repositories, found `{shown}`"));
    Err(problem.with_help("leave the input out for the repository that this workflow runs in"))
}

fn refuse_list(single: &str) -> Result<(), InputProblem> {
    let help = if single.eq_ignore_ascii_case("all") {
        "write `repositories: ALL` for every repository of the owner, or `owner/all` for one of that name"
    } else if single.contains(|c: char| c == ',' || c.is_whitespace()) || single.starts_with('[') {
        "list several in `repositories`"
    } else {
        return Ok(());
    };
    let shown: String = single.chars().take(60).collect();
    Err(InputProblem::new("repository", format!("expected one repository, found `{shown}`")).with_help(help))
}

/// The repository in a URL for people or for git, or with git's ending behind its name.
fn meant(text: &str) -> Option<String> {
    let path = address(text).unwrap_or(text);
    let (mut parts, is_address) = (path.split('/'), path.len() < text.len());
    let without_ending = |name: &str| name.strip_suffix(GIT).unwrap_or(name).to_owned();
    match (parts.next()?, parts.next(), parts.next()) {
        (owner, Some(name), rest) if is_address || matches!(rest, None | Some("")) => {
            let repository = format!("{owner}/{}", without_ending(name)).parse::<Repository>().ok()?;
            Some(repository.to_string())
        }
        (name, None, _) if !is_address => {
            Some(without_ending(name).parse::<RepositoryName>().ok()?.to_string())
        }
        _ => None,
    }
}

/// What follows the host in a URL, written with or without a scheme.
fn address(text: &str) -> Option<&str> {
    text.split_once("://")
        .and_then(|(_, rest)| rest.split_once('/'))
        .or_else(|| text.strip_prefix("git@")?.split_once(':'))
        // No account has a dot in its name.
        .or_else(|| text.split_once('/').filter(|(host, _)| host.contains('.')))
        .map(|(_, path)| path)
}

fn everything(list: &[&str], single: &str) -> Result<Option<Value>, InputProblem> {
    if list.iter().any(|entry| !entry.eq_ignore_ascii_case("all")) {
        let message = "`ALL` stands for every repository: expected it alone, found other names beside it";
        return Err(InputProblem::new("repositories", message));
    }
    if !single.is_empty() {
        let message = "`repository` names one repository, but `repositories` says `ALL`";
        return Err(InputProblem::new("repository", message).with_help("leave one of the two out"));
    }
    Ok(Some("ALL".into()))
}

/// What git writes behind a name, and what no repository of GitHub's has at the end of its own.
const GIT: &str = ".git";

fn check(name: &str) -> Result<(), String> {
    let shown: String = name.chars().take(140).collect();
    if name.contains('/') {
        let read = name.parse::<Repository>();
        read.map_err(|error| {
            // Of an address, the names are not what is wrong.
            let error = if meant(name).is_some() { RepositoryError::Form } else { error };
            format!("`{shown}` is no repository: {error}")
        })?;
    } else {
        name.parse::<RepositoryName>().map_err(|error| error.to_string())?;
    }
    if name.ends_with(GIT) {
        return Err(format!("`{shown}` is no repository: expected a name without `{GIT}`"));
    }
    Ok(())
}

/// Whether an old workflow asks for everything by `scope: owner`.
fn scope(text: &str) -> Result<bool, InputProblem> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" => Ok(false),
        "owner" => Ok(true),
        other => {
            let shown: String = other.chars().take(40).collect();
            let message = format!("expected `owner` or nothing, found `{shown}`");
            Err(InputProblem::new("scope", message).with_help("name the `repositories` instead"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(repository: &str, repositories: &str, scope: &str) -> Result<Option<Value>, Vec<InputProblem>> {
        read(&Inputs {
            repository: repository.into(),
            repositories: repositories.into(),
            scope: scope.into(),
            ..Inputs::default()
        })
    }

    #[test]
    fn merges_both_inputs_without_duplicates() {
        let names = asked("website", "octo-org/docs, Website\n2048", "").unwrap();
        assert_eq!(names, Some(json!(["website", "octo-org/docs", "2048"])));
        assert_eq!(asked("", "", "").unwrap(), None);
    }

    #[test]
    fn all_is_said_in_any_case_and_alone() {
        assert_eq!(asked("", "all", "").unwrap(), Some(json!("ALL")));
        assert_eq!(asked("", "", "owner").unwrap(), Some(json!("ALL")));
        assert_eq!(asked("", "a", "owner").unwrap(), Some(json!(["a"])));
        assert_eq!(asked("a", "ALL", "").unwrap_err()[0].input, "repository");
        assert_eq!(asked("", "ALL, a", "").unwrap_err()[0].input, "repositories");
        assert_eq!(asked("", "", "repos").unwrap_err()[0].input, "scope");
    }

    #[test]
    fn names_every_wrong_entry() {
        assert_eq!(asked("a:b", "x/y/z, c:d, ok", "").unwrap_err().len(), 3);
        let many = |count: usize| (0..count).map(|n| format!("r{n}")).collect::<Vec<_>>().join(",");
        for count in [MAX_REPOSITORIES + 1, 2 * MAX_REPOSITORIES] {
            let problems = asked("", &many(count), "").unwrap_err();
            assert_eq!(problems.len(), 1);
            assert!(problems[0].message.starts_with("expected at most"), "{problems:?}");
        }
        assert!(asked("", &many(MAX_REPOSITORIES), "").is_ok());
    }
}
