//! Files of this machine: their texts, and what is known of them by where they lie.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use github_types::Repository;
use policy::gate::MAX_BYTES;
use policy::parse::PolicyKind;
use preview::examination::{Examination, Surroundings};
use preview::files::{Files, Unreadable};

/// The files of this machine.
pub(super) struct Disk;

impl Files for Disk {
    fn text(&self, path: &Path) -> Result<String, Unreadable> {
        read_text(path).map_err(|error| {
            let cause = error.root_cause().downcast_ref::<std::io::Error>();
            let is_missing = cause.is_some_and(|cause| cause.kind() == ErrorKind::NotFound);
            Unreadable { is_missing, message: format!("{error:#}") }
        })
    }
}

/// Reads a policy file. Of one that is too large only the beginning, which is enough to say that it is.
///
/// # Errors
/// When it cannot be read or is no text.
pub(super) fn read_text(path: &Path) -> anyhow::Result<String> {
    let name = path.display();
    let reading = || format!("cannot read `{name}`");
    let file = File::open(path).with_context(reading)?;
    if file.metadata().with_context(reading)?.is_dir() {
        bail!("cannot read `{name}`: it is a directory, expected a policy file");
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).with_context(reading)?;
    if bytes.len() > MAX_BYTES {
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    let Ok(text) = String::from_utf8(bytes) else { bail!("cannot read `{name}`: it is not UTF-8 text") };
    Ok(text)
}

/// Looks at the text of a file; its folder tells of its kind, too.
pub(super) fn examined(path: &Path, text: String, surroundings: Surroundings<'_>) -> Examination {
    let here = std::env::current_dir().ok();
    let folder = surroundings.folder.or(here.as_deref());
    Examination::new(path, text, Surroundings { folder, ..surroundings })
}

/// Looks at the text of a file whose kind is known, or not.
pub(super) fn of_kind(path: &Path, text: String, kind: Option<PolicyKind>) -> Examination {
    examined(path, text, Surroundings { kind, ..Surroundings::default() })
}

/// The command that shows the problems of a file, held against the kind and the repository that it was taken for.
pub(super) fn check_command(path: &str, kind: PolicyKind, repository: &str) -> String {
    let kind = match kind {
        PolicyKind::Owner => "owner",
        PolicyKind::Repository => "repository",
    };
    format!("access-token check --kind {kind} --repository {repository} {path}")
}

/// Reads the value of `--repository`.
///
/// # Errors
/// When it is not `owner/name`.
pub(super) fn repository(text: &str) -> anyhow::Result<Repository> {
    text.parse().with_context(|| format!("--repository: `{text}` is no repository"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_that_is_none_is_refused() {
        let error = repository("website").unwrap_err();
        assert_eq!(format!("{error:#}"), "--repository: `website` is no repository: expected `owner/name`");
    }

    #[test]
    fn a_file_that_is_not_there_is_missing_and_a_folder_is_not() {
        let missing = Disk.text(Path::new("no/such/file.yaml")).unwrap_err();
        assert!(missing.is_missing, "{missing}");
        let folder = Disk.text(Path::new(".")).unwrap_err();
        assert!(!folder.is_missing, "{folder}");
    }
}
