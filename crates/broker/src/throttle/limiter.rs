//! A limit for each of many names.

use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// After so many requests, names that have not been counted for a while are forgotten.
const SWEEP_EVERY: u32 = 4096;
/// How many names may be left then: a few megabytes. With more of them, all counts begin anew.
const MOST: usize = 50_000;

/// Counts by name; nothing when it is switched off.
pub(super) struct Limiter(Option<Counting>);

struct Counting {
    quota: Quota,
    /// By a hash of the name that nobody outside can foresee, so that all names take the same little room.
    counts: RwLock<DefaultKeyedRateLimiter<u64>>,
    hash: RandomState,
    requests: AtomicU32,
    most: usize,
}

impl Limiter {
    /// So many a minute for each name; 0 is no limit.
    pub(super) fn new(per_minute: u32) -> Self {
        Self::with_most(per_minute, MOST)
    }

    fn with_most(per_minute: u32, most: usize) -> Self {
        Self(NonZeroU32::new(per_minute).map(|per_minute| {
            let quota = Quota::per_minute(per_minute);
            let (hash, requests) = (RandomState::new(), AtomicU32::new(0));
            Counting { quota, counts: RwLock::new(RateLimiter::keyed(quota)), hash, requests, most }
        }))
    }

    /// Counts one, or says how long to wait for that.
    pub(super) fn admit(&self, name: &str) -> Result<(), Duration> {
        let Some(counting) = &self.0 else { return Ok(()) };
        if counting.requests.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            counting.sweep();
        }
        let counts = counting.counts.read().unwrap_or_else(PoisonError::into_inner);
        counts
            .check_key(&counting.hash.hash_one(name))
            .map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }
}

impl Counting {
    fn sweep(&self) {
        let mut counts = self.counts.write().unwrap_or_else(PoisonError::into_inner);
        counts.retain_recent();
        if counts.len() > self.most {
            // Who has so many names needs no second count for one of them.
            tracing::warn!(
                most = self.most,
                "too many callers to count: all counts of the rate limit begin anew"
            );
            *counts = RateLimiter::keyed(self.quota);
        } else {
            counts.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(limiter: &Limiter) -> usize {
        limiter.0.as_ref().unwrap().counts.read().unwrap().len()
    }

    #[test]
    fn memory_is_bounded_whoever_asks() {
        let limiter = Limiter::with_most(60, 1000);
        for name in 0..100_000 {
            assert_eq!(limiter.admit(&name.to_string()), Ok(()));
            assert!(held(&limiter) <= 1000 + SWEEP_EVERY as usize);
        }
    }

    #[test]
    fn says_how_long_to_wait() {
        let limiter = Limiter::new(60);
        assert!((0..60).all(|_| limiter.admit("octo-org/app").is_ok()));
        let wait = limiter.admit("octo-org/app").unwrap_err();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
    }
}
