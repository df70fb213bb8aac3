//! Where brokers that run side by side leave the texts of policies for each other.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use github_app::{EntityTag, Signer};
use github_types::Repository;
use redis::cmd;
use tokio_util::task::TaskTracker;

use crate::store::{Operation, Seal, Store};

/// How long a text stays there. Its tag is that of a token, which lives as long.
const LIFETIME: Duration = Duration::from_secs(60 * 60);
/// The most that is read of an entry: a policy has at most 100 KiB.
const MAX_BYTES: usize = 128 * 1024;

/// A version of a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) text: String,
    /// GitHub's name for this version, by which it is asked whether it is the latest.
    pub(super) etag: Option<EntityTag>,
}

/// The shared texts; a broker that stands alone has none.
///
/// SECURITY: a text that is found here decides when GitHub says that its tag still is that of the latest version. So
/// whatever is between brokers must not be able to put another text beside a tag: each entry is sealed for its place.
#[derive(Clone)]
pub(crate) struct Texts(Option<Arc<Shared>>);

struct Shared {
    store: Arc<Store>,
    signer: Arc<dyn Signer>,
    /// The seal, and the generation of the key that it comes from.
    ///
    /// INVARIANT: held for moments only, never while anything is awaited.
    seal: Mutex<Option<(u64, Arc<Seal>)>>,
    tasks: TaskTracker,
}

impl Texts {
    /// Of a broker that stands alone.
    #[cfg(test)]
    pub(crate) fn alone() -> Self {
        Self(None)
    }

    /// In a store, sealed by the App's key.
    pub(crate) fn shared(store: Option<Arc<Store>>, signer: Arc<dyn Signer>, tasks: &TaskTracker) -> Self {
        Self(
            store.map(|store| {
                Arc::new(Shared { store, signer, seal: Mutex::default(), tasks: tasks.clone() })
            }),
        )
    }

    /// What another broker has read at a path of a repository.
    pub(super) async fn get(&self, repository: &Repository, path: &str) -> Option<Text> {
        let shared = self.0.as_ref()?;
        let seal = shared.seal().await?;
        let key = shared.key(&seal, repository, path);
        let mut command = cmd("GETRANGE");
        command.arg(&key).arg(0).arg(MAX_BYTES - 1);
        let sealed: Vec<u8> = shared.store.call(Operation::ReadPolicy, &command).await.ok()?;
        unpack(seal.open(&key, &sealed)?)
    }

    /// Leaves what was read for others, without keeping anybody waiting.
    pub(super) fn put(&self, repository: &Repository, path: &str, text: &Text) {
        let (Some(shared), Some(etag)) = (&self.0, &text.etag) else { return };
        let (content, repository, path) = (pack(etag, &text.text), repository.clone(), path.to_owned());
        let this = Arc::clone(shared);
        shared.tasks.spawn(async move { this.leave(&repository, &path, content).await });
    }
}

impl Shared {
    async fn leave(&self, repository: &Repository, path: &str, content: Vec<u8>) -> Option<()> {
        let seal = self.seal().await?;
        let key = self.key(&seal, repository, path);
        let mut command = cmd("SET");
        command.arg(&key).arg(seal.close(&key, content)?).arg("EX").arg(LIFETIME.as_secs());
        self.store.call(Operation::WritePolicy, &command).await.ok()
    }

    fn key(&self, seal: &Seal, repository: &Repository, path: &str) -> String {
        let name = repository.to_string().to_ascii_lowercase();
        // No name has a line break.
        self.store.key("policy-text", &seal.name(&format!("{name}\n{path}")))
    }

    /// The seal of the key that signs now; what another one has sealed is not found.
    async fn seal(&self) -> Option<Arc<Seal>> {
        let generation = self.signer.generation();
        let known = self.seal.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, seal)) = known.filter(|(of, _)| *of == generation) {
            return Some(seal);
        }
        let seal = Arc::new(Seal::of(&*self.signer).await.ok()?);
        *self.seal.lock().unwrap_or_else(PoisonError::into_inner) = Some((generation, Arc::clone(&seal)));
        Some(seal)
    }
}

/// A tag has no line break, so that the first one ends it.
fn pack(etag: &EntityTag, text: &str) -> Vec<u8> {
    format!("{}\n{text}", etag.as_str()).into_bytes()
}

fn unpack(content: Vec<u8>) -> Option<Text> {
    let content = String::from_utf8(content).ok()?;
    let (etag, text) = content.split_once('\n')?;
    Some(Text { text: text.to_owned(), etag: Some(etag.parse().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_out_the_same() {
        let etag: EntityTag = "W/\"0a1b\"".parse().unwrap();
        for text in ["", "\n", "origin: octo-org/website\nstatements: []\n"] {
            let unpacked = unpack(pack(&etag, text)).unwrap();
            assert_eq!(unpacked, Text { text: text.to_owned(), etag: Some(etag.clone()) });
        }
    }

    #[test]
    fn without_a_tag_it_is_nothing() {
        for content in ["", "text", "*\ntext", "\ntext", "W/\"a\", W/\"b\"\ntext"] {
            assert_eq!(unpack(content.as_bytes().to_vec()), None, "{content:?}");
        }
        assert_eq!(unpack(b"W/\"a\"\n\xff".to_vec()), None);
    }
}
