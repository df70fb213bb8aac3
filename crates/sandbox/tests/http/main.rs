//! Speaks HTTP to a sandbox: one happy baseline per route, and tests that each bend one thing.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod happy;
