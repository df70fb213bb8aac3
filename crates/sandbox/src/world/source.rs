//! Where the world comes from, and the world as it is now.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::World;
use super::directory::Directory;
use crate::error::WorldError;

/// Where a sandbox finds its world.
#[derive(Clone, Debug)]
pub enum WorldSource {
    /// A directory of plain files, looked at again for every request, so that an edit counts at once.
    Directory(PathBuf),
    /// A world in memory.
    Memory(World),
}

impl From<World> for WorldSource {
    fn from(world: World) -> Self {
        Self::Memory(world)
    }
}

impl From<PathBuf> for WorldSource {
    fn from(path: PathBuf) -> Self {
        Self::Directory(path)
    }
}

impl From<&Path> for WorldSource {
    fn from(path: &Path) -> Self {
        Self::Directory(path.to_owned())
    }
}

/// Gives the world as it is at the moment of asking.
#[derive(Debug)]
pub(crate) struct Worlds(RwLock<Origin>);

#[derive(Debug)]
enum Origin {
    Directory(Mutex<Directory>),
    Memory(Arc<World>),
}

impl Worlds {
    pub(crate) fn open(source: WorldSource) -> Result<Self, WorldError> {
        let origin = match source {
            WorldSource::Directory(path) => Origin::Directory(Mutex::new(Directory::open(path)?)),
            WorldSource::Memory(mut world) => {
                world.settle()?;
                Origin::Memory(Arc::new(world))
            }
        };
        Ok(Self(RwLock::new(origin)))
    }

    /// The world now.
    pub(crate) fn now(&self) -> Result<Arc<World>, WorldError> {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Origin::Memory(world) => Ok(Arc::clone(world)),
            Origin::Directory(directory) => directory.lock().unwrap_or_else(PoisonError::into_inner).now(),
        }
    }

    /// Puts this world in the place of the old one; a directory is left as it is and no longer looked at.
    pub(crate) fn replace(&self, mut world: World) -> Result<(), WorldError> {
        world.settle()?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Origin::Memory(Arc::new(world));
        Ok(())
    }
}
