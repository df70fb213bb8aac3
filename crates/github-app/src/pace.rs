//! How long to wait, and how often to try again.

use std::time::Duration;

/// The time limits of calls and the waits between tries.
///
/// The defaults suit a service that answers people; a test may use shorter ones.
#[derive(Clone, Debug)]
pub struct Pace {
    /// How long one try may take, from the connection to the last byte of the answer.
    pub try_limit: Duration,
    /// The waits before another try when GitHub was unavailable for a moment. Their number is that of the tries.
    pub unavailable: Vec<Duration>,
    /// The waits before another try when a fresh token reads a policy and is told 401, 403 or 404.
    ///
    /// Short in all, because a 404 is also how GitHub says that there is no policy, which is common.
    pub replication: Vec<Duration>,
    /// The waits before another try when a fresh token is to be revoked and GitHub does not know it.
    ///
    /// As long as the token is fresh, since believing it too early would leave a live token behind.
    pub revocation: Vec<Duration>,
}

impl Default for Pace {
    fn default() -> Self {
        let milliseconds = |waits: &[u64]| waits.iter().copied().map(Duration::from_millis).collect();
        Self {
            try_limit: Duration::from_secs(10),
            unavailable: milliseconds(&[100, 400]),
            replication: milliseconds(&[100, 300]),
            revocation: milliseconds(&[200, 600, 1_600, 2_800]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FRESH;

    #[test]
    fn a_missing_policy_is_known_within_a_second_and_a_dead_token_once_it_is_not_fresh() {
        let pace = Pace::default();
        assert!(pace.replication.iter().sum::<Duration>() < Duration::from_secs(1));
        assert!(pace.revocation.iter().sum::<Duration>() > FRESH);
    }
}
