//! `access-token test`: unit tests of policies.

mod junit;
mod report;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use preview::suite::{self, PLACES, Suite};
use time::OffsetDateTime;

use super::disk::Disk;
use crate::exit::{Exit, Failure};
use crate::terminal;

const EXAMPLES: &str = "\
A test file lies next to the policy, as `access-token.test.yaml`:

  tests:
    - name: main of the app reads the website
      claims: {repository: octo-org/app, ref: refs/heads/main}
      request: {repositories: [website], permissions: {contents: read}}
      expect: granted

It may name `owner-policy`, `repository-policies` and `now`; docs/policy.md says
how. The decisions are made as the broker makes them.

Exit codes: 0 all tests pass, 1 a test fails, 2 a file cannot be read or an
argument is wrong.

Examples:
  access-token test
  access-token test .github/access-token.test.yaml --junit report.xml";

/// Run the tests of policies: who should get what, and who should not
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The test files, or checkouts with such; by default `access-token.test.yaml` here and in `.github`
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Write the results as XML in the form of `JUnit` into this file, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// The tests of a checkout, or the file itself. A folder without tests stays, so that it is named.
fn in_folder(path: &Path) -> Vec<PathBuf> {
    let tests: Vec<PathBuf> =
        PLACES.iter().map(|place| path.join(place)).filter(|file| file.exists()).collect();
    if path.is_dir() && !tests.is_empty() { tests } else { vec![path.to_owned()] }
}

/// Runs the tests and prints what came of them.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let files = if arguments.files.is_empty() {
        PLACES.iter().map(PathBuf::from).filter(|path| path.exists()).collect()
    } else {
        arguments.files.iter().flat_map(|path| in_folder(path)).collect::<Vec<_>>()
    };
    if files.is_empty() {
        let error = anyhow!(
            "there are no tests here: expected `{}` or `{}`; `access-token test --help` shows one",
            PLACES[0],
            PLACES[1]
        );
        return Err(Failure::usage(error));
    }
    let mut suites = Vec::new();
    for path in files {
        suites.push(suite(&path).map_err(Failure::usage)?);
    }
    if let Some(path) = &arguments.junit {
        let shown = path.display();
        std::fs::write(path, junit::of(&suites))
            .with_context(|| format!("cannot write `{shown}`"))
            .map_err(Failure::usage)?;
    }
    output.write_all(report::of(&suites, terminal::has_colour()).as_bytes())?;
    let is_fine = suites.iter().all(|suite| suite.failures() == 0);
    Ok(if is_fine { Exit::Fine } else { Exit::Findings })
}

fn suite(path: &Path) -> anyhow::Result<Suite> {
    if path.is_dir() {
        let shown = path.display();
        bail!("`{shown}` has no tests: expected `{}` or `{}` in it", PLACES[0], PLACES[1]);
    }
    Ok(suite::run(path, OffsetDateTime::now_utc(), &Disk)?)
}
