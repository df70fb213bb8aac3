//! `access-token check`: what is wrong with policy files.

mod format;
mod gather;
mod paths;
mod place;
mod report;
mod work;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use lint::report::{CheckedFile, Report, Unread};
use policy::model::OwnerPolicy;
use policy::parse::PolicyKind;
use preview::examination::{self, Surroundings};

use format::Format;
use paths::Paths;

use super::disk::{self, read_text};
use crate::exit::{Exit, Failure};
use crate::terminal;

const EXAMPLES: &str = "\
In a folder, the files `access-token.yaml` and `.github/access-token.yaml` (or
`.yml`) of it and of the folders within are checked, up to 16 deep; folders that
`.gitignore` names, `node_modules` and links out of the folder are left out.

Without --kind a file is a repository policy if its path ends in
`.github/access-token.yaml`, and an owner policy if it has keys that only those
have, or lies in a repository named `.github-access-token`.

An error means that something is not in force; a warning, that it is in force
and probably not what its author means. `docs/rules.md` tells of each code, and
`docs/check.md` of the formats.

Exit codes: 0 no errors, 1 errors (with --strict also warnings), 2 a file cannot
be read, there are no policies, or an argument is wrong.

Examples:
  access-token check
  access-token check .github/access-token.yaml --repository octo-org/website
  access-token check --strict --owner-policy access-token.yaml website docs
  access-token check --format sarif > access-token.sarif
  access-token check --kind owner access-token.yaml";

/// Check policy files: everything that is wrong with them, where, and what to do about it
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Policy files, and folders whose policies are meant; by default this folder
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

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

    /// How to print what is found; by default `github` in a job of GitHub Actions, else `human`
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// The time for what expires, RFC 3339; default is now
    #[arg(long, value_name = "TIME", value_parser = preview::moment::moment)]
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
    let repository = arguments.repository.as_deref().map(disk::repository).transpose();
    let repository = repository.map_err(Failure::usage)?;
    let here = std::env::current_dir().ok();
    let surroundings = Surroundings {
        folder: here.as_deref(),
        kind: arguments.kind.map(PolicyKind::from),
        repository: repository.as_ref(),
        now: Some(arguments.now.unwrap_or_else(time::OffsetDateTime::now_utc)),
        owner_policy: owner_policy.as_ref(),
    };
    let gathered = gather::gather(&arguments.paths);
    terminal::complain(gathered.notes.iter().map(String::as_str), terminal::WIDTH)?;
    let format = arguments.format.unwrap_or_else(Format::of_this_place);
    let shown = Shown { format, paths: Paths::of(format), is_coloured: terminal::has_colour() };
    let mut whole = Report::default();
    whole.unread.extend(gathered.unread.into_iter().map(|(path, message)| shown.unread(&path, message)));
    for chunk in gathered.files.chunks(work::CHUNK) {
        for outcome in work::mapped(chunk, |path| check(path, surroundings, &shown)) {
            match outcome {
                Outcome::Checked(file, text) => {
                    output.write_all(text.as_bytes())?;
                    whole.files.push(file);
                }
                Outcome::Unread(file) => whole.unread.push(file),
            }
        }
    }
    terminal::complain(whole.unread.iter().map(|unread| unread.message.as_str()), terminal::WIDTH)?;
    output.write_all(format.of(&whole)?.as_bytes())?;
    Ok(report::exit(&whole, arguments.strict))
}

/// How files are told.
struct Shown {
    format: Format,
    paths: Paths,
    is_coloured: bool,
}

impl Shown {
    fn unread(&self, path: &Path, message: String) -> Unread {
        Unread { path: self.paths.told(path), message }
    }
}

/// What came of one file.
enum Outcome {
    /// With what people read of it.
    Checked(CheckedFile, String),
    Unread(Unread),
}

fn check(path: &Path, surroundings: Surroundings<'_>, shown: &Shown) -> Outcome {
    let text = match read_text(path) {
        Ok(text) => text,
        Err(error) => return Outcome::Unread(shown.unread(path, format!("{error:#}"))),
    };
    let examination = disk::examined(path, text, surroundings);
    let text = match shown.format {
        Format::Human => report::of_file(&examination, shown.is_coloured),
        Format::Json | Format::Sarif | Format::Github => String::new(),
    };
    Outcome::Checked(examination.checked(shown.paths.told(path)), text)
}

/// Reads the owner policy that repository policies are held against; its `origin` is taken as right.
fn owner_policy(file: &Path) -> anyhow::Result<OwnerPolicy> {
    let policy = examination::owner_policy(&read_text(file)?);
    let name = file.display();
    policy.with_context(|| {
        format!("--owner-policy: `{name}` is no valid owner policy; `access-token check --kind owner {name}` says why")
    })
}
