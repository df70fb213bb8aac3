//! How many calls are under way at a time.
//!
//! GitHub allows a client 100 requests at a time and answers what is beyond with a secondary rate limit (its page on
//! rate limits for the REST API). Calls wait here for their turn instead, first come, first served.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::ErrorKind;
use crate::quota::Client;
use crate::restraint::spared;

/// From how many clients on those are forgotten that have no call under way.
const MANY: usize = 1_000;

/// Who of each client may call.
#[derive(Debug)]
pub(crate) struct Turns {
    at_once: usize,
    clients: Mutex<HashMap<Client, Arc<Semaphore>>>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turns {
    pub(crate) fn of(at_once: usize) -> Self {
        Self { at_once: at_once.clamp(1, Semaphore::MAX_PERMITS), clients: Mutex::default() }
    }

    /// Waits for a turn of the client, until `end`.
    pub(crate) async fn take(&self, client: Client, end: Instant) -> Result<Turn, ErrorKind> {
        let turn = timeout_at(end, self.turns(client).acquire_owned()).await;
        match turn {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => {
                spared("busy");
                Err(ErrorKind::TimedOut)
            }
        }
    }

    fn turns(&self, client: Client) -> Arc<Semaphore> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MANY && !clients.contains_key(&client) {
            // Whoever waits or has a turn holds the semaphore, too.
            clients.retain(|_, turns| Arc::strong_count(turns) > 1);
        }
        let turns = clients.entry(client).or_insert_with(|| Arc::new(Semaphore::new(self.at_once)));
        Arc::clone(turns)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;

    use super::*;

    fn installation(id: u64) -> Client {
        Client::Installation(serde_json::from_value(id.into()).unwrap())
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[tokio::test(start_paused = true)]
    async fn one_more_than_may_call_waits_until_another_ends() {
        let turns = Turns::of(2);
        let first = turns.take(Client::App, later()).await.unwrap();
        let _second = turns.take(Client::App, later()).await.unwrap();
        let mut third = Box::pin(turns.take(Client::App, later()));
        assert!((&mut third).now_or_never().is_none());
        drop(first);
        assert!(third.now_or_never().unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn each_client_has_turns_of_its_own() {
        let turns = Turns::of(1);
        let _app = turns.take(Client::App, later()).await.unwrap();
        let _one = turns.take(installation(1), later()).await.unwrap();
        assert!(turns.take(installation(2), later()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_does_not_come_in_time_is_an_error() {
        let turns = Turns::of(1);
        let _turn = turns.take(Client::App, later()).await.unwrap();
        let outcome = turns.take(Client::App, later()).await;
        assert!(matches!(outcome, Err(ErrorKind::TimedOut)), "{outcome:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn clients_without_calls_are_forgotten_and_others_are_not() {
        let turns = Turns::of(1);
        let many = MANY as u64;
        let _turn = turns.take(installation(0), later()).await.unwrap();
        for id in 1..=many {
            drop(turns.take(installation(id), later()).await.unwrap());
        }
        assert_eq!(turns.clients.lock().unwrap().len(), 2);
        let outcome = turns.take(installation(0), later()).await;
        assert!(matches!(outcome, Err(ErrorKind::TimedOut)), "{outcome:?}");
    }
}
