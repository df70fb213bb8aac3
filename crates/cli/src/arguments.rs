//! The command line, read.

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, Parser};
use std::io::Write as _;

use crate::commands::Command;
use crate::exit::Exit;
use crate::terminal;

const EXIT_CODES: &str = "\
Exit codes:
  0  it did what it was asked, and the answer is yes: no errors, granted
  1  it did what it was asked, and the answer is no: errors, not granted
  2  it could not begin: a wrong argument or setting, or an unreadable file
  3  it could not go on, such as with a port that is taken

Examples:
  access-token check .github/access-token.yaml
  access-token sandbox --world crates/sandbox/world";

/// Short-lived GitHub tokens with exactly the permissions that policies grant.
#[derive(Parser)]
#[command(name = "access-token", version, after_help = EXIT_CODES, max_term_width = 80)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What the command line asks for; an exit code when there is nothing more to do.
pub(crate) fn read() -> Result<Command, Exit> {
    match Arguments::try_parse() {
        Ok(arguments) => Ok(arguments.command),
        Err(error) => {
            // Where the output cannot be written there is nobody to tell that to.
            match wrong_setting(&error) {
                Some(line) => drop(writeln!(std::io::stderr(), "access-token: {line}")),
                None => drop(error.print()),
            }
            Err(if error.use_stderr() { Exit::Usage } else { Exit::Fine })
        }
    }
}

/// One line for a wrong value of what is a setting of the service, and may come from the environment.
fn wrong_setting(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let flag = text(ContextKind::InvalidArg)?;
    let mut arguments = Arguments::command();
    arguments.build();
    let settings = arguments.find_subcommand("serve")?;
    let setting = settings.get_arguments().find(|argument| argument.to_string() == flag)?.get_env()?;
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let values = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            format!("expected {}, ", values.join(" or "))
        }
        _ => String::new(),
    };
    let reason = std::error::Error::source(error).map(|reason| format!(": {reason}")).unwrap_or_default();
    let line = format!("{}: {values}found `{value}`{reason}", setting.to_string_lossy());
    Some(terminal::one_line(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Arguments::command().debug_assert();
    }
}
