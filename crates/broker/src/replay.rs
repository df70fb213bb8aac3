//! No OIDC token obtains two tokens.
//!
//! An exchange reserves its OIDC token before it decides. While it lasts, another exchange with the same one is asked
//! to come back. When the answer has been received, the OIDC token is used up until it expires; in every other end
//! it is free again, so that a client whose answer got lost can ask anew.
//!
//! Each instance keeps its own account, and where there is a store, a common one beside it. So what an instance has
//! seen itself it refuses also while the store is away; and where it must not fail open, no other instance takes what is
//! reserved in the store, even if that hears nothing more of it.

mod seen;
mod shared;

use std::sync::Arc;
use std::time::Duration;

use oidc::{LEEWAY_SECONDS, VerifiedClaims};
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use self::seen::{Full, Seen, Verdict};
use self::shared::{Shared, Sharing};
use crate::failure::Failure;
use crate::moments::Rhythm;
use crate::settings::StoreFailure;
use crate::store::{Away, Store};

/// What a client waits that asks a second time while it is being answered.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Knows which OIDC tokens are used up.
pub(crate) struct ReplayGuard {
    /// Nothing, when the guard is off.
    seen: Option<Arc<Seen>>,
    sharing: Option<Sharing>,
    on_failure: StoreFailure,
}

/// An OIDC token for the time of one exchange. When this is dropped before an answer with a token was received, the
/// OIDC token is free again.
#[derive(Default)]
pub(crate) struct Reservation {
    own: Option<Own>,
    shared: Option<Shared>,
    rhythm: Option<Rhythm>,
}

/// A reservation in the account of this instance.
struct Own {
    seen: Arc<Seen>,
    fingerprint: [u8; 32],
}

/// The reservation ends before its answer could be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the exchange took too long to send its answer")]
pub(crate) struct TooLate;

impl ReplayGuard {
    pub(crate) fn new(on_failure: StoreFailure) -> Self {
        Self { seen: Some(Arc::default()), sharing: None, on_failure }
    }

    /// A guard that lets everything pass.
    pub(crate) fn off() -> Self {
        Self { seen: None, sharing: None, on_failure: StoreFailure::Open }
    }

    /// The same guard, which shares what it knows with other instances.
    pub(crate) fn shared(mut self, store: Option<Arc<Store>>, tasks: &TaskTracker) -> Self {
        self.sharing = store.map(|store| Sharing::new(store, tasks.clone(), self.on_failure));
        self
    }

    /// Reserves the OIDC token for an exchange; `now` is in seconds since the Unix epoch.
    pub(crate) async fn reserve(&self, token: &VerifiedClaims, now: u64) -> Result<Reservation, Failure> {
        let life = token.expires_at().saturating_add(LEEWAY_SECONDS).saturating_sub(now);
        self.reserve_for(*token.fingerprint(), Duration::from_secs(life)).await
    }

    async fn reserve_for(&self, fingerprint: [u8; 32], life: Duration) -> Result<Reservation, Failure> {
        let Some(seen) = &self.seen else { return Ok(Reservation::default()) };
        // When this is left by a refusal, it is dropped, and what was reserved is free again.
        let mut reservation = Reservation::default();
        match seen.reserve(&fingerprint, life) {
            Ok(Verdict::Reserved) => {
                reservation.own = Some(Own { seen: Arc::clone(seen), fingerprint });
            }
            Ok(verdict) => return Err(refuse(verdict)),
            Err(Full) if self.sharing.is_some() => {}
            Err(Full) => self.without_room()?,
        }
        let Some(sharing) = &self.sharing else { return Ok(reservation) };
        let (shared, verdict) = sharing.reserve(&fingerprint, life).await;
        match verdict {
            Ok(Verdict::Reserved) => reservation.shared = Some(shared),
            Ok(verdict) => return Err(refuse(verdict)),
            Err(Away) => {
                // The store may have reserved it all the same.
                reservation.shared = Some(shared);
                sharing.go_without()?;
                if reservation.own.is_none() {
                    self.without_room()?;
                }
            }
        }
        Ok(reservation)
    }

    /// What the store does when it is away, the memory does when it is full.
    fn without_room(&self) -> Result<(), Failure> {
        match self.on_failure {
            StoreFailure::Open => Ok(()),
            StoreFailure::Closed => {
                Err(Failure::Unavailable("too many OIDC tokens are in use at the moment", RETRY_AFTER))
            }
        }
    }
}

fn refuse(verdict: Verdict) -> Failure {
    match verdict {
        Verdict::Used => {
            metrics::counter!("access_token_replays_total").increment(1);
            Failure::Replayed
        }
        Verdict::Reserved | Verdict::InFlight => {
            Failure::Unavailable("another request with this OIDC token is being answered", RETRY_AFTER)
        }
    }
}

impl Reservation {
    /// From now on, that the OIDC token is free again shows at these moments only.
    ///
    /// SECURITY: whoever asks with the same OIDC token all the time would see how long the decision took.
    pub(crate) fn keep_to(&mut self, rhythm: Rhythm) {
        self.rhythm = Some(rhythm);
    }

    /// The exchange has ended without a token: whoever hears of it may ask again at once.
    pub(crate) async fn end(mut self) {
        if self.rhythm.is_none() {
            release(self.own.take(), self.shared.take()).await;
        }
    }

    /// The answer with the token is about to be sent.
    pub(crate) fn hand(&mut self) -> Result<(), TooLate> {
        // Somebody else may soon hold the OIDC token, and both would get a token.
        if self.shared.as_ref().is_some_and(|shared| !shared.is_in_time()) {
            return Err(TooLate);
        }
        self.rhythm = None;
        if let Some(own) = &self.own {
            own.seen.hand(&own.fingerprint);
        }
        if let Some(shared) = &mut self.shared {
            shared.hand();
        }
        Ok(())
    }

    /// The answer with the token was received.
    pub(crate) fn burn(mut self) {
        if let Some(own) = self.own.take() {
            own.seen.burn(&own.fingerprint);
        }
        // The store takes it for used already, or will in a moment.
        self.shared = None;
    }
}

impl Own {
    fn release(self) {
        self.seen.release(&self.fingerprint);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let (own, shared, rhythm) = (self.own.take(), self.shared.take(), self.rhythm);
        let Ok(runtime) = Handle::try_current() else { return own.into_iter().for_each(Own::release) };
        if shared.is_none() && rhythm.is_none() {
            return own.into_iter().for_each(Own::release);
        }
        let tasks = shared.as_ref().map(Shared::tasks);
        let releasing = async move {
            if let Some(rhythm) = rhythm {
                rhythm.moment().await;
            }
            release(own, shared).await;
        };
        match tasks {
            // The process does not end before the store has been told.
            Some(tasks) => drop(tasks.spawn_on(releasing, &runtime)),
            None => drop(runtime.spawn(releasing)),
        }
    }
}

async fn release(own: Option<Own>, shared: Option<Shared>) {
    if let Some(shared) = shared {
        shared.release().await;
    }
    own.into_iter().for_each(Own::release);
}

#[cfg(test)]
mod tests;
