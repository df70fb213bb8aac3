//! How long to wait before a revocation is tried again.

use std::time::Duration;

use github_app::ErrorKind;

/// The waits between the tries of one revocation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// The wait after the first failure; each one after it is twice as long.
    pub(crate) first: Duration,
    /// What no wait exceeds, unless GitHub asks for more.
    pub(crate) longest: Duration,
    /// The wait while the process is about to end.
    pub(crate) hurried: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(120),
            hurried: Duration::from_millis(500),
        }
    }
}

impl Patience {
    /// The wait after so many failures, the last of which was `error`; `luck` is any number.
    ///
    /// Up to half of it is left to luck, so that many tokens that failed together are not tried again together.
    pub(crate) fn wait(self, failures: u32, error: &ErrorKind, luck: u8) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let wait = doubled.min(self.longest);
        let wait = wait / 2 + wait / 2 * u32::from(luck) / u32::from(u8::MAX);
        wait.max(asked_for(error).unwrap_or_default())
    }
}

/// How long GitHub wants to be left alone.
fn asked_for(error: &ErrorKind) -> Option<Duration> {
    match error {
        ErrorKind::RateLimited { retry_after } | ErrorKind::Down { retry_after } => Some(*retry_after),
        ErrorKind::Unavailable { retry_after, .. } => *retry_after,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits = |luck| [1, 2, 3, 8, 9, 99].map(|failures| wait(failures, luck));
        assert_eq!(waits(u8::MAX), [1, 2, 4, 120, 120, 120].map(Duration::from_secs));
        assert_eq!(waits(0), [500, 1_000, 2_000, 60_000, 60_000, 60_000].map(Duration::from_millis));
    }

    fn wait(failures: u32, luck: u8) -> Duration {
        Patience::default().wait(failures, &ErrorKind::TimedOut, luck)
    }

    #[test]
    fn waits_as_long_as_github_asks() {
        let retry_after = Duration::from_secs(600);
        let patience = Patience::default();
        for error in [
            ErrorKind::RateLimited { retry_after },
            ErrorKind::Unavailable { status: Some(503), retry_after: Some(retry_after), cause: None },
        ] {
            assert_eq!(patience.wait(1, &error, 0), retry_after);
        }
        let error = ErrorKind::RateLimited { retry_after: Duration::from_secs(1) };
        assert_eq!(patience.wait(4, &error, u8::MAX), Duration::from_secs(8));
    }
}
