//! How many requests each client has left in the hour, as the `x-ratelimit-*` headers tell.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// Everybody without credentials.
    Anonymous,
    /// The App itself, with its JWT.
    App,
    /// An installation, with any of its tokens.
    Installation(u64),
}

/// A client's hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) limit: u64,
    pub(crate) used: u64,
    /// When the next hour begins, in seconds since 1970.
    pub(crate) reset: i64,
}

impl Window {
    pub(crate) fn remaining(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    pub(crate) fn describe(self) -> Value {
        json!({"limit": self.limit, "used": self.used, "remaining": self.remaining(), "reset": self.reset})
    }
}

/// The counters of all clients.
#[derive(Debug, Default)]
pub(crate) struct Quota(Mutex<HashMap<Client, Window>>);

impl Quota {
    /// Counts a request; `Err` if there was none left.
    pub(crate) fn take(&self, client: Client, limit: u64, now: i64) -> Result<Window, Window> {
        self.with(client, limit, now, |window| {
            if window.used >= window.limit {
                return Err(*window);
            }
            window.used += 1;
            Ok(*window)
        })
    }

    /// Takes back what a request was counted for: an unchanged answer is free.
    pub(crate) fn give_back(&self, client: Client, limit: u64, now: i64) -> Window {
        self.with(client, limit, now, |window| {
            window.used = window.used.saturating_sub(1);
            *window
        })
    }

    /// How things stand, without counting.
    pub(crate) fn look(&self, client: Client, limit: u64, now: i64) -> Window {
        self.with(client, limit, now, |window| *window)
    }

    fn with<T>(&self, client: Client, limit: u64, now: i64, act: impl FnOnce(&mut Window) -> T) -> T {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(client).or_insert(Window { limit, used: 0, reset: now + HOUR });
        if now >= window.reset {
            *window = Window { limit, used: 0, reset: now + HOUR };
        }
        window.limit = limit;
        act(window)
    }
}

const HOUR: i64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_request_of_an_hour_is_the_limit() {
        let quota = Quota::default();
        assert_eq!(quota.take(Client::App, 1, 0).unwrap().remaining(), 0);
        assert_eq!(quota.take(Client::App, 1, 3599).unwrap_err().reset, 3600);
        assert_eq!(quota.take(Client::App, 1, 3600).unwrap().used, 1);
    }

    #[test]
    fn installations_are_counted_apart() {
        let quota = Quota::default();
        quota.take(Client::Installation(1), 5, 0).unwrap();
        assert_eq!(quota.look(Client::Installation(2), 5, 0).used, 0);
        assert_eq!(quota.give_back(Client::Installation(1), 5, 0).used, 0);
    }
}
