//! Tells before a policy merges what it will do: what is wrong with it, whether its tests pass, and what a change of it
//! grants and revokes.
//!
//! The crates `policy` and `lint` decide; this one brings their answers together for whoever looks at a change, at a
//! terminal or in a pull request. Texts come through [`files::Files`], the time as an argument: it reads no files, has
//! no clock, and knows no git.
//!
//! ```
//! use std::path::Path;
//!
//! use preview::examination::{Examination, Surroundings};
//! use preview::verdict;
//!
//! let text = "origin: octo-org/website
//! statements:
//!   - subjects: ['repo:octo-org/app:enviroment:production']
//!     permissions: {contents: read}
//! ";
//! let path = Path::new(".github/access-token.yaml");
//! let examination = Examination::new(path, text.to_owned(), Surroundings::default());
//! assert_eq!(
//!     verdict::of_file(&examination),
//!     ".github/access-token.yaml (repository policy of octo-org/website, going by its `origin`): 1 warning"
//! );
//! ```

pub mod checkup;
pub mod claims;
pub mod comparison;
pub mod examination;
pub mod files;
pub mod moment;
pub mod plain;
pub mod suite;
pub mod terms;
pub mod verdict;
