//! How many calls may be made a second time: a small share of all, so that a GitHub in trouble is not asked thrice
//! as often as one that is well.

use std::sync::{Mutex, PoisonError};

/// What a call adds; a retry takes [`RETRY`].
const CALL: u32 = 1;
/// What a retry takes: as much as this many calls add, so that retries are at most a tenth of the calls.
const RETRY: u32 = 10;
/// The retries that can be saved up, and those that there are to begin with.
const RESERVE: u32 = 20;

/// A store of retries that calls fill and retries empty.
#[derive(Debug)]
pub(crate) struct RetryBudget(Mutex<u32>);

impl Default for RetryBudget {
    fn default() -> Self {
        Self(Mutex::new(RESERVE * RETRY))
    }
}

impl RetryBudget {
    /// Counts a call that is made for the first time.
    pub(crate) fn call(&self) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *left = (*left + CALL).min(RESERVE * RETRY);
    }

    /// Takes a retry, if there is one.
    pub(crate) fn take(&self) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = left.checked_sub(RETRY);
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_tenth_of_the_calls_and_a_reserve() {
        let budget = RetryBudget::default();
        let retries = (0..1000)
            .filter(|_| {
                budget.call();
                budget.take()
            })
            .count();
        // The first call finds the store full.
        assert_eq!(retries, 20 + 99);
    }

    #[test]
    fn no_more_is_saved_up_than_the_reserve() {
        let budget = RetryBudget::default();
        (0..1000).for_each(|_| budget.call());
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 20);
    }
}
