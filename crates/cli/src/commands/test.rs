//! `access-token test`: unit tests of policies.

mod junit;
mod report;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
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

Exit codes: 0 all tests pass, 1 a test fails, 2 a file cannot be used or written
or an argument is wrong; the other files are run all the same.

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

/// What came of all files.
struct Results {
    suites: Vec<Suite>,
    /// What cannot be run, by its path, each with the reason.
    unusable: Vec<(String, String)>,
}

/// Runs the tests and prints what came of them.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let results = results(&arguments.files);
    // Also where nothing could be run: a report of an earlier run would be taken for one of this.
    let written = arguments.junit.as_deref().map_or(Ok(()), |path| {
        let shown = path.display();
        std::fs::write(path, junit::of(&results)).with_context(|| format!("cannot write `{shown}`"))
    });
    if !results.suites.is_empty() {
        output.write_all(report::of(&results, terminal::has_colour()).as_bytes())?;
    }
    terminal::complain(results.unusable.iter().map(|(_, reason)| reason.as_str()), terminal::WIDTH)?;
    written.map_err(Failure::usage)?;
    Ok(match results.suites.iter().all(|suite| suite.failures() == 0) {
        _ if !results.unusable.is_empty() => Exit::Usage,
        true => Exit::Fine,
        false => Exit::Findings,
    })
}

fn results(paths: &[PathBuf]) -> Results {
    let files = if paths.is_empty() {
        PLACES.iter().map(PathBuf::from).filter(|path| path.exists()).collect()
    } else {
        paths.iter().flat_map(|path| in_folder(path)).collect::<Vec<_>>()
    };
    let mut results = Results { suites: Vec::new(), unusable: Vec::new() };
    if files.is_empty() {
        let reason = format!(
            "there are no tests here: expected `{}` or `{}`; `access-token test --help` shows one",
            PLACES[0], PLACES[1]
        );
        results.unusable.push((".".to_owned(), reason));
    }
    for path in files {
        match suite(&path) {
            Ok(suite) => results.suites.push(suite),
            Err(error) => results.unusable.push((path.display().to_string(), format!("{error:#}"))),
        }
    }
    results
}

fn suite(path: &Path) -> anyhow::Result<Suite> {
    if path.is_dir() {
        let shown = path.display();
        bail!("`{shown}` has no tests: expected `{}` or `{}` in it", PLACES[0], PLACES[1]);
    }
    Ok(suite::run(path, OffsetDateTime::now_utc(), &Disk)?)
}
