//! The OIDC tokens that this process has seen in use.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long after an answer went out it may turn out that nobody received it; a client is asked to come back until
/// then. A little more than the doubt of [`receipt`](crate::receipt).
pub(super) const DOUBT: Duration = Duration::from_secs(3);
/// How many tokens are remembered: about 9 MiB. GitHub's live for five minutes, so these are 550 a second.
const MOST: usize = 200_000;
/// With how many tokens one looks for the first time whether some have expired.
const FIRST_SWEEP: usize = 4096;
/// How long to wait before looking again when there are [`MOST`], in seconds.
const SWEEP_AGAIN: u32 = 1;

/// What may be done with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is free, and now reserved.
    Reserved,
    /// Another exchange has reserved it, or has just sent an answer that may get lost.
    InFlight,
    /// It has obtained a token.
    Used,
}

/// There is no room to remember another token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// Half of a fingerprint: nobody finds two tokens that share it.
type Key = [u8; 16];

/// The tokens in use, none of which is forgotten before it has expired: there is a most, and then no room.
///
/// INVARIANT: the lock is held for moments only, never while anything is awaited.
pub(super) struct Seen {
    begin: Instant,
    most: usize,
    table: Mutex<Table>,
}

/// Times are in seconds since [`Seen::begin`].
struct Table {
    entries: HashMap<Key, Entry>,
    sweep_at: usize,
    swept: u32,
}

struct Entry {
    /// When the token is accepted no longer, so that it need not be remembered.
    until: u32,
    phase: Phase,
}

#[derive(Clone, Copy)]
enum Phase {
    Reserved,
    Handed(u32),
    Used,
}

impl Default for Seen {
    fn default() -> Self {
        Self::with_most(MOST)
    }
}

impl Seen {
    pub(super) fn with_most(most: usize) -> Self {
        let table = Table { entries: HashMap::new(), sweep_at: FIRST_SWEEP.min(most), swept: 0 };
        Self { begin: Instant::now(), most, table: Mutex::new(table) }
    }

    /// Reserves a token that is accepted for `life` from now.
    pub(super) fn reserve(&self, fingerprint: &[u8; 32], life: Duration) -> Result<Verdict, Full> {
        let now = self.now();
        let (mut table, key) = (self.lock(), key(fingerprint));
        let phase = table.entries.get(&key).filter(|entry| entry.counts(now)).map(|entry| entry.phase);
        match phase {
            None => {}
            Some(Phase::Handed(at)) if u64::from(now.saturating_sub(at)) >= DOUBT.as_secs() => {
                return Ok(Verdict::Used);
            }
            Some(Phase::Used) => return Ok(Verdict::Used),
            Some(Phase::Reserved | Phase::Handed(_)) => return Ok(Verdict::InFlight),
        }
        if table.entries.len() >= table.sweep_at {
            table.sweep(now, self.most);
        }
        if table.entries.len() >= self.most {
            return Err(Full);
        }
        // Rounded up, and one more for the second that has begun.
        let life = u32::try_from(life.as_secs()).unwrap_or(u32::MAX).saturating_add(2);
        table.entries.insert(key, Entry { until: now.saturating_add(life), phase: Phase::Reserved });
        Ok(Verdict::Reserved)
    }

    /// The answer to who reserved the token is on its way.
    pub(super) fn hand(&self, fingerprint: &[u8; 32]) {
        self.set(fingerprint, Phase::Handed(self.now()));
    }

    /// Who reserved the token has received another one for it.
    pub(super) fn burn(&self, fingerprint: &[u8; 32]) {
        self.set(fingerprint, Phase::Used);
    }

    /// Who reserved the token has got nothing for it.
    pub(super) fn release(&self, fingerprint: &[u8; 32]) {
        self.lock().entries.remove(&key(fingerprint));
    }

    fn set(&self, fingerprint: &[u8; 32], phase: Phase) {
        if let Some(entry) = self.lock().entries.get_mut(&key(fingerprint)) {
            entry.phase = phase;
        }
    }

    fn now(&self) -> u32 {
        u32::try_from(self.begin.elapsed().as_secs()).unwrap_or(u32::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing can panic half-way through a change.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Who holds a reservation says when it ends; it must not end before.
    fn counts(&self, now: u32) -> bool {
        self.until > now || matches!(self.phase, Phase::Reserved)
    }
}

impl Table {
    fn sweep(&mut self, now: u32, most: usize) {
        if self.entries.len() >= most && now < self.swept.saturating_add(SWEEP_AGAIN) {
            return;
        }
        self.entries.retain(|_, entry| entry.counts(now));
        self.swept = now;
        self.sweep_at = self.entries.len().saturating_mul(2).clamp(FIRST_SWEEP.min(most), most);
    }
}

fn key(fingerprint: &[u8; 32]) -> Key {
    fingerprint.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const LIFE: Duration = Duration::from_secs(360);
    const A: [u8; 32] = [1; 32];

    fn number(number: u32) -> [u8; 32] {
        let mut fingerprint = [0; 32];
        fingerprint[..4].copy_from_slice(&number.to_be_bytes());
        fingerprint
    }

    fn reserve(seen: &Seen) -> Verdict {
        seen.reserve(&A, LIFE).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_reservation_lasts_until_it_is_settled() {
        let seen = Seen::default();
        assert_eq!(reserve(&seen), Verdict::Reserved);
        advance(10 * LIFE).await;
        assert_eq!(reserve(&seen), Verdict::InFlight);
        seen.release(&A);
        assert_eq!(reserve(&seen), Verdict::Reserved);
    }

    #[tokio::test(start_paused = true)]
    async fn a_used_token_is_refused_for_as_long_as_it_is_accepted() {
        let seen = Seen::default();
        reserve(&seen);
        seen.hand(&A);
        seen.burn(&A);
        assert_eq!(reserve(&seen), Verdict::Used);
        advance(LIFE).await;
        assert_eq!(reserve(&seen), Verdict::Used);
        advance(Duration::from_secs(2)).await;
        assert_eq!(reserve(&seen), Verdict::Reserved);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_on_its_way_counts_as_used_when_no_loss_is_heard_of() {
        let seen = Seen::default();
        reserve(&seen);
        seen.hand(&A);
        assert_eq!(reserve(&seen), Verdict::InFlight);
        advance(DOUBT).await;
        assert_eq!(reserve(&seen), Verdict::Used);
        // It was lost after all.
        seen.release(&A);
        assert_eq!(reserve(&seen), Verdict::Reserved);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_that_counts_is_forgotten_for_want_of_room() {
        let seen = Seen::with_most(10);
        for token in 0..10 {
            assert_eq!(seen.reserve(&number(token), LIFE), Ok(Verdict::Reserved));
            seen.burn(&number(token));
        }
        for _ in 0..3 {
            assert_eq!(seen.reserve(&number(10), LIFE), Err(Full));
            advance(Duration::from_secs(100)).await;
        }
        assert_eq!(seen.reserve(&number(3), LIFE), Ok(Verdict::Used));
        advance(Duration::from_secs(100)).await;
        assert_eq!(seen.reserve(&number(10), LIFE), Ok(Verdict::Reserved));
        assert_eq!(seen.lock().entries.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_expired_takes_no_room() {
        let seen = Seen::default();
        for token in 0..50_000 {
            seen.reserve(&number(token), Duration::from_secs(10)).unwrap();
            seen.burn(&number(token));
            advance(Duration::from_millis(10)).await;
        }
        let held = seen.lock().entries.len();
        assert!(held <= 2 * FIRST_SWEEP, "{held}");
    }
}
