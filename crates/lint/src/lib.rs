//! The linter: what a policy says but its author hardly means.
//!
//! The crate `policy` says what a file means and what of it cannot be understood. This crate reads that meaning beside
//! the places of the text, and asks [`RULES`]: one list, in which each rule is one module. It changes nothing of what
//! a policy means, and neither the broker nor the action's WebAssembly link it.
//!
//! ```
//! use lint::{Subject, check};
//! use policy::parse::PolicyKind;
//!
//! let text = "origin: octo-org/website
//! statements:
//!   - subjects: ['repo:octo-org/app:enviroment:production']
//!     permissions: {contents: read}
//! ";
//! let origin = "octo-org/website".parse()?;
//! let checked = check(&Subject { text, kind: PolicyKind::Repository, found_in: &origin, now: None, owner_policy: None });
//! assert_eq!(checked.findings[0].code, "AT014");
//! assert_eq!(checked.findings[0].help.as_deref(), Some("did you mean `environment`?"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod claims;
mod cover;
mod document;
mod finding;
mod mend;
mod outline;
mod pairs;
pub mod report;
mod rules;

pub use check::{Checked, Subject, check, readable};
pub use document::markdown;
pub use finding::Finding;
pub use pairs::CLAIMS;
pub use rules::{RULES, Rule, rule};
