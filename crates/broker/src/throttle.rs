//! How often a repository may ask.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use github_types::Repository;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::failure::Failure;

/// After so many requests, repositories that have not asked for a while are forgotten.
const SWEEP_EVERY: u32 = 4096;

/// A limit for each calling repository; none when it is switched off.
pub(crate) struct Throttle {
    limiter: Option<DefaultKeyedRateLimiter<String>>,
    requests: AtomicU32,
}

impl Throttle {
    pub(crate) fn new(per_minute: u32) -> Self {
        let limiter = NonZeroU32::new(per_minute).map(|most| RateLimiter::keyed(Quota::per_minute(most)));
        Self { limiter, requests: AtomicU32::new(0) }
    }

    /// Counts a request of a verified caller.
    pub(crate) fn admit(&self, caller: &Repository) -> Result<(), Failure> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if self.requests.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
        }
        limiter
            .check_key(&caller.to_string().to_ascii_lowercase())
            .map_err(|until| Failure::TooManyRequests(until.wait_time_from(DefaultClock::default().now())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_each_repository_by_itself() {
        let throttle = Throttle::new(2);
        let (app, site): (Repository, Repository) =
            ("octo-org/app".parse().unwrap(), "octo-org/site".parse().unwrap());
        assert!(throttle.admit(&app).is_ok());
        assert!(throttle.admit(&"Octo-Org/App".parse().unwrap()).is_ok());
        assert!(matches!(throttle.admit(&app), Err(Failure::TooManyRequests(_))));
        assert!(throttle.admit(&site).is_ok());
    }

    #[test]
    fn zero_is_no_limit() {
        let (throttle, app) = (Throttle::new(0), "octo-org/app".parse().unwrap());
        assert!((0..1000).all(|_| throttle.admit(&app).is_ok()));
    }
}
