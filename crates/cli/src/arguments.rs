//! The command line, read.

use std::io::Write as _;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgMatches, CommandFactory as _, FromArgMatches as _, Id, Parser};

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

/// The command line, described: what completions and manual pages are made of.
pub(crate) fn description() -> clap::Command {
    Arguments::command()
}

/// What the command line asks for; an exit code when there is nothing more to do.
pub(crate) fn read() -> Result<Command, Exit> {
    let mut reader = Reader { command: without_empty_settings(Arguments::command()), wrong: Vec::new() };
    let outcome = reader.matches().and_then(|mut matches| {
        let in_force = in_force(&matches);
        Ok((Arguments::from_arg_matches_mut(&mut matches)?.command, in_force))
    });
    match outcome {
        Ok((Command::Serve(arguments), in_force)) => {
            Ok(Command::Serve(arguments.with_findings(reader.wrong, in_force)))
        }
        Ok((command, _)) => Ok(command),
        Err(error) => {
            // Where the output cannot be written there is nobody to tell that to.
            for line in &reader.wrong {
                drop(writeln!(std::io::stderr(), "access-token: {line}"));
            }
            match wrong_setting(&error) {
                Some((_, line)) => drop(writeln!(std::io::stderr(), "access-token: {line}")),
                None => drop(error.print()),
            }
            Err(if error.use_stderr() { Exit::Usage } else { Exit::Fine })
        }
    }
}

/// Reads the command line, and notes the settings whose values are none.
struct Reader {
    command: clap::Command,
    wrong: Vec<String>,
}

impl Reader {
    /// What is left when the wrong settings of the environment are left out, so that all are found at once.
    fn matches(&mut self) -> Result<ArgMatches, clap::Error> {
        loop {
            let error = match self.command.clone().try_get_matches() {
                Ok(matches) => return Ok(matches),
                Err(error) => error,
            };
            let Some((id, line)) = wrong_setting(&error) else { return Err(error) };
            let is_of_the_environment = settings(&self.command).any(|setting| *setting.get_id() == id);
            // A second time: it is on the command line itself.
            let count = self.wrong.len();
            self.wrong.retain(|other| *other != line);
            if !is_of_the_environment || self.wrong.len() < count {
                return Err(error);
            }
            self.wrong.push(line);
            self.command = with_settings(self.command.clone(), |setting| {
                if *setting.get_id() == id { setting.env(Resettable::Reset) } else { setting }
            });
        }
    }
}

/// What is empty in the environment counts as not set: that is how many deployments write "none".
fn without_empty_settings(command: clap::Command) -> clap::Command {
    with_settings(command, |setting| {
        let is_empty = setting.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
        if is_empty { setting.env(Resettable::Reset) } else { setting }
    })
}

fn with_settings(mut command: clap::Command, change: impl Fn(Arg) -> Arg) -> clap::Command {
    command.build();
    command.mut_subcommand("serve", |serve| serve.mut_args(&change))
}

/// What may come from the environment.
fn settings(command: &clap::Command) -> impl Iterator<Item = &Arg> {
    let serve = command.find_subcommand("serve");
    serve.into_iter().flat_map(clap::Command::get_arguments).filter(|argument| argument.get_env().is_some())
}

/// The settings with their values as they are written, each in a line; of a secret only that it is set.
fn in_force(matches: &ArgMatches) -> Vec<String> {
    let Some(("serve", matches)) = matches.subcommand() else { return Vec::new() };
    let settings = Arguments::command();
    let value = |setting: &Arg| {
        let values = matches.get_raw(setting.get_id().as_str())?;
        let values: Vec<String> = values.map(|value| value.to_string_lossy().into_owned()).collect();
        Some(if setting.is_hide_env_values_set() { "set".to_owned() } else { values.join(",") })
    };
    self::settings(&settings)
        .filter_map(|setting| {
            let name = setting.get_env()?.to_string_lossy();
            let line = value(setting).map(|value| format!("{name}={value}"));
            Some(terminal::one_line(&line.unwrap_or_else(|| format!("# {name} is not set"))))
        })
        .collect()
}

/// One line for a wrong value of what is a setting of the service, and may come from the environment.
fn wrong_setting(error: &clap::Error) -> Option<(Id, String)> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let flag = text(ContextKind::InvalidArg)?;
    let mut arguments = Arguments::command();
    arguments.build();
    let setting = settings(&arguments).find(|argument| argument.to_string() == flag)?;
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    let values = match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) if !values.is_empty() => {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            format!("expected {}, ", values.join(" or "))
        }
        _ => String::new(),
    };
    let expected = std::error::Error::source(error).map(|reason| format!("{reason}, ")).unwrap_or_default();
    let name = setting.get_env()?.to_string_lossy();
    let line = format!("{name}: {values}{expected}found `{value}`");
    Some((setting.get_id().clone(), terminal::one_line(&line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Arguments::command().debug_assert();
    }
}
