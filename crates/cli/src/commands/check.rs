//! `access-token check`: what is wrong with policy files.

mod examination;
mod place;
mod report;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use policy::decide::OWNER_POLICY_REPOSITORY;
use policy::gate;
use policy::model::OwnerPolicy;
use policy::parse::{PolicyKind, parse_owner_policy};

pub(super) use examination::{Examination, Origin, read_text};

use examination::Surroundings;

use crate::exit::{Exit, Failure};
use crate::terminal;

const EXAMPLES: &str = "\
Without --kind a file is a repository policy if its path ends in
`.github/access-token.yaml`, and an owner policy if it has keys that only those
have, or lies in a repository named `.github-access-token`.

An error means that something is not in force; a warning, that it is in force
and probably not what its author means. `docs/rules.md` tells of each code.

Exit codes: 0 no errors, 1 errors (with --strict also warnings), 2 a file cannot
be read or an argument is wrong.

Examples:
  access-token check .github/access-token.yaml
  access-token check .github/access-token.yaml --repository octo-org/website
  access-token check --strict --owner-policy access-token.yaml \\
    .github/access-token.yaml
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

    /// The policy of the owner, to find what repository policies grant in vain
    #[arg(long, value_name = "FILE")]
    owner_policy: Option<PathBuf>,

    /// Let warnings count as errors do
    #[arg(long)]
    strict: bool,

    /// The time for what expires, RFC 3339; default is now
    #[arg(long, value_name = "TIME", value_parser = super::explain::time)]
    now: Option<time::OffsetDateTime>,
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
    let owner_policy = arguments.owner_policy.as_deref().map(owner_policy).transpose();
    let owner_policy = owner_policy.map_err(Failure::usage)?;
    let surroundings = Surroundings {
        kind: arguments.kind.map(PolicyKind::from),
        repository: arguments.repository.as_deref(),
        now: Some(arguments.now.unwrap_or_else(time::OffsetDateTime::now_utc)),
        owner_policy: owner_policy.as_ref(),
    };
    let is_coloured = terminal::has_colour();
    let mut totals = report::Totals::default();
    totals.is_strict = arguments.strict;
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
        let examination = Examination::within(file, text, surroundings);
        let examination = examination.map_err(Failure::usage)?;
        totals.add(&examination);
        output.write_all(report::of_file(&examination, is_coloured).as_bytes())?;
    }
    writeln!(output, "{}", totals.line())?;
    Ok(totals.exit())
}

/// Reads the owner policy that repository policies are held against; its `origin` is taken as right.
fn owner_policy(file: &Path) -> anyhow::Result<OwnerPolicy> {
    let text = read_text(file)?;
    let written = gate::admit(&text).ok().and_then(|document| {
        let origin = document.value.get("origin")?.as_str()?;
        let owner = origin.split('/').next()?;
        format!("{owner}/{OWNER_POLICY_REPOSITORY}").parse().ok()
    });
    let policy = written.and_then(|found_in| parse_owner_policy(&text, &found_in).policy);
    let name = file.display();
    policy.with_context(|| {
        format!("--owner-policy: `{name}` is no valid owner policy; `access-token check --kind owner {name}` says why")
    })
}
