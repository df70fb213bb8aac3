//! The command `access-token`: runs the broker and the sandbox, checks and explains policies.
//!
//! Each subcommand is one module of `commands`; none of them decides anything that the crates `policy`, `broker` and
//! `sandbox` do not.

mod arguments;
mod commands;
mod exit;
mod terminal;

use std::io::Write as _;
use std::process::ExitCode;

use crate::exit::{Exit, Failure};

/// The servers make and drop some hundred small objects for each request.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = match arguments::read() {
        Ok(command) => command,
        Err(exit) => return exit.into(),
    };
    match commands::run(command) {
        Ok(exit) => exit.into(),
        Err(failure) => complain(&failure).into(),
    }
}

fn complain(failure: &Failure) -> Exit {
    // A reader that went away, such as `head`, needs no explanation, and neither does an error stream that did.
    if !failure.is_broken_pipe() {
        let _ = writeln!(std::io::stderr(), "access-token: {}", terminal::one_line(&failure.to_string()));
    }
    failure.exit()
}
