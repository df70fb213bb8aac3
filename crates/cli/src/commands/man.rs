//! `access-token man`: manual pages.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::arguments;
use crate::exit::{Exit, Failure};
use crate::terminal::one_line;

const EXAMPLES: &str = "\
There is one page for the command, `access-token.1`, and one for each command
within it, such as `access-token-explain.1`. The folder is made if need be.

Examples:
  access-token man ~/.local/share/man/man1
  access-token man pages && man pages/access-token-explain.1";

/// Write manual pages, one for each command
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The folder that the pages are written into
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes the pages and prints where.
pub(crate) fn run(arguments: &Arguments, output: &mut impl Write) -> Result<Exit, Failure> {
    let folder = &arguments.folder;
    let shown = folder.display();
    let writing = || format!("cannot write into `{shown}`");
    fs::create_dir_all(folder).with_context(writing).map_err(Failure::usage)?;
    let mut description = arguments::description().disable_help_subcommand(true);
    description.build();
    let of_commands = description.get_subcommands().cloned().collect::<Vec<_>>();
    for command in std::iter::once(description).chain(of_commands) {
        let page = clap_mangen::Man::new(command);
        let path = folder.join(page.get_filename());
        let mut text = Vec::new();
        page.render(&mut text)?;
        fs::write(&path, text).with_context(writing).map_err(Failure::usage)?;
        writeln!(output, "{}", one_line(&path.display().to_string()))?;
    }
    Ok(Exit::Fine)
}
