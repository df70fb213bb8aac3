//! A test file: which policies, which callers and requests, and what is expected.

use std::collections::BTreeMap;
use std::path::PathBuf;

use policy::gate::{self, Document, GateError, NodeKind};
use serde::Deserialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::files::Unreadable;
use crate::moment::{NoMoment, moment};

/// The most tests of a file.
const MOST_TESTS: usize = 2_000;

/// Tests of policies: who should get what, and who should not.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "Tests of access-token policies"))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TestFile {
    /// The owner policy, by its path from the test file; without it, one that allows everything is assumed.
    pub(super) owner_policy: Option<PathBuf>,
    /// The repository policies by repository, each by its path from the test file; by default the one beside it.
    pub(super) repository_policies: Option<BTreeMap<String, PathBuf>>,
    /// The time of the requests, RFC 3339; by default the time of the run.
    now: Option<String>,
    /// At least one.
    pub(super) tests: Vec<Test>,
}

/// One test.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Test {
    /// What it shows.
    pub(super) name: String,
    /// The claims of the caller; `repository` at least. What GitHub always adds may be left out.
    pub(super) claims: Map<String, Value>,
    /// The body of the request: `permissions`, and `repositories` and `owner` where they are not the caller's.
    pub(super) request: Value,
    /// What shall come of it.
    pub(super) expect: Expectation,
}

/// What shall come of a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    rename_all = "lowercase",
    expecting = "`expect` must be `granted`, `denied` or `{denied: [CODE, …]}`"
)]
pub(super) enum Expectation {
    /// A token.
    Granted,
    /// A refusal, for whatever reason.
    #[serde(rename = "denied")]
    Denied,
    /// A refusal for just these reasons, by their codes.
    #[serde(untagged)]
    DeniedFor {
        /// The codes.
        denied: Vec<String>,
    },
}

/// A test file, read.
pub(super) struct Read {
    pub(super) content: TestFile,
    /// The time that it says.
    pub(super) now: Option<OffsetDateTime>,
    /// The line at which each test begins.
    pub(super) lines: Vec<usize>,
}

/// What is wrong with a test file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is no YAML that is taken.
    #[error("{}:{}: {}", .0.span.start.line, .0.span.start.column, .0.problem)]
    Refused(GateError),
    /// It is not what such a file looks like.
    #[error(transparent)]
    Shape(serde_yaml::Error),
    /// A test is not what one looks like.
    #[error("line {line}: test {number}")]
    Test {
        /// The line at which it begins.
        line: usize,
        /// Which one it is, counted from 1.
        number: usize,
        /// What is wrong.
        source: serde_yaml::Error,
    },
    /// It has no tests.
    #[error("`tests` is empty: expected at least one test")]
    Empty,
    /// It has too many tests.
    #[error("expected at most {MOST_TESTS} tests, found {0}")]
    TooMany(usize),
    /// Its time is none.
    #[error("now: {0}")]
    Now(#[from] NoMoment),
}

/// Reads a test file.
pub(super) fn read(text: &str) -> Result<Read, FileError> {
    let document = gate::admit(text).map_err(FileError::Refused)?;
    let lines = lines(&document);
    first_wrong(&document, &lines)?;
    let content = TestFile::deserialize(document.value).map_err(FileError::Shape)?;
    let now = content.now.as_deref().map(moment).transpose()?;
    match content.tests.len() {
        0 => Err(FileError::Empty),
        1..=MOST_TESTS => Ok(Read { content, now, lines }),
        count => Err(FileError::TooMany(count)),
    }
}

/// Where the tests begin.
fn lines(document: &Document) -> Vec<usize> {
    let NodeKind::Mapping(pairs) = &document.node.kind else { return Vec::new() };
    match pairs.iter().find(|(key, _, _)| key == "tests").map(|(_, _, node)| &node.kind) {
        Some(NodeKind::Sequence(nodes)) => nodes.iter().map(|node| node.span.start.line).collect(),
        _ => Vec::new(),
    }
}

/// The first test that is none, with its place; the reader of the whole file does not know places.
fn first_wrong(document: &Document, lines: &[usize]) -> Result<(), FileError> {
    let values = document.value.get("tests").and_then(|tests| tests.as_sequence());
    for ((index, value), &line) in values.into_iter().flatten().enumerate().zip(lines) {
        Test::deserialize(value.clone()).map_err(|source| FileError::Test {
            line,
            number: index + 1,
            source,
        })?;
    }
    Ok(())
}
