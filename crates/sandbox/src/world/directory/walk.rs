//! Which files and folders a world's directory has.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::WorldError;

/// What tells whether a file may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) modified: SystemTime,
    pub(super) length: u64,
}

impl Stamp {
    /// Whether a later change would surely show: file systems keep times as coarsely as two seconds.
    pub(super) fn is_settled_at(&self, now: SystemTime) -> bool {
        now.duration_since(self.modified).is_ok_and(|age| age > COARSEST_CLOCK)
    }
}

/// A file (with its stamp) or a folder, by its path within the world.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) stamp: Option<Stamp>,
}

/// Lists everything in the directory `root`, without following links.
pub(super) fn walk(root: &Path) -> Result<Vec<Entry>, WorldError> {
    let mut found = Vec::new();
    visit(root, Path::new(""), 0, &mut found)?;
    Ok(found)
}

fn visit(root: &Path, folder: &Path, depth: usize, found: &mut Vec<Entry>) -> Result<(), WorldError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| WorldError::Read { path, source }
    };
    let listing = match fs::read_dir(root.join(folder)) {
        Err(error) if depth > 0 && error.kind() == io::ErrorKind::NotFound => return Ok(()),
        listing => listing.map_err(failed(folder))?,
    };
    let mut entries = listing.collect::<Result<Vec<_>, _>>().map_err(failed(folder))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = folder.join(entry.file_name());
        let metadata = match entry.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata.map_err(failed(&path))?,
        };
        if entry.file_name() == ".git" || metadata.is_symlink() {
            continue;
        }
        if found.len() >= ENTRY_LIMIT || depth >= DEPTH_LIMIT {
            return Err(WorldError::TooBig { limit: ENTRY_LIMIT, depth: DEPTH_LIMIT });
        }
        if metadata.is_dir() {
            found.push(Entry { path: path.clone(), stamp: None });
            visit(root, &path, depth + 1, found)?;
        } else {
            let modified = metadata.modified().map_err(failed(&path))?;
            found.push(Entry { path, stamp: Some(Stamp { modified, length: metadata.len() }) });
        }
    }
    Ok(())
}

const ENTRY_LIMIT: usize = 20_000;
const DEPTH_LIMIT: usize = 32;
const COARSEST_CLOCK: Duration = Duration::from_secs(2);
