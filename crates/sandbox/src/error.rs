//! Why a sandbox could not start or go on.

use std::io;
use std::path::PathBuf;

/// A failure of the sandbox itself; refusing a request is not one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The port is taken or may not be used.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Listen {
        /// The port that was asked for; 0 stands for any free one.
        port: u16,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file or folder of the state cannot be read or written.
    #[error("cannot use the state `{}`", path.display())]
    State {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A key file of the state holds something else.
    #[error("`{}` is not an RSA private key of 2048 bits or more in PEM", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
    },
    /// The world cannot be read or makes no sense.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The cryptographic library failed, which no input can cause.
    #[error("cannot {0}")]
    Crypto(&'static str),
    /// The ready message could not be written, or waiting for a signal failed.
    #[error("cannot talk to the terminal")]
    Terminal(#[source] io::Error),
    /// The server stopped by itself.
    #[error("the server stopped")]
    Stopped(#[source] io::Error),
}

/// What is wrong with a world.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// A file or folder cannot be read.
    #[error("cannot read `{}` of the world", path.display())]
    Read {
        /// The file or folder, relative to the world.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A settings file is not the JSON that belongs there.
    #[error("`{}` of the world is not as expected: {reason}", path.display())]
    Settings {
        /// The file, relative to the world.
        path: PathBuf,
        /// What is wrong and where.
        reason: String,
    },
    /// A directory has more in it than a world may have.
    #[error("the world has more than {limit} files and folders, or nests deeper than {depth}")]
    TooBig {
        /// How many files and folders are allowed.
        limit: usize,
        /// How deep they may nest.
        depth: usize,
    },
    /// A name GitHub would not allow.
    #[error("`{0}` is not a name that GitHub allows")]
    Name(String),
    /// An installation has a permission that GitHub does not know, or not at this level.
    #[error("the installation of `{owner}` has `{permission}: {level}`, which GitHub does not know")]
    Permission {
        /// The account of the installation.
        owner: String,
        /// The permission.
        permission: String,
        /// Its level.
        level: &'static str,
    },
    /// Two installations, or two repositories, have the same id.
    #[error("the {what} id {id} is used twice")]
    DuplicateId {
        /// What the id belongs to.
        what: &'static str,
        /// The id.
        id: u64,
    },
}
