//! Speaks HTTP to a sandbox: one happy baseline per route, and tests that each bend one thing.

#![cfg(test)]

mod access_tokens;
mod admission;
mod app_jwt;
mod bench;
mod command;
mod conditional;
mod contents;
mod control;
mod directory;
mod dispatches;
mod faults;
mod happy;
mod installations;
mod oidc;
mod openapi;
mod put_contents;
mod quota;
mod repositories;
mod revoke;
mod secrets;
mod users;
