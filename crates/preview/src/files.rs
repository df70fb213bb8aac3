//! Where texts come from: the effect that everything else here is handed.

use std::path::Path;

/// Files by their paths.
pub trait Files {
    /// The text of a file. Of one that is larger than a policy may be only the beginning, which is enough to say so.
    ///
    /// # Errors
    /// When it is missing, cannot be read, or is no UTF-8 text.
    fn text(&self, path: &Path) -> Result<String, Unreadable>;
}

/// Why a file has no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unreadable {
    /// Whether it does not exist.
    pub is_missing: bool,
    /// What to tell, with the path.
    pub message: String,
}
