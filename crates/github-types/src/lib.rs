//! GitHub's words as types: owners, repositories, permissions, workflow refs and the claims of an
//! Actions OIDC token.
//!
//! Every string from outside enters through one door here (`FromStr`, `TryFrom` or `Deserialize`) and is
//! never checked again. The crate knows no HTTP, no files, no clock and no policies.
//!
//! ```
//! use github_types::{Level, Permission, Repository};
//!
//! let repository: Repository = "octo-org/website".parse()?;
//! assert_eq!(repository.name().as_str(), "website");
//!
//! let contents: Permission = "contents".parse()?;
//! assert!(contents.allows(Level::Write));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod claims;
mod name;
mod permission;
mod permission_set;
mod repository;
mod secret;
mod selection;
mod workflow_ref;

pub use claims::{Claims, ClaimsError};
pub use name::{NameError, OwnerName, RepositoryName};
pub use permission::{Level, LevelError, Permission, PermissionError, Scope, UnknownLevel, catalogue};
pub use permission_set::{PermissionSet, PermissionSetError};
pub use repository::{Repository, RepositoryError};
pub use secret::Secret;
pub use selection::{MAX_REPOSITORIES, RepositoryList, RepositoryListError, RepositorySelection};
pub use workflow_ref::{WorkflowRef, is_branch_or_tag};
