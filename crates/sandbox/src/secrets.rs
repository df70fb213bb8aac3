//! Which secrets exist. Their values are dropped: nothing in a sandbox could read them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The names of all secrets, by repository id.
#[derive(Debug, Default)]
pub(crate) struct Secrets(Mutex<BTreeSet<(u64, String)>>);

/// What became of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    New,
    Replaced,
    /// The sandbox holds too many secrets already.
    Full,
}

impl Secrets {
    pub(crate) fn put(&self, repository: u64, name: &str) -> Kept {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (repository, name.to_ascii_uppercase());
        match (secrets.contains(&key), secrets.len() < SECRET_LIMIT) {
            (true, _) => Kept::Replaced,
            (false, false) => Kept::Full,
            (false, true) => {
                secrets.insert(key);
                Kept::New
            }
        }
    }
}

/// How many names are kept, in all repositories.
const SECRET_LIMIT: usize = 10_000;
