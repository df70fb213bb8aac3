//! `access-token completions`: what a shell needs to complete command lines.

use std::io::Write;

use clap::builder::PossibleValue;
use clap_complete::Shell;

use crate::arguments;
use crate::exit::{Exit, Failure};

const EXAMPLES: &str = "\
The script goes to where the shell looks for completions, or is read when it
starts. It holds no more than names of commands, options and values.

Examples:
  access-token completions bash > \\
    ~/.local/share/bash-completion/completions/access-token
  access-token completions zsh > ~/.zfunc/_access-token   # fpath+=~/.zfunc
  access-token completions fish > \\
    ~/.config/fish/completions/access-token.fish
  access-token completions powershell >> $PROFILE
  access-token completions elvish >> ~/.config/elvish/rc.elv";

/// Print a script that lets a shell complete commands, options and their values
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let mut description = arguments::description();
    let name = description.get_name().to_owned();
    // Into memory first: what writes it ends the process when a reader goes away.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut description, &name, &mut script);
    if arguments.shell == Shell::Fish {
        script.extend(values_for_fish(&description, &name).into_bytes());
    }
    output.write_all(&script)?;
    Ok(Exit::Fine)
}

/// The values of arguments without a name, which `clap_complete` tells to every other shell.
fn values_for_fish(description: &clap::Command, name: &str) -> String {
    let mut lines = String::new();
    for command in description.get_subcommands() {
        for argument in command.get_positionals() {
            let values = argument.get_possible_values();
            let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
            if !names.is_empty() {
                let condition = format!("__fish_{}_using_subcommand", name.replace('-', "_"));
                lines.push_str(&format!(
                    "complete -c {name} -n \"{condition} {}\" -f -a \"{}\"\n",
                    command.get_name(),
                    names.join(" ")
                ));
            }
        }
    }
    lines
}
