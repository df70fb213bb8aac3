//! A test file: which policies, which callers and requests, and what is expected.

use std::collections::BTreeMap;
use std::path::PathBuf;

use policy::decision::Reason;
use policy::gate::{self, Document, GateError, Node, NodeKind};
use policy::source::Position;
use serde::Deserialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{claim_name, shape};
use crate::files::Unreadable;
use crate::moment::moment;

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
#[serde(deny_unknown_fields, expecting = "a mapping with `name`, `claims`, `request` and `expect`")]
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
    deny_unknown_fields,
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
        /// The codes, at least one.
        #[cfg_attr(feature = "schema", schemars(schema_with = "codes"))]
        denied: Vec<String>,
    },
}

#[cfg(feature = "schema")]
fn codes(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({"type": "array", "minItems": 1, "items": {"type": "string", "enum": Reason::CODES}})
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
    #[error("{}:{}: {problem}", place.line, place.column)]
    Shape {
        /// Where.
        place: Position,
        /// What is wrong.
        problem: String,
    },
    /// It cannot be taken, for a reason without a place.
    #[error(transparent)]
    Unclear(serde_yaml::Error),
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
    /// A test expects a denial for what is no reason.
    #[error("{}:{}: test {number}: {problem}", place.line, place.column)]
    Denied {
        /// Where that stands.
        place: Position,
        /// Which test it is, counted from 1.
        number: usize,
        /// What is wrong.
        problem: CodeError,
    },
    /// It has no tests.
    #[error("`tests` is empty: expected at least one test")]
    Empty,
    /// It has too many tests.
    #[error("expected at most {MOST_TESTS} tests, found {0}")]
    TooMany(usize),
}

/// What is wrong with the codes of an expected denial.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// There are none, which no denial has.
    #[error("`denied` is empty: expected at least one code, or `expect: denied` for whatever reason")]
    None,
    /// One does not exist.
    #[error("unknown denial code `{found}`: {}", meant(found))]
    Unknown {
        /// The code, at most as long as a message should repeat.
        found: String,
    },
}

fn meant(code: &str) -> String {
    match policy::nearest(code, &Reason::CODES) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("expected one of `{}`", Reason::CODES.join("`, `")),
    }
}

/// Reads a test file.
pub(super) fn read(text: &str) -> Result<Read, FileError> {
    let document = gate::admit(text).map_err(FileError::Refused)?;
    let lines = nodes(&document).iter().map(|node| node.span.start.line).collect();
    shape::check(&document)?;
    first_wrong(&document)?;
    let now = field(&document.node, "now").map(|node| node.span);
    let content = TestFile::deserialize(document.value).map_err(FileError::Unclear)?;
    let now = content.now.as_deref().zip(now).map(|(text, span)| {
        let shown: String = text.chars().take(60).collect();
        moment(text).map_err(|error| shape::wrong(span, format!("now: {error}, found `{shown}`")))
    });
    let now = now.transpose()?;
    match content.tests.len() {
        0 => Err(FileError::Empty),
        1..=MOST_TESTS => Ok(Read { content, now, lines }),
        count => Err(FileError::TooMany(count)),
    }
}

/// Where the tests stand.
fn nodes(document: &Document) -> &[Node] {
    match field(&document.node, "tests").map(|node| &node.kind) {
        Some(NodeKind::Sequence(nodes)) => nodes,
        _ => &[],
    }
}

fn field<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let NodeKind::Mapping(pairs) = &node.kind else { return None };
    pairs.iter().find(|(key, _, _)| key == name).map(|(_, _, node)| node)
}

/// The first test that is none, with its place; the reader of the whole file does not know places.
fn first_wrong(document: &Document) -> Result<(), FileError> {
    let values = document.value.get("tests").and_then(|tests| tests.as_sequence());
    for ((index, value), node) in values.into_iter().flatten().enumerate().zip(nodes(document)) {
        let number = index + 1;
        let test = Test::deserialize(value.clone()).map_err(|source| FileError::Test {
            line: node.span.start.line,
            number,
            source,
        })?;
        if let Some((problem, place)) = wrong_code(&test.expect, node) {
            return Err(FileError::Denied { place, number, problem });
        }
        let Some(Node { kind: NodeKind::Mapping(claims), .. }) = field(node, "claims") else { continue };
        if let Some((name, span, meant)) =
            claims.iter().find_map(|(name, span, _)| Some((name, span, claim_name::meant(name)?)))
        {
            let problem = format!("test {number}: no token has the claim `{name}`: did you mean `{meant}`?");
            return Err(shape::wrong(*span, problem));
        }
    }
    Ok(())
}

/// What is wrong with the codes of an expectation, and where.
fn wrong_code(expect: &Expectation, test: &Node) -> Option<(CodeError, Position)> {
    let Expectation::DeniedFor { denied } = expect else { return None };
    let list = field(test, "expect").and_then(|expect| field(expect, "denied")).unwrap_or(test);
    if denied.is_empty() {
        return Some((CodeError::None, list.span.start));
    }
    let at = denied.iter().position(|code| !Reason::CODES.contains(&code.as_str()))?;
    let node = match &list.kind {
        NodeKind::Sequence(codes) => codes.get(at).unwrap_or(list),
        _ => list,
    };
    let found = denied.get(at)?.chars().take(60).collect();
    Some((CodeError::Unknown { found }, node.span.start))
}
