//! When a refusal leaves that must not tell why.
//!
//! Each reason to refuse takes another time: an owner without the App costs one call to GitHub, a repository policy
//! that says no costs six. So what a caller of another owner is refused leaves at fixed moments after its work
//! began: after one interval, or if it took longer, after two, four, eight of them.

use std::time::Duration;

use github_types::OwnerName;
use tokio::time::{Instant, sleep_until};

use crate::failure::Failure;
use crate::places::{Place, Places};

/// How many refusals may be worked on or wait for their moment, each with its connection.
const MOST: usize = 4096;
/// What a client waits when there are that many.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The moments at which refusals leave.
pub(crate) struct Moments {
    interval: Duration,
    places: Places,
}

/// The hold on one refusal.
pub(crate) struct Hold {
    rhythm: Rhythm,
    _place: Place,
}

/// The moments of one refusal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm {
    began: Instant,
    interval: Duration,
}

impl Moments {
    /// Without an interval refusals leave at once.
    pub(crate) fn new(interval: Duration) -> Self {
        Self { interval, places: Places::new(MOST) }
    }

    /// To be called before the work begins whose length tells something.
    ///
    /// SECURITY: a client has no influence on the time before. If that counted, too, it could be slow with its body so
    /// that a moment falls between the lengths of two reasons. And when there is no place, that must be said now.
    pub(crate) fn begin(&self, caller: &OwnerName) -> Result<Hold, Failure> {
        let place = self.places.take(caller).ok_or({
            Failure::Unavailable("too many requests of other owners at the moment", RETRY_AFTER)
        })?;
        let rhythm = Rhythm { began: Instant::now(), interval: self.interval };
        Ok(Hold { rhythm, _place: place })
    }
}

impl Hold {
    /// For whatever else must not tell how long the work took.
    pub(crate) fn rhythm(&self) -> Rhythm {
        self.rhythm
    }

    /// Waits for the next moment.
    pub(crate) async fn end(self) {
        self.rhythm.moment().await;
    }
}

impl Rhythm {
    /// Waits for the next moment.
    pub(crate) async fn moment(self) {
        let wait = next(self.began.elapsed(), self.interval);
        sleep_until(self.began + wait).await;
    }
}

/// The first of 1, 2, 4, 8, … intervals that is not over. So few of them, because each one that can be told from the
/// next tells something about the work.
fn next(elapsed: Duration, interval: Duration) -> Duration {
    let mut moment = interval;
    while moment < elapsed && !moment.is_zero() {
        moment = moment.saturating_mul(2);
    }
    moment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_far_between() {
        let seconds = |elapsed| next(Duration::from_millis(elapsed), Duration::from_secs(2)).as_secs();
        let elapsed = [0, 1, 1_999, 2_000, 2_001, 4_000, 4_001, 8_001, 16_001, 30_000];
        assert_eq!(elapsed.map(seconds), [2, 2, 2, 2, 4, 4, 8, 16, 32, 32]);
    }

    #[test]
    fn without_an_interval_there_is_no_wait() {
        assert_eq!(next(Duration::from_secs(1), Duration::ZERO), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_of_all_lengths_leave_together() {
        let moments = Moments::new(Duration::from_secs(2));
        for length in [0, 7, 300, 1_999] {
            let began = Instant::now();
            let hold = moments.begin(&"octocat".parse().unwrap()).unwrap();
            tokio::time::advance(Duration::from_millis(length)).await;
            hold.end().await;
            assert_eq!(began.elapsed(), Duration::from_secs(2), "{length}");
        }
    }

    #[tokio::test]
    async fn who_finds_no_place_is_told_before_the_work() {
        let moments = Moments::new(Duration::ZERO);
        let begin = |owner: usize| moments.begin(&format!("o-{owner}").parse().unwrap());
        let holds: Vec<Hold> = (0..MOST).map(|number| begin(number % 4).unwrap()).collect();
        assert!(matches!(begin(4), Err(Failure::Unavailable(..))));
        drop(holds);
        assert!(begin(4).is_ok());
    }
}
