//! Where audit events are written.

use std::fs::{File, OpenOptions};
use std::io::{Result as IoResult, Write as _};
use std::path::{Path, PathBuf};

/// Standard output, or a file to which is appended.
pub(crate) enum Sink {
    Stdout,
    File { path: PathBuf, file: File },
}

/// A file that cannot be written; one line that names the setting.
#[derive(Debug, thiserror::Error)]
pub enum AuditLogError {
    /// It cannot be written.
    #[error("AUDIT_LOG: `{}` cannot be written: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It looks like a word that was meant to switch something.
    #[error(
        "AUDIT_LOG: expected `off`, `stdout` or the path of a file, found `{0}`: a file of that name is `./{0}`"
    )]
    Word(String),
}

impl Sink {
    /// What the setting says: `off`, `stdout`, or a path.
    pub(crate) fn open(setting: &str) -> Result<Option<Self>, AuditLogError> {
        match setting.trim() {
            "" | "off" => Ok(None),
            "stdout" => Ok(Some(Self::Stdout)),
            word if word.chars().all(|character| character.is_ascii_alphanumeric()) => {
                Err(AuditLogError::Word(word.to_owned()))
            }
            path => {
                let path = PathBuf::from(path);
                match append_to(&path) {
                    Ok(file) => Ok(Some(Self::File { path, file })),
                    Err(error) => Err(AuditLogError::File { path, error }),
                }
            }
        }
    }

    /// Writes whole lines.
    ///
    /// A file that was moved away or removed, as when logs are rotated, is begun anew under its name.
    pub(crate) fn write(&mut self, lines: &[u8]) -> IoResult<()> {
        match self {
            Self::Stdout => {
                let mut output = std::io::stdout().lock();
                output.write_all(lines)?;
                output.flush()
            }
            Self::File { path, file } => {
                if !is_at(file, path) {
                    *file = append_to(path)?;
                }
                file.write_all(lines)
            }
        }
    }
}

fn append_to(path: &Path) -> IoResult<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// Whether the open file is the one that has this name now.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let named = std::fs::metadata(path).map(identity).ok();
    named.is_some() && named == file.metadata().map(identity).ok()
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}
