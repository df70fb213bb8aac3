//! `access-token explain`: what the broker would decide, and why.

mod caller;
mod difference;
mod explanation;
mod installation;
mod policies;
mod report;
mod request;
mod situation;
mod token;
mod walk;

use std::io::Write;

use policy::scenario::Verdict;

use super::format::Format;
use crate::exit::{Exit, Failure};
use crate::terminal;

use explanation::Explanation;
use situation::Situation;

const EXAMPLES: &str = "\
Policies come from files or checkouts, the request from flags, the caller from
flags, a file with claims, or a token. Nothing is sent anywhere. The decision is
made by the code that the broker decides with. What is not said is assumed, and
the answer lists what was.

A policy that is needed but not given leaves it undecided; --without-policy says
that there is none. A token is read from a file or standard input, because the
shell keeps command lines in its history; it is not verified, and never shown.

Exit codes: 0 granted, 1 denied, 2 not decided: a policy is not given, a file
cannot be read or an argument is wrong.

Examples:
  access-token explain --repository octo-org/app --ref refs/heads/main \\
    --permission contents=read --target octo-org/website \\
    --checkout ../website --checkout ../.github-access-token
  access-token explain --repository octo-org/app --environment production \\
    --permission 'contents: read, secrets: write' --target website \\
    --owner-policy access-token.yaml \\
    --repository-policy website=.github/access-token.yaml
  access-token explain --token - --permission members=read \\
    --owner-policy access-token.yaml < token.txt";

/// Explain a decision: would this job get that token, by which statements, or what stands in the way
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    policies: policies::Sources,

    #[command(flatten)]
    caller: caller::Caller,

    #[command(flatten)]
    request: request::Asked,

    #[command(flatten)]
    installation: installation::Installation,

    /// The time of the request, RFC 3339; default is now
    #[arg(long, value_name = "TIME", value_parser = preview::moment::moment, help_heading = "Decision")]
    now: Option<::time::OffsetDateTime>,

    /// How to print the decision
    #[arg(long, value_enum, default_value_t = Format::Human, help_heading = "Decision")]
    format: Format,
}

/// Decides and prints why.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let situation = Situation::new(arguments).map_err(Failure::usage)?;
    let explanation = Explanation::of(&situation);
    if let Verdict::BadRequest { bad_request } = &explanation.verdict {
        return refuse(bad_request);
    }
    let text = match arguments.format {
        Format::Human => report::of(&explanation, &situation, terminal::has_colour()),
        Format::Json => {
            let value = explanation.json(&situation).map_err(Failure::failed)?;
            serde_json::to_string_pretty(&value).map_err(Failure::failed)? + "\n"
        }
    };
    output.write_all(text.as_bytes())?;
    Ok(explanation.exit())
}

/// What nobody can ask for is no question of policies but a wrong argument.
fn refuse(problems: &[String]) -> Result<Exit, Failure> {
    terminal::complain(problems.iter().map(String::as_str), terminal::WIDTH)?;
    Ok(Exit::Usage)
}
