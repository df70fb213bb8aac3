//! `access-token who-can`: the reverse question, who can have a permission.

mod answer;
mod folder;
mod owners;
mod report;

use std::io::Write;
use std::path::PathBuf;

use github_types::{Level, Permission, Repository};
use time::OffsetDateTime;

use super::format::Format;
use crate::exit::{Exit, Failure};
use crate::terminal;

use answer::Question;

const EXAMPLES: &str = "\
The policies are the files named `access-token.yaml` or `access-token.yml` in
the folder and below it. Expired statements are left out, and so are those to
callers whom the owner policy does not let ask. Where the owner policy is not
among them, what it refuses is not known, and the answer says so.

Exit codes: 0 somebody can, 1 nobody can, 2 the folder has no policies or a file
cannot be read.

Examples:
  access-token who-can secrets:write
  access-token who-can contents --policies checkouts --format json
  access-token who-can contents:write --repository octo-org/website";

/// List who can have a permission, going by the policies in a folder
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The permission, such as `contents:write`; without a level, any
    #[arg(value_name = "PERMISSION[:LEVEL]", value_parser = permission)]
    permission: (Permission, Option<Level>),

    /// The folder with the policies, or one policy file
    #[arg(long, value_name = "DIR", default_value = ".")]
    policies: PathBuf,

    /// Only for this target repository
    #[arg(long, value_name = "OWNER/NAME", value_parser = repository)]
    repository: Option<Repository>,

    /// The time by which statements are expired, RFC 3339; default is now
    #[arg(long, value_name = "TIME", value_parser = preview::moment::moment)]
    now: Option<OffsetDateTime>,

    /// How to print the answer
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// Reads the policies and lists who can.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let policies = folder::read(&arguments.policies).map_err(Failure::usage)?;
    let (permission, level) = arguments.permission;
    let question = Question {
        permission,
        level,
        repository: arguments.repository.as_ref(),
        now: arguments.now.unwrap_or_else(OffsetDateTime::now_utc),
    };
    let answer = answer::of(&question, &policies);
    let text = match arguments.format {
        Format::Human => report::of(&question, &answer, terminal::has_colour()),
        Format::Json => serde_json::to_string_pretty(&answer).map_err(Failure::failed)? + "\n",
    };
    output.write_all(text.as_bytes())?;
    Ok(if answer.grants.iter().any(|grant| grant.in_force) { Exit::Fine } else { Exit::Findings })
}

fn permission(text: &str) -> Result<(Permission, Option<Level>), String> {
    let (name, level) = match text.split_once([':', '=']) {
        Some((name, level)) => (name.trim(), Some(level.trim())),
        None => (text.trim(), None),
    };
    let permission: Permission = name.parse().map_err(|error| terminal::one_line(&format!("{error}")))?;
    let level = level.map(|level| permission.level(level)).transpose();
    Ok((permission, level.map_err(|error| error.to_string())?))
}

fn repository(text: &str) -> Result<Repository, String> {
    text.parse().map_err(|_| "expected `owner/name`".to_owned())
}
