//! `access-token diff`: what a change to a policy grants and revokes.

mod human;
mod revision;
mod side;

use std::io::Write;

use policy::parse::PolicyKind;
use preview::comparison::{compare, markdown};
use preview::examination::Surroundings;
use time::OffsetDateTime;

use crate::exit::{Exit, Failure};
use crate::terminal;

use super::disk;
use side::Pair;

const EXAMPLES: &str = "\
OLD and NEW are files, files at git revisions such as
`main:.github/access-token.yaml`, or revisions. Of two revisions the policies
are compared; a revision beside a file stands for that file there. A file that
the revision does not have is no policy, and grants nothing. With --base, the
policies of the checkout are compared with those of that revision.

The answer is found on the patterns themselves, not by trying subjects. What
cannot be told within the limits counts as widened.

Exit codes: 0 nothing is widened, 1 something is or may be, 2 a file or a
revision cannot be read or an argument is wrong.

Examples:
  access-token diff old.yaml new.yaml
  access-token diff main:.github/access-token.yaml .github/access-token.yaml
  access-token diff HEAD~1 HEAD
  access-token diff --base origin/main --format markdown";

/// Compare two versions of a policy: what the change grants and revokes
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The version before: a file, `REVISION:PATH`, or a revision
    #[arg(required_unless_present = "base", requires = "new")]
    old: Option<String>,

    /// The version after: a file, `REVISION:PATH`, or a revision
    new: Option<String>,

    /// Compare the policies of the checkout in this folder with those of a git revision
    #[arg(long, value_name = "REVISION", conflicts_with = "old")]
    base: Option<String>,

    /// Which kind of policy it is; by default path and content tell
    #[arg(long, value_enum)]
    kind: Option<super::check::Kind>,

    /// The repository that the policy is for; by default what its `origin` says is taken as right
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,

    /// The time by which statements are expired, RFC 3339; default is now
    #[arg(long, value_name = "TIME", value_parser = preview::moment::moment)]
    now: Option<OffsetDateTime>,

    /// How to print the changes
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How the changes are printed.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Human,
    /// For a comment or a step summary
    Markdown,
    /// For programs
    Json,
}

/// Compares and prints what changes.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let pairs = match (&arguments.old, &arguments.new, &arguments.base) {
        (Some(old), Some(new), _) => Pair::named(old, new).map_err(Failure::usage)?,
        (_, _, Some(base)) => Pair::since(base).map_err(Failure::usage)?,
        _ => return Err(Failure::usage(anyhow::anyhow!("expected OLD and NEW, or --base"))),
    };
    let now = arguments.now.unwrap_or_else(OffsetDateTime::now_utc);
    let repository = arguments.repository.as_deref().map(disk::repository).transpose();
    let repository = repository.map_err(Failure::usage)?;
    let here = std::env::current_dir().ok();
    let surroundings = Surroundings {
        folder: here.as_deref(),
        kind: arguments.kind.map(PolicyKind::from),
        repository: repository.as_ref(),
        ..Surroundings::default()
    };
    let mut comparisons = Vec::new();
    for Pair { old, new } in pairs {
        let comparison = compare(old, new, surroundings, now);
        comparisons.push(comparison.map_err(Failure::usage)?);
    }
    let text = match arguments.format {
        Format::Human => human::of(&comparisons, terminal::has_colour()),
        Format::Markdown => markdown::of(&comparisons),
        Format::Json => serde_json::to_string_pretty(&comparisons).map_err(Failure::failed)? + "\n",
    };
    output.write_all(text.as_bytes())?;
    let is_widened = comparisons.iter().any(|comparison| comparison.widened);
    Ok(if is_widened { Exit::Findings } else { Exit::Fine })
}
