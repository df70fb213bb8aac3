//! The inputs of the check action.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

/// The inputs of the step as they were written; empty where not given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Inputs {
    /// Files and folders, one in a line; by default the whole checkout.
    pub path: String,
    /// What lets the step fail, besides errors: `error`, `warning`, `widening`.
    pub fail_on: String,
    /// The file of the owner's policy.
    pub owner_policy: String,
}

/// What the inputs mean.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// From the folder of the checkout; the empty path is all of it.
    pub(super) paths: Vec<PathBuf>,
    pub(super) fails_on_warning: bool,
    pub(super) fails_on_widening: bool,
    pub(super) owner_policy: Option<PathBuf>,
}

impl Settings {
    /// Reads the inputs, or tells everything that is wrong with them.
    pub(super) fn read(inputs: &Inputs) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut inside = |input: &str, written: &str| {
            let path = within(written);
            if path.is_none() {
                problems.push(format!(
                    "input `{input}`: expected a path within the checkout, such as `.github`, found `{written}`"
                ));
            }
            path
        };
        let written: Vec<&str> = inputs.path.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let written = if written.is_empty() { vec!["."] } else { written };
        let paths = written.into_iter().filter_map(|line| inside("path", line)).collect();
        let owner_policy = Some(inputs.owner_policy.trim()).filter(|path| !path.is_empty());
        let owner_policy = owner_policy.and_then(|path| inside("owner-policy", path));
        let mut settings = Self { paths, fails_on_warning: false, fails_on_widening: false, owner_policy };
        let words = inputs.fail_on.split([',', ' ', '\n', '\r', '\t']).filter(|word| !word.is_empty());
        for word in words {
            match word.to_ascii_lowercase().as_str() {
                // Errors always do.
                "error" | "errors" => {}
                "warning" | "warnings" => settings.fails_on_warning = true,
                "widening" => settings.fails_on_widening = true,
                _ => problems.push(format!(
                    "input `fail-on`: expected `error`, `warning` or `widening`, or several of them, found `{word}`"
                )),
            }
        }
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }
}

/// The path without `.`, if it stays within the folder that it begins in.
fn within(written: &str) -> Option<PathBuf> {
    // A path of Windows is one on every system.
    let written = written.replace('\\', "/");
    let is_drive = written.split('/').next().is_some_and(|first| first.ends_with(':'));
    let mut path = PathBuf::new();
    for component in Path::new(&written).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => path.push(name),
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!is_drive).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, fail_on: &str, owner_policy: &str) -> Result<Settings, Vec<String>> {
        let [path, fail_on, owner_policy] = [path, fail_on, owner_policy].map(str::to_owned);
        Settings::read(&Inputs { path, fail_on, owner_policy })
    }

    #[test]
    fn nothing_means_the_whole_checkout_and_errors() {
        let settings = read("", "", " ").unwrap();
        assert_eq!(settings.paths, [PathBuf::new()]);
        assert_eq!(settings, read(" .\n", "error", "").unwrap());
        assert!(!settings.fails_on_warning && !settings.fails_on_widening);
        assert_eq!(settings.owner_policy, None);
    }

    #[test]
    fn reads_paths_by_lines_and_words_by_commas() {
        let settings = read("./a b\r\n.github\\x/../y.yaml\n", "Warning,\nwidening", "owner/p.yaml").unwrap();
        assert_eq!(settings.paths, [PathBuf::from("a b"), PathBuf::from(".github/y.yaml")]);
        assert!(settings.fails_on_warning && settings.fails_on_widening);
        assert_eq!(settings.owner_policy, Some(PathBuf::from("owner/p.yaml")));
    }

    #[test]
    fn tells_all_that_is_wrong_at_once() {
        assert_eq!(
            read("/etc\na/../../b", "eror", "C:\\x").unwrap_err(),
            [
                "input `path`: expected a path within the checkout, such as `.github`, found `/etc`",
                "input `path`: expected a path within the checkout, such as `.github`, found `a/../../b`",
                "input `owner-policy`: expected a path within the checkout, such as `.github`, found `C:\\x`",
                "input `fail-on`: expected `error`, `warning` or `widening`, or several of them, found `eror`",
            ]
        );
    }
}
