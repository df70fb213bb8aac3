//! `access-token check`: what is wrong with policy files.

mod examination;
mod place;
mod report;

use std::io::Write;
use std::path::PathBuf;

use policy::parse::PolicyKind;

pub(super) use examination::{Examination, Origin, read_text};

use crate::exit::{Exit, Failure};
use crate::terminal;

const EXAMPLES: &str = "\
Without --kind a file is a repository policy if its path ends in
`.github/access-token.yaml`, and an owner policy if it has keys that only those
have, or lies in a repository named `.github-access-token`.

Exit codes: 0 no errors, 1 errors, 2 a file cannot be read or an argument is
wrong.

Examples:
  access-token check .github/access-token.yaml
  access-token check .github/access-token.yaml --repository octo-org/website
  access-token check --kind owner access-token.yaml";

/// Check policy files: everything that is wrong with them, where, and what to do about it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The policy files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Which kind of policy the files are; by default their paths and contents tell
    #[arg(long, value_enum)]
    kind: Option<Kind>,

    /// The repository that the files are for; by default what their `origin` says is taken as right
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
}

/// The kinds of policies.
#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum Kind {
    /// `access-token.yaml` in `OWNER/.github-access-token`
    Owner,
    /// `.github/access-token.yaml` in a target repository
    Repository,
}

impl From<Kind> for PolicyKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Owner => Self::Owner,
            Kind::Repository => Self::Repository,
        }
    }
}

/// Checks the files and prints what it finds.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let kind = arguments.kind.map(PolicyKind::from);
    let is_coloured = terminal::has_colour();
    let mut totals = report::Totals::default();
    for file in &arguments.files {
        let text = match read_text(file) {
            Ok(text) => text,
            Err(error) => {
                totals.unreadable += 1;
                let line = terminal::one_line(&format!("access-token: {error:#}"));
                writeln!(std::io::stderr(), "{line}")?;
                continue;
            }
        };
        let examination = Examination::new(file, text, kind, arguments.repository.as_deref());
        let examination = examination.map_err(Failure::usage)?;
        totals.add(&examination);
        output.write_all(report::of_file(&examination, is_coloured).as_bytes())?;
    }
    writeln!(output, "{}", totals.line())?;
    Ok(totals.exit())
}
