//! Whom GitHub wants to be left alone by, and how much it still allows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::{GitHub, InstallationId};

/// The most clients that are remembered; each was limited in the last hour.
const MOST: usize = 10_000;
/// For how long the lowest quota is shown, at least.
const SHOWN: Duration = Duration::from_secs(60);

/// Whose calls GitHub counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// The App, with its JWT.
    App,
    /// An installation, with any of its tokens.
    Installation(InstallationId),
}

/// Until when whom GitHub wants to be left alone by.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    limited: Mutex<HashMap<Client, Instant>>,
    lowest: Mutex<Lowest>,
    /// Who has only a reserve left, and until when.
    scarce: Mutex<HashMap<Client, Instant>>,
}

#[derive(Debug, Default)]
struct Lowest {
    since: Option<Instant>,
    now: Option<u32>,
    before: Option<u32>,
}

impl Quotas {
    /// How long the client still has to wait.
    pub(crate) fn wait(&self, client: Client) -> Option<Duration> {
        let mut limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        let left = limited.get(&client)?.saturating_duration_since(Instant::now());
        if left.is_zero() {
            limited.remove(&client);
        }
        (!left.is_zero()).then_some(left)
    }

    /// GitHub wants to be left alone by the client for so long.
    pub(crate) fn limited(&self, client: Client, wait: Duration) {
        let now = Instant::now();
        let mut limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        if limited.len() >= MOST && !limited.contains_key(&client) {
            limited.retain(|_, until| *until > now);
            // Who is forgotten is limited by GitHub itself.
            if limited.len() >= MOST {
                return;
            }
        }
        let until = limited.entry(client).or_insert(now);
        *until = (*until).max(now + wait);
    }

    /// A client has only its reserve left, for so long, or has more again.
    pub(crate) fn scarce(&self, client: Client, until_reset: Option<Duration>) {
        let mut scarce = self.scarce.lock().unwrap_or_else(PoisonError::into_inner);
        match until_reset {
            // Who finds no room is not the only one.
            Some(wait) if scarce.len() < MOST || scarce.contains_key(&client) => {
                scarce.insert(client, Instant::now() + wait);
            }
            Some(_) => {}
            None => drop(scarce.remove(&client)),
        }
    }

    fn is_scarce(&self) -> bool {
        let mut scarce = self.scarce.lock().unwrap_or_else(PoisonError::into_inner);
        if scarce.is_empty() {
            return false;
        }
        let now = Instant::now();
        scarce.retain(|_, until| *until > now);
        !scarce.is_empty()
    }

    /// A client has so many calls left.
    pub(crate) fn remaining(&self, remaining: u32) {
        let lowest =
            self.lowest.lock().unwrap_or_else(PoisonError::into_inner).add(remaining, Instant::now());
        metrics::gauge!("access_token_github_quota_remaining").set(f64::from(lowest));
    }
}

impl GitHub {
    /// Whether the App, or any installation, has used nine tenths of the calls that GitHub allows in the hour: the rest
    /// is a reserve.
    pub fn is_scarce(&self) -> bool {
        self.restraint().quotas.is_scarce()
    }
}

impl Lowest {
    /// The lowest of the last minute or two, this one included.
    fn add(&mut self, remaining: u32, now: Instant) -> u32 {
        let age = self.since.map(|since| now.duration_since(since));
        match age {
            Some(age) if age < SHOWN => {}
            Some(age) if age < 2 * SHOWN => {
                self.before = self.now.take();
                self.since = Some(now);
            }
            _ => *self = Self { since: Some(now), now: None, before: None },
        }
        let lowest = self.now.map_or(remaining, |lowest| lowest.min(remaining));
        self.now = Some(lowest);
        self.before.map_or(lowest, |before| before.min(lowest))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::client::unix_now;
    use crate::fake_github::{FakeGitHub, Reply};

    const SECOND: Duration = Duration::from_secs(1);

    fn installation(id: u64) -> Client {
        Client::Installation(serde_json::from_value(id.into()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn each_client_waits_for_itself() {
        let quotas = Quotas::default();
        quotas.limited(installation(1), 7 * SECOND);
        advance(2 * SECOND).await;
        assert_eq!(quotas.wait(installation(1)), Some(5 * SECOND));
        assert_eq!((quotas.wait(installation(2)), quotas.wait(Client::App)), (None, None));
        advance(5 * SECOND).await;
        assert_eq!(quotas.wait(installation(1)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_wait_does_not_shorten_a_longer_one() {
        let quotas = Quotas::default();
        quotas.limited(Client::App, 60 * SECOND);
        quotas.limited(Client::App, SECOND);
        assert_eq!(quotas.wait(Client::App), Some(60 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_clients_are_remembered_than_fit() {
        let quotas = Quotas::default();
        let some = MOST as u64;
        (0..some + 10).for_each(|id| quotas.limited(installation(id), SECOND));
        assert_eq!(quotas.limited.lock().unwrap().len(), MOST);
        assert_eq!(quotas.wait(installation(some)), None);
        advance(SECOND).await;
        quotas.limited(installation(some), SECOND);
        assert_eq!(quotas.wait(installation(some)), Some(SECOND));
        assert_eq!(quotas.limited.lock().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reserve_is_one_until_there_is_more_again() {
        let quotas = Quotas::default();
        quotas.scarce(installation(1), Some(60 * SECOND));
        quotas.scarce(installation(2), None);
        assert!(quotas.is_scarce());
        quotas.scarce(installation(1), None);
        assert!(!quotas.is_scarce());
        quotas.scarce(Client::App, Some(60 * SECOND));
        advance(59 * SECOND).await;
        assert!(quotas.is_scarce());
        advance(SECOND).await;
        assert!(!quotas.is_scarce());
    }

    #[tokio::test]
    async fn github_says_when_there_is_only_a_reserve() {
        let in_an_hour = (unix_now() + 3600).to_string();
        for (limit, left, expected) in [("250", "24", true), ("250", "25", false), ("", "499", true)] {
            let headers = [
                ("x-ratelimit-limit", limit),
                ("x-ratelimit-remaining", left),
                ("x-ratelimit-reset", &in_an_hour),
            ];
            let github = FakeGitHub::start([Reply::status(404, &headers)]).await;
            let client = github.client();
            client.find_installation(&"octo-org".parse().unwrap()).await.unwrap();
            assert_eq!(client.is_scarce(), expected, "{limit} {left}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn shows_the_lowest_quota_of_the_last_minutes() {
        let mut lowest = Lowest::default();
        let mut add = |remaining| lowest.add(remaining, Instant::now());
        assert_eq!((add(4000), add(12), add(5000)), (4000, 12, 12));
        advance(SHOWN).await;
        assert_eq!(add(5000), 12);
        advance(SHOWN).await;
        assert_eq!(add(4999), 4999);
        advance(2 * SHOWN).await;
        assert_eq!(add(5000), 5000);
    }
}
