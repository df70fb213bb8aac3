//! The time that is left for a piece of work with several calls in it.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Does `work`, whose calls to GitHub are of use until `deadline` only.
///
/// No call of it begins later, no try of it goes on for longer, and no try is begun again that could not end in time.
/// A mint that has begun is the exception: it goes on, so that the token does not live on unseen. Tasks that `work`
/// spawns do not know of the deadline, since others may wait for them, too.
pub async fn within<W: Future>(deadline: Instant, work: W) -> W::Output {
    DEADLINE.scope(deadline, work).await
}

/// Until when calls are of use; none when nobody said so.
pub(crate) fn deadline() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

/// Whether there is any time after a wait.
pub(crate) fn outlasts(wait: Duration) -> bool {
    deadline().is_none_or(|deadline| Instant::now() + wait < deadline)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_waits_that_end_in_time_are_worth_while() {
        let second = Duration::from_secs(1);
        assert!(outlasts(3600 * second));
        within(Instant::now() + second, async {
            assert!(outlasts(second / 2));
            assert!(!outlasts(second));
            tokio::time::advance(second).await;
            assert!(!outlasts(Duration::ZERO));
            assert_eq!(tokio::spawn(async { deadline() }).await.unwrap(), None);
        })
        .await;
    }
}
