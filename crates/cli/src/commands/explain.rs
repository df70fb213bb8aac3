//! `access-token explain`: what the broker would decide, and why.

mod caller;
mod report;
mod request;
mod situation;

use std::io::Write;
use std::path::PathBuf;

use policy::scenario::{Verdict, simulate};

use super::format::Format;
use crate::exit::{Exit, Failure};
use crate::terminal;

pub(super) use caller::subject;
pub(super) use situation::time;

use situation::Situation;

const EXAMPLES: &str = "\
The policies come from files, the request from flags, the caller from flags,
from a file, or from a token. Nothing is sent anywhere. What is not said is
assumed, and the answer lists what was.

Exit codes: 0 granted, 1 not granted, 2 a file cannot be read or an argument is
wrong.

Examples:
  access-token explain --repository octo-org/app --ref refs/heads/main \\
    --permission contents=read --target website \\
    --owner-policy access-token.yaml \\
    --repository-policy website=.github/access-token.yaml
  access-token explain --token - --permission members=read \\
    --owner-policy access-token.yaml < token.txt";

/// Explain a decision: would this job get that token, by which statements, or what stands in the way
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The policy of the owner; without it the owner has none
    #[arg(long, value_name = "FILE", help_heading = "Policies")]
    owner_policy: Option<PathBuf>,

    /// The policy of a target repository; repositories without one have none
    #[arg(long, value_name = "NAME=FILE", value_parser = named_file, help_heading = "Policies")]
    repository_policy: Vec<(String, PathBuf)>,

    #[command(flatten)]
    caller: caller::Caller,

    #[command(flatten)]
    request: request::Asked,

    /// The time of the request, RFC 3339; default is now
    #[arg(long, value_name = "TIME", value_parser = situation::time, help_heading = "Decision")]
    now: Option<time::OffsetDateTime>,

    /// How to print the decision
    #[arg(long, value_enum, default_value_t = Format::Human, help_heading = "Decision")]
    format: Format,
}

/// Decides and prints why.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let situation = Situation::new(arguments).map_err(Failure::usage)?;
    let verdict = simulate(&situation.scenario);
    if let Verdict::BadRequest { bad_request } = &verdict {
        return refuse(bad_request);
    }
    let text = match arguments.format {
        Format::Human => report::of(&verdict, &situation, terminal::has_colour()),
        Format::Json => serde_json::to_string_pretty(&verdict).map_err(Failure::failed)? + "\n",
    };
    output.write_all(text.as_bytes())?;
    Ok(if matches!(verdict, Verdict::Granted { .. }) { Exit::Fine } else { Exit::Findings })
}

/// What nobody can ask for is no question of policies but a wrong argument.
fn refuse(problems: &[String]) -> Result<Exit, Failure> {
    for problem in problems {
        writeln!(std::io::stderr(), "{}", terminal::one_line(&format!("access-token: {problem}")))?;
    }
    Ok(Exit::Usage)
}

fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => Ok((name.to_owned(), file.into())),
        _ => Err("expected for example `website=.github/access-token.yaml`".to_owned()),
    }
}
