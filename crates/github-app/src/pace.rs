//! How long to wait, and how often to try again.

use std::time::Duration;

/// The time limits of calls and the waits between tries.
///
/// The defaults suit a service that answers people; a test may use shorter ones.
#[derive(Clone, Debug)]
pub struct Pace {
    /// How long one try may take, from the connection to the last byte of the answer.
    pub try_limit: Duration,
    /// How long the answer to a mint is waited for, which is no shorter.
    ///
    /// NOTE: who asks is told after [`try_limit`](Self::try_limit) or what else it cares to wait; this is for the
    /// token that GitHub makes all the same, and that must not live on unseen.
    pub mint_limit: Duration,
    /// How many calls may be under way at a time, for the App and for each installation; further ones wait. At least 1.
    pub at_once: usize,
    /// The longest waits before another try when GitHub was unavailable for a moment, each a good deal longer than
    /// the one before. Their number is that of the tries.
    pub unavailable: Vec<Duration>,
    /// The waits before another try when a fresh token reads a policy and is told 401, 403 or 404.
    ///
    /// Short in all, because a 404 is also how GitHub says that there is no policy, which is common.
    pub replication: Vec<Duration>,
    /// The waits before another try when a fresh token is to be revoked and GitHub does not know it.
    ///
    /// As long as the token is fresh, since believing it too early would leave a live token behind.
    pub revocation: Vec<Duration>,
    /// How long failures are remembered.
    pub failures: Duration,
    /// How long GitHub is left alone after many failures; longer, up to twelve times, as long as it does not help.
    pub rest: Duration,
    /// How far the clock is ahead of the machine's: not at all, but for a test of long times.
    pub ahead: fn() -> Duration,
    /// Any number, each as likely as the others: what part of a wait is waited.
    pub luck: fn() -> u32,
}

impl Default for Pace {
    fn default() -> Self {
        let milliseconds = |waits: &[u64]| waits.iter().copied().map(Duration::from_millis).collect();
        Self {
            try_limit: Duration::from_secs(10),
            mint_limit: Duration::from_secs(20),
            at_once: 100,
            unavailable: milliseconds(&[200, 800]),
            replication: milliseconds(&[100, 300]),
            revocation: milliseconds(&[200, 600, 1_600, 2_800]),
            failures: Duration::from_secs(10),
            rest: Duration::from_secs(5),
            ahead: || Duration::ZERO,
            luck,
        }
    }
}

impl Pace {
    /// A part of `longest`, so that those who failed together do not come again together ("full jitter").
    pub(crate) fn part_of(&self, longest: Duration) -> Duration {
        longest.mul_f64(f64::from((self.luck)()) / f64::from(u32::MAX))
    }
}

/// Any number; the same one each time should there be no randomness, which only makes the waits alike.
fn luck() -> u32 {
    let mut bytes = u32::MAX.to_ne_bytes();
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    u32::from_ne_bytes(bytes)
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
        assert!(pace.mint_limit >= pace.try_limit);
    }

    #[test]
    fn luck_says_what_part_of_a_wait_is_waited() {
        let second = Duration::from_secs(1);
        for (luck, part) in
            [((|| 0) as fn() -> u32, Duration::ZERO), (|| u32::MAX, second), (|| u32::MAX / 4, second / 4)]
        {
            let pace = Pace { luck, ..Pace::default() };
            let difference = pace.part_of(second).abs_diff(part);
            assert!(difference < Duration::from_micros(1), "{difference:?}");
        }
        let pace = Pace::default();
        let parts: std::collections::BTreeSet<_> = (0..32).map(|_| pace.part_of(second)).collect();
        assert!(parts.len() > 1 && parts.iter().all(|part| *part <= second), "{parts:?}");
    }
}
