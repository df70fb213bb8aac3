//! The command `access-token`: runs the broker and the sandbox, checks and explains policies.
//!
//! Each subcommand is one module of `commands`; none of them decides anything that the crates `policy`, `broker` and
//! `sandbox` do not.

mod arguments;
mod commands;
mod exit;
mod terminal;

use std::process::ExitCode;

use crate::commands::Command;
use crate::exit::{Exit, Failure};

/// The servers make and drop some hundred small objects for each request.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = match arguments::read() {
        Ok(command) => command,
        Err(exit) => return exit.into(),
    };
    // What a server says is a line of a log.
    let is_server = matches!(command, Command::Serve(_) | Command::Sandbox(_));
    match commands::run(command) {
        Ok(exit) => exit.into(),
        Err(failure) => complain(&failure, if is_server { usize::MAX } else { terminal::WIDTH }).into(),
    }
}

fn complain(failure: &Failure, width: usize) -> Exit {
    // A reader that went away, such as `head`, needs no explanation, and neither does an error stream that did.
    if !failure.is_broken_pipe() {
        let _ = terminal::complain([failure.to_string().as_str()], width);
    }
    failure.exit()
}
