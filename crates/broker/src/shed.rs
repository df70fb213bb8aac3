//! How many exchanges are in progress at once: one more than that is turned away, rather than kept waiting in a queue
//! that grows.

use std::num::NonZeroU32;

use github_types::OwnerName;

use crate::failure::Failure;
use crate::places::{self, Places};

/// The places for exchanges in progress.
pub(crate) struct Shed(Places);

/// A place; it is free again when this is dropped.
#[must_use]
pub(crate) struct Place(#[expect(dead_code, reason = "held for its drop")] places::Place);

impl Shed {
    pub(crate) fn new(places: NonZeroU32) -> Self {
        Self(Places::new(usize::try_from(places.get()).unwrap_or(usize::MAX)))
    }

    /// Takes a place for a caller of this owner, if there is one for it.
    pub(crate) fn take(&self, owner: &OwnerName) -> Result<Place, Failure> {
        let Some(place) = self.0.take(owner) else {
            metrics::counter!("access_token_shed_total").increment(1);
            return Err(Failure::Overloaded);
        };
        metrics::gauge!("access_token_in_flight").increment(1.0);
        Ok(Place(place))
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
        let take = |owner: &str| shed.take(&owner.parse().unwrap());
        let (first, _second) = (take("a").unwrap(), take("b").unwrap());
        assert!(matches!(take("c"), Err(Failure::Overloaded)));
        drop(first);
        let _third = take("c").unwrap();
        assert!(matches!(take("a"), Err(Failure::Overloaded)));
    }
}
