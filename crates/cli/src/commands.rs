//! The subcommands.

mod check;
mod completions;
mod diff;
mod disk;
mod explain;
mod format;
mod man;
mod policy_files;
mod sandbox;
mod schema;
mod serve;
mod test;
mod who_can;

use std::future::Future;
use std::io;

use clap::Subcommand;

use crate::exit::{Exit, Failure};

/// One variant for each subcommand.
#[derive(Subcommand)]
pub(crate) enum Command {
    Serve(serve::Arguments),
    Sandbox(sandbox::Arguments),
    Check(check::Arguments),
    Diff(diff::Arguments),
    WhoCan(who_can::Arguments),
    Test(test::Arguments),
    Schema(schema::Arguments),
    Explain(explain::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Runs a subcommand to its end.
pub(crate) fn run(command: Command) -> Result<Exit, Failure> {
    let mut output = std::io::stdout();
    match command {
        Command::Serve(arguments) => serve::run(arguments, &mut output),
        Command::Sandbox(arguments) => sandbox::run(arguments, &mut output),
        Command::Check(arguments) => check::run(&arguments, &mut output),
        Command::Diff(arguments) => diff::run(&arguments, &mut output),
        Command::WhoCan(arguments) => who_can::run(&arguments, &mut output),
        Command::Test(arguments) => test::run(&arguments, &mut output),
        Command::Schema(arguments) => schema::run(&arguments, &mut output),
        Command::Explain(arguments) => explain::run(&arguments, &mut output),
        Command::Completions(arguments) => completions::run(&arguments, &mut output),
        Command::Man(arguments) => man::run(&arguments, &mut output),
    }
}

/// The threads that a server runs on.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::failed)
}

/// Is ready when SIGTERM or SIGINT comes; from now on neither ends the process by itself.
#[cfg(unix)]
fn order_to_stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
    })
}

#[cfg(not(unix))]
fn order_to_stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
