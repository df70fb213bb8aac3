//! Subject patterns: who a statement speaks of.
//!
//! A subject is a list of `key:value` pairs joined by `:`, and a pattern is the same with wildcards: `*` stands
//! for any characters but `:`, `**` for any characters at all, `?` for one character but `:`. Nothing else is
//! special. The match is on the whole subject.
//!
//! - A wildcard in a *key* position makes a pattern void, because it would match more than its author sees. The
//!   one exception is a final `:**`: "any claims that follow".
//! - Names compare without letter case where GitHub does so: the values of `repo`, `repository`,
//!   `repository_owner`, `environment` and `actor`, and `owner/name` at the beginning of `workflow_ref` and
//!   `job_workflow_ref`. Everything else, above all git refs, compares exactly.
//! - A subject that holds `refs/pull/` is matched only by patterns that write `refs/pull/` themselves.
//!
//! All patterns of a policy become one [`globset::GlobSet`] ([`PatternSet`]), so that one pass over a subject
//! finds every pattern that matches.

mod alphabet;
#[cfg(feature = "review")]
mod classes;
mod expand;
#[cfg(feature = "review")]
mod language;
mod places;
mod set;
mod syntax;

#[cfg(feature = "review")]
pub(crate) use classes::{Budget, Class, TooComplex, classes, have_common};
pub use expand::{ORIGIN, expand};
#[cfg(feature = "review")]
pub(crate) use language::{Domain, Language};
pub use set::{BYTES_PER_COST, MAX_COST, PatternSet, PatternSetError};
pub use syntax::{MAX_PATTERN_CHARS, MAX_STARS, Pattern, PatternError, PatternKind};
