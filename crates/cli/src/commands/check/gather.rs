//! From the paths of a command line to policy files.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use policy::decide::{OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};

use crate::commands::policy_files;

/// What is to be checked, and what cannot be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Gathered {
    pub(super) files: Vec<PathBuf>,
    /// Each with why it cannot, in a sentence.
    pub(super) unread: Vec<(PathBuf, String)>,
    /// What is to be known, each in a sentence.
    pub(super) notes: Vec<String>,
}

/// Files as they are, folders with all policies in them; without a path the current folder.
pub(super) fn gather(paths: &[PathBuf]) -> Gathered {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { here.as_slice() } else { paths };
    let mut gathered = Gathered::default();
    for path in paths {
        if path.is_dir() {
            gathered.folder(path);
        } else if let Some(message) = refused(path) {
            gathered.unread.push((path.clone(), message));
        } else {
            gathered.files.push(path.clone());
        }
    }
    gathered
}

impl Gathered {
    fn folder(&mut self, folder: &Path) {
        let found = match policy_files::find(folder) {
            Ok(found) => found,
            Err(error) => {
                self.unread.push((folder.to_owned(), format!("{error:#}")));
                return;
            }
        };
        if found.files.is_empty() && found.unusable.is_empty() {
            self.unread.push((folder.to_owned(), none_in(folder)));
        }
        for path in found.overruled {
            let shown = path.display();
            self.notes.push(format!(
                "`{shown}` is not checked: it does not count beside `{}`, so remove one of the two",
                path.with_extension("yaml").file_name().unwrap_or_default().display()
            ));
        }
        self.files.extend(found.files);
        let unusable = found.unusable.into_iter().map(|(path, reason)| {
            let message = format!("cannot read `{}`: {reason}", path.display());
            (path, message)
        });
        self.unread.extend(unusable);
    }
}

fn none_in(folder: &Path) -> String {
    let shown =
        if folder == Path::new(".") { "this folder".to_owned() } else { format!("`{}`", folder.display()) };
    format!(
        "{shown} has no policies: expected `{}` in a repository, or `{}` in `{OWNER_POLICY_REPOSITORY}`; a policy of \
         another name is checked when its file is named",
        REPOSITORY_POLICY_PATHS[0], OWNER_POLICY_PATHS[0],
    )
}

/// Why a path is no policy, as far as its name tells.
fn refused(path: &Path) -> Option<String> {
    let shown = path.display();
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name.ends_with(".test.yaml") || name.ends_with(".test.yml") {
        return Some(format!("`{shown}` holds tests of a policy; run them with `access-token test {shown}`"));
    }
    let is_missing = path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
    is_missing.then(|| {
        format!(
            "`{shown}` does not exist; `access-token check` without a path checks all policies of this folder"
        )
    })
}
