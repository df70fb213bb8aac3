//! A folder of its own for a test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::process::{Run, command, finish};

/// A policy without problems.
pub(crate) const WEBSITE: &str = "\
origin: octo-org/website
statements:
  - subjects: ['repo:octo-org/app:ref:refs/heads/main']
    permissions: {contents: read}
";

/// A folder that goes away when it goes out of scope.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// With these files, by their paths.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("access-token-folder-{}-{number}", std::process::id());
        let folder = Self(fs::canonicalize(std::env::temp_dir()).unwrap().join(name));
        fs::create_dir_all(&folder.0).unwrap();
        for (path, text) in files {
            let path = folder.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// What the command comes to in it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        finish(command(arguments).current_dir(&self.0), "")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
