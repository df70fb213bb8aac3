//! How the command ends.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// The exit codes; they are stable and stand in `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what it was asked, and the answer is yes: no errors, granted.
    Fine = 0,
    /// It did what it was asked, and the answer is no: errors in a policy, not granted.
    Findings = 1,
    /// It could not begin: a wrong argument or setting, or a file that cannot be read.
    Usage = 2,
    /// It could not go on, such as with a port that is taken.
    Failed = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: anyhow::Error,
}

impl Failure {
    /// A wrong argument or setting, or a file that cannot be read.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Usage, error: error.into() }
    }

    /// Something that no argument is to blame for.
    pub(crate) fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Failed, error: error.into() }
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Whether the reader of the output went away.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let error = self.error.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Writing to standard output failed.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::failed(error)
    }
}

/// The error and its causes, with colons between.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}
