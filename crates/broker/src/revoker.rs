//! The end of tokens that nobody has or needs any more.

mod condemned;
mod patience;

use std::sync::{Arc, Weak};
use std::time::Duration;

use github_app::{Error, ErrorKind, GitHub, InstallationToken};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::condemned::{Condemned, Why};
use self::patience::Patience;
use crate::log::field::chain;
use crate::token_hash::token_hash;

/// How many tokens of a kind are revoked at the same time.
const AT_ONCE: usize = 32;
/// How many tokens of a kind may wait for their revocation. Only a GitHub that mints but does not revoke makes so many.
const MOST: usize = 4096;
/// How long tasks may take to say what they give up.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Revokes tokens without keeping anybody waiting, in tasks that are waited for before the process ends.
///
/// What fails is tried again, with growing waits, until the token has expired by itself.
#[derive(Clone)]
pub(crate) struct Revoker(Arc<Shared>);

struct Shared {
    github: Arc<GitHub>,
    tasks: TaskTracker,
    patience: Patience,
    /// For tokens that somebody may have: what reads policies, of which there can be many, takes no place of theirs.
    undelivered: Lane,
    reading: Lane,
    /// The process is about to end: there is no time to be patient.
    hurry: CancellationToken,
    /// The time is up.
    over: CancellationToken,
}

/// The way of tokens of one kind to their end.
struct Lane {
    /// Those that may call GitHub.
    calls: Semaphore,
    /// Those that may wait.
    places: Arc<Semaphore>,
}

/// A token that reads policies for as long as this is there; then it is revoked.
pub(crate) struct Temporary {
    revoker: Revoker,
    token: Arc<InstallationToken>,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        self.revoker.reading(Arc::clone(&self.token));
    }
}

impl Revoker {
    pub(crate) fn new(github: Arc<GitHub>, tasks: TaskTracker) -> Self {
        Self::with_patience(github, tasks, Patience::default())
    }

    fn with_patience(github: Arc<GitHub>, tasks: TaskTracker, patience: Patience) -> Self {
        let shared = Arc::new(Shared {
            github: Arc::clone(&github),
            tasks,
            patience,
            undelivered: Lane::new(),
            reading: Lane::new(),
            hurry: CancellationToken::new(),
            over: CancellationToken::new(),
        });
        let weak: Weak<Shared> = Arc::downgrade(&shared);
        github.on_stray(move |token| {
            let hash = token_hash(&token);
            match weak.upgrade() {
                Some(shared) => Self(shared).undelivered(token, hash),
                None => Condemned::new(Arc::new(token), Why::Undelivered, hash).given_up("nobody is there"),
            }
        });
        Self(shared)
    }

    /// Revokes a token that was minted for somebody who did not get it.
    pub(crate) fn undelivered(&self, token: InstallationToken, hash: String) {
        self.revoke(Condemned::new(Arc::new(token), Why::Undelivered, hash));
    }

    /// Revokes a token that reads policies when what is given back is dropped.
    pub(crate) fn temporary(&self, token: Arc<InstallationToken>) -> Temporary {
        Temporary { revoker: self.clone(), token }
    }

    /// Revokes a token that has read policies.
    fn reading(&self, token: Arc<InstallationToken>) {
        let hash = token_hash(&token);
        self.revoke(Condemned::new(token, Why::Read, hash));
    }

    fn revoke(&self, condemned: Condemned) {
        // An answer can be dropped together with the runtime; there is nobody left who could do anything then.
        let Ok(runtime) = Handle::try_current() else { return condemned.given_up("the process has ended") };
        let Ok(place) = Arc::clone(&self.0.lane(&condemned).places).try_acquire_owned() else {
            return condemned.given_up("too many tokens wait for their revocation");
        };
        let shared = Arc::clone(&self.0);
        let revocation = async move {
            shared.see_through(condemned).await;
            drop(place);
        };
        self.0.tasks.spawn_on(revocation, &runtime);
    }

    /// From now on nothing waits for long, and GitHub is asked whatever it said before: the process is about to end.
    ///
    /// A limit that outlasts a token is no reason to give it up any more, since nobody will try again later.
    pub(crate) fn hurry(&self) {
        self.0.github.hold_nothing_back();
        self.0.hurry.cancel();
    }

    /// Revokes all tokens that are still waiting, for at most `limit`; what is left then is given up.
    ///
    /// This is for the end of the service, when nothing else is asked of GitHub any more.
    pub(crate) async fn finish(&self, limit: Duration) {
        self.hurry();
        self.0.tasks.close();
        if timeout(limit, self.0.tasks.wait()).await.is_err() {
            self.0.over.cancel();
            let _ = timeout(LAST_WORDS, self.0.tasks.wait()).await;
        }
    }
}

impl Lane {
    fn new() -> Self {
        Self { calls: Semaphore::new(AT_ONCE), places: Arc::new(Semaphore::new(MOST)) }
    }
}

impl Shared {
    /// Tries until the token is dead in one way or the other.
    async fn see_through(&self, condemned: Condemned) {
        let (mut failures, mut reason) = (0, "there was no time for it".to_owned());
        loop {
            let outcome = tokio::select! {
                biased;
                outcome = self.attempt(&condemned) => outcome,
                () = self.over.cancelled() => return condemned.given_up(&reason),
            };
            let Err(error) = outcome else { return condemned.revoked() };
            reason = chain(&error);
            failures += 1;
            if self.over.is_cancelled() {
                return condemned.given_up(&reason);
            }
            let wait = self.patience.wait(failures, error.kind(), luck());
            if matches!(error.kind(), ErrorKind::Credential) || wait >= condemned.token.time_left() {
                return condemned.given_up(&reason);
            }
            condemned.failed(&error, wait.as_secs_f64());
            self.wait(wait).await;
        }
    }

    async fn attempt(&self, condemned: &Condemned) -> Result<(), Error> {
        // The semaphore is never closed.
        let _call = self.lane(condemned).calls.acquire().await;
        // On the heap, so that those who wait take little room.
        Box::pin(self.github.revoke(&condemned.token)).await
    }

    fn lane(&self, condemned: &Condemned) -> &Lane {
        match condemned.why {
            Why::Undelivered => &self.undelivered,
            Why::Read => &self.reading,
        }
    }

    async fn wait(&self, wait: Duration) {
        if timeout(wait, self.hurry.cancelled()).await.is_ok() {
            let rest = wait.min(self.patience.hurried);
            let _ = timeout(rest, self.over.cancelled()).await;
        }
    }
}

/// Any number; the same one each time should there be no randomness, which only makes the waits alike.
fn luck() -> u8 {
    let mut byte = [u8::MAX];
    let _ = aws_lc_rs::rand::fill(&mut byte);
    let [luck] = byte;
    luck
}

#[cfg(test)]
mod tests;
