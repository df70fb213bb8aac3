//! A test file: which policies, which callers and requests, and what is expected.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use policy::decide::{OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY};
use policy::gate::{self, NodeKind};
use policy::parse::PolicyKind;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::trial::{self, Policies};
use super::{PLACES, Suite};
use crate::commands::check::{Examination, Origin, read_text};
use crate::commands::explain::time;

/// The most tests of a file.
const MOST_TESTS: usize = 2_000;

/// Tests of policies: who should get what, and who should not.
#[derive(JsonSchema, Deserialize)]
#[schemars(title = "Tests of access-token policies")]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::commands) struct TestFile {
    /// The owner policy, by its path from the test file; without it, one that allows everything is assumed.
    owner_policy: Option<PathBuf>,
    /// The repository policies by repository, each by its path from the test file; by default the one beside it.
    repository_policies: Option<BTreeMap<String, PathBuf>>,
    /// The time of the requests, RFC 3339; by default the time of the run.
    now: Option<String>,
    /// At least one.
    tests: Vec<Test>,
}

/// One test.
#[derive(JsonSchema, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Deserialize)]
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

/// Runs the tests of a file.
///
/// # Errors
/// When it or one of its policies cannot be read.
pub(super) fn run(path: &Path) -> anyhow::Result<Suite> {
    let shown = path.display();
    if path.is_dir() {
        bail!("`{shown}` has no tests: expected `{}` or `{}` in it", PLACES[0], PLACES[1]);
    }
    let file = read(path).with_context(|| format!("cannot use `{shown}`"))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let now = file.now.as_deref().map(time).transpose();
    let now = now.map_err(|error| anyhow::anyhow!("`{shown}`: now: {error}"))?;
    let (policies, assumed) = policies(&file, folder).with_context(|| format!("`{shown}`"))?;
    let now = now.unwrap_or_else(OffsetDateTime::now_utc);
    let trials = file.tests.iter().map(|test| trial::run(test, &policies, now)).collect();
    Ok(Suite { path: shown.to_string(), trials, assumed })
}

fn read(path: &Path) -> anyhow::Result<TestFile> {
    let text = read_text(path)?;
    let document = gate::admit(&text).map_err(|error| {
        let start = error.span.start;
        anyhow::anyhow!("{}:{}: {}", start.line, start.column, error.problem)
    })?;
    first_wrong(&document)?;
    let file = TestFile::deserialize(document.value)?;
    match file.tests.len() {
        0 => bail!("`tests` is empty: expected at least one test"),
        1..=MOST_TESTS => Ok(file),
        count => bail!("expected at most {MOST_TESTS} tests, found {count}"),
    }
}

/// The first test that is none, with its place; the reader of the whole file does not know places.
fn first_wrong(document: &gate::Document) -> anyhow::Result<()> {
    let values = document.value.get("tests").and_then(|tests| tests.as_sequence());
    let nodes = match &document.node.kind {
        NodeKind::Mapping(pairs) => {
            pairs.iter().find(|(key, _, _)| key == "tests").map(|(_, _, node)| &node.kind)
        }
        _ => None,
    };
    let (Some(values), Some(NodeKind::Sequence(nodes))) = (values, nodes) else { return Ok(()) };
    for (number, (value, node)) in values.iter().zip(nodes).enumerate() {
        Test::deserialize(value.clone())
            .with_context(|| format!("line {}: test {}", node.span.start.line, number + 1))?;
    }
    Ok(())
}

/// Reads the policies, and says what was assumed.
fn policies(file: &TestFile, folder: &Path) -> anyhow::Result<(Policies, Vec<String>)> {
    let mut policies = Policies::default();
    let mut assumed = Vec::new();
    if let Some(path) = &file.owner_policy {
        policies.owner = Some(read_text(&folder.join(path))?);
    }
    for (name, path) in file.repository_policies.iter().flatten() {
        let short = name.rsplit('/').next().unwrap_or(name);
        policies
            .repositories
            .insert(short.parse().with_context(|| format!("`{name}`"))?, read_text(&folder.join(path))?);
    }
    if file.owner_policy.is_none() && file.repository_policies.is_none() {
        beside(folder, &mut policies)?;
    }
    if policies.owner.is_none() {
        assumed.push("no owner policy is given, so one that allows everything is assumed".to_owned());
    }
    Ok((policies, assumed))
}

/// The policy that lies beside the test file.
fn beside(folder: &Path, policies: &mut Policies) -> anyhow::Result<()> {
    let Some(path) = OWNER_POLICY_PATHS.iter().map(|name| folder.join(name)).find(|path| path.exists())
    else {
        bail!(
            "there is no `{}` beside it: name `repository-policies` or `owner-policy`",
            OWNER_POLICY_PATHS[0]
        );
    };
    let text = read_text(&path)?;
    let examination = Examination::new(&path, text.clone(), None, None)?;
    let shown = path.display();
    match (examination.kind, &examination.origin) {
        (PolicyKind::Owner, _) => policies.owner = Some(text),
        (PolicyKind::Repository, Origin::Given(name) | Origin::Read(name)) => {
            let name = name.rsplit('/').next().unwrap_or(OWNER_POLICY_REPOSITORY);
            policies.repositories.insert(name.parse()?, text);
        }
        (PolicyKind::Repository, Origin::Unknown) => {
            bail!("`{shown}` has no usable `origin`; `access-token check {shown}` shows what is wrong")
        }
    }
    Ok(())
}
