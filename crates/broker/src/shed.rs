//! How many exchanges are in progress at once: one more than that is turned away, rather than kept waiting in a queue
//! that grows.

use std::num::NonZeroU32;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::failure::Failure;

/// The places for exchanges in progress.
pub(crate) struct Shed(Arc<Semaphore>);

/// A place; it is free again when this is dropped.
#[must_use]
#[derive(Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl Shed {
    pub(crate) fn new(places: NonZeroU32) -> Self {
        let places = usize::try_from(places.get()).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(places)))
    }

    /// Takes a place, if there is one.
    pub(crate) fn take(&self) -> Result<Place, Failure> {
        let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() else {
            metrics::counter!("access_token_shed_total").increment(1);
            return Err(Failure::Overloaded);
        };
        metrics::gauge!("access_token_in_flight").increment(1.0);
        Ok(Place(permit))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!("access_token_in_flight").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_than_there_are_places_is_turned_away() {
        let shed = Shed::new(NonZeroU32::new(2).unwrap());
        let (first, _second) = (shed.take().unwrap(), shed.take().unwrap());
        assert!(matches!(shed.take(), Err(Failure::Overloaded)));
        drop(first);
        let _third = shed.take().unwrap();
        assert!(matches!(shed.take(), Err(Failure::Overloaded)));
    }
}
