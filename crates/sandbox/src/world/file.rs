//! A file of a repository: its bytes and its git id.

use axum::body::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digest::git_object_id;

/// The largest file the sandbox serves, in bytes: the contents API of GitHub gives the text of files up to 1 MB.
pub(crate) const LARGEST_FILE: u64 = 1024 * 1024;

/// A file; cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Empty for a file over [`LARGEST_FILE`].
    pub(crate) bytes: Bytes,
    /// Length in bytes.
    pub(crate) size: u64,
    /// The git id of the blob, in hexadecimal.
    pub(crate) sha: String,
}

impl File {
    pub(crate) fn new(bytes: Bytes) -> Self {
        let size = bytes.len() as u64;
        if size > LARGEST_FILE {
            Self::too_large(size)
        } else {
            Self { sha: git_object_id("blob", &bytes), size, bytes }
        }
    }

    /// A file that is known by its length only.
    pub(crate) fn too_large(size: u64) -> Self {
        let sha = git_object_id("blob", format!("{size} bytes").as_bytes());
        Self { bytes: Bytes::new(), size, sha }
    }

    pub(crate) fn is_too_large(&self) -> bool {
        self.size > LARGEST_FILE
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File").field("size", &self.size).field("sha", &self.sha).finish_non_exhaustive()
    }
}

impl Serialize for File {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(&self.bytes))
    }
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(Bytes::from(text)))
    }
}
