//! `access-token completions`: what a shell needs to complete command lines.

use std::io::Write;

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
    shell: clap_complete::Shell,
}

/// Prints the script.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let mut description = arguments::description();
    let name = description.get_name().to_owned();
    // Into memory first: what writes it ends the process when a reader goes away.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut description, name, &mut script);
    output.write_all(&script)?;
    Ok(Exit::Fine)
}
