//! Permissions of a GitHub App and their levels.

mod catalogue;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A permission that GitHub knows, such as `contents`; written in kebab-case.
///
/// Read from kebab- or snake-case, in small letters. Two are equal when their names are.
#[derive(Clone, Copy)]
pub struct Permission(&'static Entry);

/// What a permission lets its holder do. Each level includes the lower ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Look.
    Read,
    /// Look and change.
    Write,
    /// Look, change and administer.
    Admin,
}

/// What a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Repositories; a repository policy may grant it.
    Repository,
    /// The organization; only the owner policy may grant it.
    Organization,
    /// The user account; only the owner policy may grant it.
    Account,
    /// The enterprise; only the owner policy may grant it.
    Enterprise,
}

/// A row of the catalogue.
#[derive(Debug)]
struct Entry {
    name: &'static str,
    scope: Scope,
    levels: &'static [Level],
    description: &'static str,
}

impl Entry {
    const fn new(
        name: &'static str,
        scope: Scope,
        levels: &'static [Level],
        description: &'static str,
    ) -> Self {
        Self { name, scope, levels, description }
    }
}

/// A string that names no permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission `{found}`{}", suggestion(found))]
pub struct PermissionError {
    found: String,
}

/// A string that is a level of no permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown level: expected `read`, `write` or `admin`")]
pub struct UnknownLevel;

/// A string that is no level of a permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct LevelError {
    permission: Permission,
    /// What was found, at most as long as a message should repeat.
    found: String,
}

impl fmt::Display for LevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { permission, found } = self;
        match found.as_str() {
            "" => write!(f, "`{permission}` needs a level")?,
            found => write!(f, "`{permission}` has no level `{found}`")?,
        }
        write!(f, ": expected {}", permission.expected_levels())?;
        match nearest_level(*permission, found) {
            Some(level) => write!(f, "; did you mean `{level}`?"),
            None => Ok(()),
        }
    }
}

/// The level of the permission that is probably meant.
fn nearest_level(permission: Permission, found: &str) -> Option<Level> {
    const FAR: usize = 2;
    let found = found.to_ascii_lowercase();
    let levels = || permission.levels().iter().copied();
    let distance = |level: &Level| strsim::damerau_levenshtein(&level.to_string(), &found);
    // GitHub's own pages say `Read and write` and `Read-only`, workflows `write-all`.
    let contained = levels().rfind(|level| found.contains(&level.to_string()));
    contained.or_else(|| levels().filter(|level| distance(level) <= FAR).min_by_key(distance))
}

impl PermissionError {
    /// The name that is probably meant.
    pub fn meant(&self) -> Option<&'static str> {
        nearest(&self.found)
    }
}

/// Looked up only when somebody reads the message: whoever sends many wrong names must not cause much work.
fn suggestion(found: &str) -> String {
    nearest(found).map_or_else(String::new, |name| format!(": did you mean `{name}`?"))
}

/// The permission of that name; a name that is not in the catalogue does not compile.
#[expect(clippy::panic, clippy::indexing_slicing, reason = "runs at compile time only")]
const fn named(name: &str) -> Permission {
    let mut at = 0;
    while at < catalogue::CATALOGUE.len() {
        if is_same(catalogue::CATALOGUE[at].name.as_bytes(), name.as_bytes()) {
            return Permission(&catalogue::CATALOGUE[at]);
        }
        at += 1;
    }
    panic!("not in the catalogue")
}

#[expect(clippy::indexing_slicing, reason = "runs at compile time only")]
const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// Every permission, in the order of the names.
pub fn catalogue() -> impl Iterator<Item = Permission> {
    catalogue::CATALOGUE.iter().map(Permission)
}

impl Permission {
    /// `contents`: the files of a repository.
    pub const CONTENTS: Self = named("contents");
    /// `metadata`: what GitHub adds to every token, at `read`.
    pub const METADATA: Self = named("metadata");
    /// `single-file`: the files at listed paths, and no others.
    pub const SINGLE_FILE: Self = named("single-file");

    /// The name in kebab-case, as policies, requests and answers write it.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The name in snake-case, as GitHub's REST API writes it.
    pub fn api_name(self) -> String {
        self.0.name.replace('-', "_")
    }

    /// What the permission reaches.
    pub fn scope(self) -> Scope {
        self.0.scope
    }

    /// One line on what the permission is for.
    pub fn description(self) -> &'static str {
        self.0.description
    }

    /// The levels that can be asked for, lowest first.
    pub fn levels(self) -> &'static [Level] {
        self.0.levels
    }

    /// Whether the permission has this level.
    pub fn allows(self, level: Level) -> bool {
        self.0.levels.contains(&level)
    }

    /// The levels as a message names them: `` `read` or `write` ``.
    pub fn expected_levels(self) -> String {
        let levels: Vec<String> = self.levels().iter().map(|level| format!("`{level}`")).collect();
        match levels.as_slice() {
            [before @ .., one, last] if !before.is_empty() => {
                format!("{}, {one} or {last}", before.join(", "))
            }
            levels => levels.join(" or "),
        }
    }

    /// Reads a level of this permission.
    ///
    /// # Errors
    /// When `text` is no level, or none of this permission's.
    pub fn level(self, text: &str) -> Result<Level, LevelError> {
        let level = text.parse().ok().filter(|level| self.allows(*level));
        level.ok_or_else(|| LevelError { permission: self, found: text.chars().take(40).collect() })
    }
}

impl FromStr for Permission {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        let name = text.replace('_', "-");
        match catalogue::CATALOGUE.binary_search_by(|entry| entry.name.cmp(&name)) {
            Ok(at) => catalogue::CATALOGUE.get(at).map(Permission).ok_or_else(|| unknown(text)),
            Err(_) => Err(unknown(text)),
        }
    }
}

/// No name is longer than this, and what a message repeats should not be either.
const LONGEST: usize = 80;

fn unknown(found: &str) -> PermissionError {
    let mut shown: String = found.chars().take(LONGEST).collect();
    if shown.len() < found.len() {
        shown.push('…');
    }
    PermissionError { found: shown }
}

fn nearest(found: &str) -> Option<&'static str> {
    const FAR: usize = 3;
    if found.len() > LONGEST {
        return None;
    }
    let name = found.to_ascii_lowercase().replace('_', "-");
    catalogue::CATALOGUE
        .iter()
        .map(|entry| (strsim::damerau_levenshtein(entry.name, &name), entry.name))
        .filter(|(distance, entry)| *distance <= FAR && *distance * 2 < entry.len())
        .min()
        .map(|(_, entry)| entry)
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        match text {
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            "admin" => Ok(Self::Admin),
            _ => Err(UnknownLevel),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        })
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl PartialEq for Permission {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Permission {}

impl Ord for Permission {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.name.cmp(other.0.name)
    }
}

impl PartialOrd for Permission {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl serde::Serialize for Permission {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn the_catalogue_is_sorted_and_names_each_once() {
        assert!(catalogue::CATALOGUE.is_sorted_by(|one, next| one.name < next.name));
    }

    #[test]
    fn every_permission_of_the_catalogue_is_described_in_one_line() {
        for permission in catalogue() {
            let text = permission.description();
            assert!(text.len() > 10 && !text.contains('\n'), "{permission}: {text}");
        }
        assert_eq!(catalogue().filter(|permission| *permission == Permission::CONTENTS).count(), 1);
    }

    #[test]
    fn a_permission_is_found_by_its_whole_name_alone() {
        assert_eq!(named("contents"), Permission::CONTENTS);
        assert_eq!(named("single-file").name(), "single-file");
        for (one, other) in
            [("contents", "content"), ("content", "contents"), ("a", "b"), ("ab", "aa"), ("", "a")]
        {
            assert!(!is_same(one.as_bytes(), other.as_bytes()), "{one} {other}");
        }
    }

    #[test]
    #[should_panic(expected = "not in the catalogue")]
    fn there_is_no_permission_of_another_name() {
        let _ = named("content");
    }

    #[test]
    fn the_catalogue_holds_all_that_github_publishes() {
        type Published = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;
        let published: Published =
            serde_json::from_str(include_str!("../data/github-app-permissions.json")).unwrap();
        let mut union: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, levels) in published.values().flatten() {
            union.entry(name).or_default().extend(levels.iter().map(String::as_str));
        }
        for (name, levels) in union {
            let permission: Permission = name.parse().unwrap();
            let ours: BTreeSet<String> = permission.levels().iter().map(Level::to_string).collect();
            assert_eq!(ours, levels.into_iter().map(str::to_owned).collect(), "{name}");
            assert_eq!(permission.api_name(), name);
        }
    }

    #[test]
    fn reads_kebab_and_snake_case() {
        for text in ["pull-requests", "pull_requests"] {
            assert_eq!(text.parse::<Permission>().unwrap().name(), "pull-requests");
        }
        let error = "Pull-Requests".parse::<Permission>().unwrap_err().to_string();
        assert_eq!(error, "unknown permission `Pull-Requests`: did you mean `pull-requests`?");
    }

    #[test]
    fn suggests_the_nearest_name() {
        let message = |text: &str| text.parse::<Permission>().unwrap_err().to_string();
        assert_eq!(message("content"), "unknown permission `content`: did you mean `contents`?");
        assert_eq!(message("isues"), "unknown permission `isues`: did you mean `issues`?");
        assert_eq!(message("zzzzzz"), "unknown permission `zzzzzz`");
        let meant = |text: &str| text.parse::<Permission>().unwrap_err().meant();
        assert_eq!((meant("isues"), meant("zzzzzz")), (Some("issues"), None));
        assert_eq!(message(""), "unknown permission ``");
        assert!(message(&"a".repeat(100_000)).len() < 200);
    }

    #[test]
    fn knows_the_levels_of_each() {
        let workflows: Permission = "workflows".parse().unwrap();
        assert_eq!(workflows.level("write"), Ok(Level::Write));
        let message = |permission: Permission, text: &str| permission.level(text).unwrap_err().to_string();
        assert_eq!(message(workflows, "read"), "`workflows` has no level `read`: expected `write`");
        let contents = Permission::CONTENTS;
        assert_eq!(message(contents, "admin"), "`contents` has no level `admin`: expected `read` or `write`");
        assert_eq!(message(contents, ""), "`contents` needs a level: expected `read` or `write`");
        let projects: Permission = "repository-projects".parse().unwrap();
        assert_eq!(
            message(projects, "owner"),
            "`repository-projects` has no level `owner`: expected `read`, `write` or `admin`"
        );
        assert!(message(contents, &"a".repeat(100_000)).len() < 200);
        assert!(Level::Read < Level::Write && Level::Write < Level::Admin);
    }
    #[test]
    fn suggests_the_level_that_is_meant() {
        let told = |permission: &str, text: &str| {
            let permission: Permission = permission.parse().unwrap();
            permission.level(text).unwrap_err().to_string()
        };
        for text in ["wirte", "writ", "writes", "Write", "WRITE", "Read and write", "write-all"] {
            let expected = format!(
                "`contents` has no level `{text}`: expected `read` or `write`; did you mean `write`?"
            );
            assert_eq!(told("contents", text), expected);
        }
        for text in ["raed", "Read", "rea", "Read-only"] {
            assert!(told("contents", text).ends_with("`write`; did you mean `read`?"), "{text}");
        }
        for text in ["", "admin", "adnim", "none", "all"] {
            assert!(told("contents", text).ends_with(": expected `read` or `write`"), "{text}");
        }
        // Only what the permission has is suggested.
        assert!(told("workflows", "raed").ends_with(": expected `write`"));
        assert!(told("repository-projects", "adnim").ends_with("; did you mean `admin`?"));
    }
}
