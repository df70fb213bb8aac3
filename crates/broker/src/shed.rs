//! How many exchanges are in progress at once: one more than that is turned away, rather than kept waiting in a queue
//! that grows.

use std::num::NonZeroU32;

use github_types::OwnerName;

use crate::failure::Failure;
use crate::places::{self, Places};

/// The places for exchanges in progress, and as many again for those whose bodies are long in arriving: so what bodies
/// take of the memory has a limit, and who sends one slowly takes up nobody's place in progress.
pub(crate) struct Shed {
    arriving: Places,
    in_progress: Places,
}

/// A place; it is free again when this is dropped.
#[must_use]
pub(crate) struct Place(#[expect(dead_code, reason = "held for its drop")] places::Place);

impl Shed {
    pub(crate) fn new(places: NonZeroU32) -> Self {
        let places = || Places::new(usize::try_from(places.get()).unwrap_or(usize::MAX));
        Self { arriving: places(), in_progress: places() }
    }

    /// Takes a place for a body on its way from a caller of this owner, if there is one for it.
    pub(crate) fn receive(&self, owner: &OwnerName) -> Result<places::Place, Failure> {
        take(&self.arriving, owner)
    }

    /// Takes a place in progress for a caller of this owner, if there is one for it.
    pub(crate) fn take(&self, owner: &OwnerName) -> Result<Place, Failure> {
        let place = take(&self.in_progress, owner)?;
        metrics::gauge!("access_token_in_flight").increment(1.0);
        Ok(Place(place))
    }
}

fn take(places: &Places, owner: &OwnerName) -> Result<places::Place, Failure> {
    let place = places.take(owner);
    if place.is_none() {
        metrics::counter!("access_token_shed_total").increment(1);
    }
    place.ok_or(Failure::Overloaded)
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

    #[test]
    fn bodies_on_their_way_have_places_of_their_own() {
        let shed = Shed::new(NonZeroU32::new(2).unwrap());
        let receive = |owner: &str| shed.receive(&owner.parse().unwrap());
        let (_first, second) = (receive("a").unwrap(), receive("b").unwrap());
        assert!(matches!(receive("c"), Err(Failure::Overloaded)));
        let (_third, _fourth) =
            (shed.take(&"a".parse().unwrap()).unwrap(), shed.take(&"b".parse().unwrap()).unwrap());
        drop(second);
        assert!(receive("c").is_ok());
    }
}
