//! The command as people and programs see it: exact output and exit codes of the built binary.

#![cfg(test)]

mod check;
mod check_folder;
mod check_formats;
mod colour;
mod completions;
mod diff;
mod explain;
mod explain_caller;
mod folder;
mod help;
mod junit;
mod process;
mod sandbox;
mod schema;
mod serve;
mod stalled;
mod stop;
mod test;
mod who_can;
