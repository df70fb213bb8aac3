//! The App's private key in a file, which people and Kubernetes replace while the broker runs.

use std::io::{Read as _, Result as IoResult};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use github_app::{AppKey, AppKeyError, Looking, Signer, Signing};
use github_types::Secret;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::log::field::chain;

/// The largest file of a key, in bytes; a key of 8,192 bits needs about 6,400.
const MAX_BYTES: u64 = 64 * 1024;
/// How often the file is read. It is small, and its text says more surely than its times whether it is another one.
const EVERY: Duration = Duration::from_secs(5);
/// The least time between two looks, whatever callers ask for.
const PAUSE: Duration = Duration::from_secs(1);

/// Signs with the key that is in the file, or was the last good one.
///
/// The path is followed anew each time, so that it may be a link to a link that changes, as in the volumes that
/// Kubernetes mounts.
pub(crate) struct KeyFile {
    path: PathBuf,
    current: RwLock<Current>,
    last_look: Mutex<LastLook>,
}

struct Current {
    key: Arc<AppKey>,
    generation: u64,
}

struct LastLook {
    /// When it ended; none before the first one.
    at: Option<Instant>,
    found: Found,
}

/// What was in the file, as far as is needed to see a change.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    /// The digest of a text.
    Text(Vec<u8>),
    Unreadable,
}

/// A file that holds no usable key. Nothing of its text is repeated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFileError {
    #[error("cannot be read")]
    Unreadable(#[source] std::io::Error),
    #[error(transparent)]
    Key(#[from] AppKeyError),
}

impl KeyFile {
    /// Reads the key for the first time.
    pub(crate) fn open(path: PathBuf) -> Result<Self, KeyFileError> {
        let (found, key) = read(&path);
        let current = RwLock::new(Current { key: Arc::new(key?), generation: 0 });
        Ok(Self { path, current, last_look: Mutex::new(LastLook { at: None, found }) })
    }

    /// Looks at the file now and then, for ever.
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look().await;
        }
    }

    async fn look(&self) {
        // Held while reading, so that many who ask at once read once.
        let mut last = self.last_look.lock().await;
        if last.at.is_some_and(|at| at.elapsed() < PAUSE) {
            return;
        }
        let path = self.path.clone();
        // A file system can hang; that must not stop the service.
        let Ok((found, key)) = spawn_blocking(move || read(&path)).await else { return };
        last.at = Some(Instant::now());
        if found == last.found {
            return;
        }
        last.found = found;
        self.take(key);
    }

    fn take(&self, key: Result<AppKey, KeyFileError>) {
        let result = match key {
            Ok(key) => {
                // Nothing can panic half-way through a change.
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                *current = Current { key: Arc::new(key), generation: current.generation.wrapping_add(1) };
                tracing::info!("the App's private key was replaced");
                "replaced"
            }
            Err(error) => {
                let error = chain(&error);
                tracing::warn!(
                    error,
                    "the file of the App's private key is of no use: the last good key signs"
                );
                "refused"
            }
        };
        metrics::counter!("access_token_key_changes_total", "result" => result).increment(1);
    }

    fn key(&self) -> Arc<AppKey> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).key)
    }
}

impl Signer for KeyFile {
    fn sign<'a>(&'a self, message: &'a [u8]) -> Signing<'a> {
        let key = self.key();
        Box::pin(async move { key.sign(message).await })
    }

    fn generation(&self) -> u64 {
        self.current.read().unwrap_or_else(PoisonError::into_inner).generation
    }

    fn look_again(&self) -> Looking<'_> {
        Box::pin(self.look())
    }
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyFile({})", self.path.display())
    }
}

fn read(path: &Path) -> (Found, Result<AppKey, KeyFileError>) {
    match text(path) {
        Ok(text) => {
            let found = Found::Text(digest(&SHA256, text.expose().as_bytes()).as_ref().to_vec());
            (found, AppKey::from_pem(&text).map_err(KeyFileError::from))
        }
        Err(error) => (Found::Unreadable, Err(KeyFileError::Unreadable(error))),
    }
}

fn text(path: &Path) -> IoResult<Secret> {
    let mut file = std::fs::File::open(path)?.take(MAX_BYTES);
    // SECURITY: room for everything at once, as growing would leave copies behind that nobody wipes; and a `Secret`
    // before it is known whether this can be read.
    let mut bytes =
        zeroize::Zeroizing::new(Vec::with_capacity(usize::try_from(MAX_BYTES).unwrap_or_default() + 1));
    file.read_to_end(&mut bytes)?;
    let text =
        std::str::from_utf8(&bytes).map_err(|_| std::io::Error::other("the file is not text in UTF-8"))?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use github_app::AppJwt;
    use tokio::time::advance;

    use super::*;
    use crate::fake_github::{PEM, new_pem};

    /// A folder of its own for each test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("access-token-key-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.join(name);
            std::fs::write(&path, text).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    async fn look(file: &KeyFile) {
        advance(PAUSE).await;
        file.look().await;
    }

    async fn signature(file: &KeyFile) -> Vec<u8> {
        file.sign(b"message").await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_key_signs_once_it_is_in_the_file() {
        let folder = Folder::new("new");
        let file = KeyFile::open(folder.write("key", &PEM)).unwrap();
        let before = signature(&file).await;
        look(&file).await;
        assert_eq!((signature(&file).await, file.generation()), (before.clone(), 0));
        folder.write("key", &new_pem());
        look(&file).await;
        assert_ne!(signature(&file).await, before);
        assert_eq!(file.generation(), 1);
        look(&file).await;
        assert_eq!(file.generation(), 1, "the same key is no new one");
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_of_no_use_leaves_the_key_in_force() {
        let folder = Folder::new("broken");
        let file = KeyFile::open(folder.write("key", &PEM)).unwrap();
        let before = signature(&file).await;
        let (half, _) = PEM.split_at(PEM.len() / 2);
        for text in [half, "", "no key"] {
            folder.write("key", text);
            look(&file).await;
            assert_eq!((signature(&file).await, file.generation()), (before.clone(), 0), "{text}");
        }
        std::fs::remove_file(folder.0.join("key")).unwrap();
        look(&file).await;
        assert_eq!((signature(&file).await, file.generation()), (before.clone(), 0));
        folder.write("key", &new_pem());
        look(&file).await;
        assert_ne!(signature(&file).await, before);
    }

    /// Kubernetes keeps `key` → `..data/key` and `..data` → a folder with the time in its name, and changes the latter.
    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn links_are_followed_anew() {
        use std::os::unix::fs::symlink;
        let folder = Folder::new("links");
        for (name, pem) in [("..1", PEM.clone()), ("..2", new_pem())] {
            std::fs::create_dir(folder.0.join(name)).unwrap();
            folder.write(&format!("{name}/key"), &pem);
        }
        symlink("..1", folder.0.join("..data")).unwrap();
        symlink("..data/key", folder.0.join("key")).unwrap();
        let file = KeyFile::open(folder.0.join("key")).unwrap();
        let before = signature(&file).await;
        symlink("..2", folder.0.join("..new")).unwrap();
        std::fs::rename(folder.0.join("..new"), folder.0.join("..data")).unwrap();
        look(&file).await;
        assert_ne!(signature(&file).await, before);
    }

    #[tokio::test(start_paused = true)]
    async fn the_watch_looks_by_itself_and_the_jwt_is_signed_anew() {
        let folder = Folder::new("watch");
        let file = Arc::new(KeyFile::open(folder.write("key", &PEM)).unwrap());
        let app = AppJwt::new("1".parse().unwrap(), file.clone());
        let before = app.at(0).await.unwrap();
        let watch = tokio::spawn(Arc::clone(&file).watch());
        folder.write("key", &new_pem());
        while file.generation() == 0 {
            // Paused time goes on when all wait; a thread that reads is waited for.
            tokio::time::sleep(EVERY).await;
        }
        assert_ne!(app.at(0).await.unwrap().expose(), before.expose());
        watch.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn many_who_ask_at_once_read_once() {
        let folder = Folder::new("burst");
        let file = KeyFile::open(folder.write("key", &PEM)).unwrap();
        file.look_again().await;
        folder.write("key", &new_pem());
        file.look_again().await;
        assert_eq!(file.generation(), 0);
        advance(PAUSE).await;
        file.look_again().await;
        assert_eq!(file.generation(), 1);
    }

    #[test]
    fn says_what_is_wrong_without_the_text() {
        let folder = Folder::new("wrong");
        let error = KeyFile::open(folder.0.join("missing")).unwrap_err();
        assert_eq!(chain(&error), "cannot be read: No such file or directory (os error 2)");
        let error = KeyFile::open(folder.write("key", "my-private-key")).unwrap_err();
        assert!(chain(&error).starts_with("the private key is not PEM"));
        std::fs::write(folder.0.join("key"), b"\xff\xfe-\0-\0").unwrap();
        let error = KeyFile::open(folder.0.join("key")).unwrap_err();
        assert_eq!(chain(&error), "cannot be read: the file is not text in UTF-8");
    }
}
