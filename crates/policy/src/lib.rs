//! The heart of access-token: reads policies, decides by them, and explains.
//!
//! The crate takes text and claims and gives back a decision with its reasons. It knows no HTTP, no files, no clock
//! and no tokens, so that the same code serves in the broker, on the command line and, as WebAssembly, in the action
//! and in a browser: what a pull request shows is what the broker will do.
//!
//! | to … | use |
//! | --- | --- |
//! | read a policy file, with everything that is wrong with it | [`parse`], [`diagnostic`] |
//! | know who a caller is | [`caller`], [`subject`] |
//! | read what it asks for | [`request`]; from a workflow's inputs, [`inputs`] |
//! | decide, loading policies as they are needed | [`decide`], [`decision`] |
//! | tell a caller about a denial, and no more than it may know | [`denial`], [`hint`] |
//! | judge what a broker answered | [`answer`] |
//! | ask "what if" in one call | [`scenario`] |
//! | know what a change grants and revokes | `review`, with the feature of that name |
//!
//! ```
//! use policy::parse::parse_repository_policy;
//!
//! let parsed = parse_repository_policy(
//!     "origin: octo-org/website
//! statements:
//!   - subjects:
//!       - repo:octo-org/app:ref:refs/heads/main
//!     permissions:
//!       content: write
//! ",
//!     &"octo-org/website".parse()?,
//! );
//! let problem = &parsed.diagnostics[0];
//! assert_eq!(problem.message, "unknown permission `content`: did you mean `contents`?");
//! assert_eq!(problem.span.start.line, 6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod answer;
mod bare_name;
pub mod caller;
pub mod decide;
pub mod decision;
pub mod denial;
pub mod diagnostic;
pub mod expiry;
pub mod gate;
pub mod hint;
pub mod inputs;
pub mod matcher;
pub mod model;
mod nearest;
pub mod parse;
pub mod pattern;
pub mod repository_glob;
pub mod request;
#[cfg(feature = "review")]
pub mod review;
pub mod scenario;
pub mod source;
pub mod subject;

pub use nearest::nearest;
