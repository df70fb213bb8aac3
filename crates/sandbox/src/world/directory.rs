//! A world that lies in a directory of plain files.
//!
//! The directory is walked for every request, but a file is read again only when its stamp (time of change, length) is new.

mod layout;
mod walk;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Bytes;

use super::{File, LARGEST_FILE, World};
use crate::error::WorldError;
use walk::{Entry, Stamp};

/// The directory, and what was in it last time.
#[derive(Debug)]
pub(crate) struct Directory {
    root: PathBuf,
    files: BTreeMap<PathBuf, Known>,
    folders: Vec<PathBuf>,
    world: Arc<World>,
}

/// A file as it was read.
#[derive(Clone, Debug)]
struct Known {
    stamp: Stamp,
    /// A change right after reading might leave the stamp as it is, so such a file is read again.
    settled: bool,
    file: File,
}

impl Directory {
    pub(crate) fn open(root: PathBuf) -> Result<Self, WorldError> {
        let mut directory =
            Self { root, files: BTreeMap::new(), folders: Vec::new(), world: Arc::new(World::default()) };
        directory.refresh()?;
        Ok(directory)
    }

    /// The world now.
    pub(crate) fn now(&mut self) -> Result<Arc<World>, WorldError> {
        self.refresh()?;
        Ok(Arc::clone(&self.world))
    }

    fn refresh(&mut self) -> Result<(), WorldError> {
        let mut files = BTreeMap::new();
        let mut folders = Vec::new();
        let mut changed = false;
        for Entry { path, stamp } in walk::walk(&self.root)? {
            let Some(stamp) = stamp else {
                folders.push(path);
                continue;
            };
            let known = match self.files.get(&path) {
                Some(known) if known.settled && known.stamp == stamp => known.clone(),
                old => {
                    let Some(known) = read(&self.root, &path, stamp)? else { continue };
                    changed |= old.is_none_or(|old| old.file != known.file);
                    known
                }
            };
            files.insert(path, known);
        }
        changed |= files.len() != self.files.len() || folders != self.folders;
        if changed || self.world.owners.is_empty() {
            let mut world = layout::build(&files, &folders, |known| &known.file)?;
            world.settle()?;
            self.world = Arc::new(world);
        }
        (self.files, self.folders) = (files, folders);
        Ok(())
    }
}

/// Reads one file; `None` if it has gone in the meantime.
fn read(root: &Path, path: &Path, stamp: Stamp) -> Result<Option<Known>, WorldError> {
    let started = SystemTime::now();
    let settled = stamp.is_settled_at(started);
    if stamp.length > LARGEST_FILE {
        return Ok(Some(Known { stamp, settled, file: File::too_large(stamp.length) }));
    }
    match fs::read(root.join(path)) {
        Ok(bytes) => Ok(Some(Known { stamp, settled, file: File::new(Bytes::from(bytes)) })),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WorldError::Read { path: path.to_owned(), source }),
    }
}
