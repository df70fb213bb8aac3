//! Files written through the API. They lie over the world and never reach its directory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use crate::world::{File, Home};

/// What the API wrote, by repository id and path.
#[derive(Debug, Default)]
pub(crate) struct Commits(RwLock<BTreeMap<(u64, String), Written>>);

#[derive(Debug)]
struct Written {
    file: File,
    /// The git id that the world's own file had; if the world has another one now, somebody edited it later, and that counts.
    over: Option<String>,
}

impl Commits {
    /// The file at this path, as of the last edit or commit.
    pub(crate) fn file(&self, home: Home<'_>, path: &str) -> Option<File> {
        let own = home.repository.files.get(path);
        let written = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if written.is_empty() {
            return own.cloned();
        }
        match written.get(&(home.id(), path.to_owned())) {
            Some(written) if written.is_over(own) => Some(written.file.clone()),
            _ => own.cloned(),
        }
    }

    /// All files of the repository, by path.
    pub(crate) fn files<'w>(&self, home: Home<'w>) -> Cow<'w, BTreeMap<String, File>> {
        let mut files = Cow::Borrowed(&home.repository.files);
        let written = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let id = home.id();
        for ((_, path), written) in written.range((id, String::new())..(id + 1, String::new())) {
            if written.is_over(home.repository.files.get(path)) {
                files.to_mut().insert(path.clone(), written.file.clone());
            }
        }
        files
    }

    /// Writes a file; `false` if the sandbox holds too many already.
    pub(crate) fn write(&self, home: Home<'_>, path: &str, file: File) -> bool {
        let over = home.repository.files.get(path).map(|own| own.sha.clone());
        let mut written = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let key = (home.id(), path.to_owned());
        let room = written.len() < WRITTEN_LIMIT || written.contains_key(&key);
        if room {
            written.insert(key, Written { file, over });
        }
        room
    }
}

impl Written {
    fn is_over(&self, own: Option<&File>) -> bool {
        self.over.as_ref() == own.map(|own| &own.sha)
    }
}

/// How many written files are kept, in all repositories.
const WRITTEN_LIMIT: usize = 1000;
