//! Proof that every engine decides as the contract says.
//!
//! The same cases (`cases/**/*.yaml`) and the same generated scenarios run on every engine: the native core, its wasm
//! build, a broker over HTTP, and a slow, obvious oracle that shares no code with any of them.
//!
//! ```
//! use conformance::oracle::pattern_matches;
//!
//! assert!(pattern_matches("repo:octo-org/*:ref:refs/heads/main", "repo:Octo-Org/website:ref:refs/heads/main"));
//! assert!(!pattern_matches("repo:octo-org/website:*", "repo:octo-org/website:pull_request"));
//! ```

pub mod case;
pub mod engine;
pub mod every_pattern;
pub mod generate;
pub mod oracle;
