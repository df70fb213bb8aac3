//! Places for requests: so many in all, and a quarter of them always for others than the one owner that has most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use github_types::OwnerName;

/// One place of so many, rounded up, is not for an owner that has all others. A broker that serves one owner alone
/// still has most of its places.
const LEFT_TO_OTHERS: usize = 4;

/// The places.
pub(crate) struct Places {
    most: usize,
    most_of_an_owner: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// INVARIANT: each has at least one, so that there are no more owners than places.
    by_owner: HashMap<String, usize>,
}

/// One of the places; it is free again when this is dropped.
#[must_use]
pub(crate) struct Place {
    owner: String,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        let most_of_an_owner = (most - most.div_ceil(LEFT_TO_OTHERS)).max(1);
        Self { most, most_of_an_owner, taken: Arc::default() }
    }

    /// Takes a place for a caller of this owner, if there is one for it.
    pub(crate) fn take(&self, owner: &OwnerName) -> Option<Place> {
        let owner = owner.as_str().to_ascii_lowercase();
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let has = taken.by_owner.get(&owner).copied().unwrap_or_default();
        if taken.all >= self.most || has >= self.most_of_an_owner {
            return None;
        }
        taken.all += 1;
        taken.by_owner.insert(owner.clone(), has + 1);
        drop(taken);
        Some(Place { owner, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        match taken.by_owner.get_mut(&self.owner) {
            Some(has) if *has > 1 => *has -= 1,
            _ => drop(taken.by_owner.remove(&self.owner)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(places: &Places, owner: &str) -> Option<Place> {
        places.take(&owner.parse().unwrap())
    }

    #[test]
    fn no_owner_has_more_than_three_quarters() {
        let places = Places::new(8);
        let mut first: Vec<Place> = (0..6).map(|_| take(&places, "octo-org").unwrap()).collect();
        assert!(take(&places, "Octo-Org").is_none());
        let others = [take(&places, "octocat").unwrap(), take(&places, "hubot").unwrap()];
        assert!(take(&places, "octocat").is_none());
        first.pop();
        assert!(take(&places, "octo-org").is_some());
        drop(others);
        assert_eq!(places.taken.lock().unwrap().by_owner.len(), 1);
        drop(first);
        let taken = places.taken.lock().unwrap();
        assert_eq!((taken.all, taken.by_owner.len()), (0, 0));
    }

    #[test]
    fn a_broker_of_one_owner_serves_many_all_the_same() {
        let count = |most| {
            let places = Places::new(most);
            let taken: Vec<Place> = (0..most).map_while(|_| take(&places, "octo-org")).collect();
            taken.len()
        };
        assert_eq!([1, 2, 3, 4, 5, 1024].map(count), [1, 1, 2, 3, 3, 768]);
    }
}
