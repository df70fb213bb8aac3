//! The room for connections: so many, and who waits longest for its client makes room for the next.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::activity::Activity;

/// The connections that there are.
pub(super) struct Room {
    places: usize,
    taken: Mutex<Taken>,
    /// A place was given back, or a connection has nothing to do any more.
    changed: Arc<Notify>,
}

#[derive(Default)]
struct Taken {
    connections: BTreeMap<u64, Arc<Activity>>,
    next: u64,
}

/// The place of one connection, given back when this is dropped.
pub(super) struct Place {
    room: Arc<Room>,
    number: u64,
    pub(super) activity: Arc<Activity>,
}

impl Room {
    pub(super) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self { places, taken: Mutex::default(), changed: Arc::default() })
    }

    /// A place, as soon as there is one.
    ///
    /// When all are taken, the connection that has waited longest for its client is asked to go. When all work for
    /// their clients, the next that is done, or ends, makes room.
    ///
    /// INVARIANT: one at a time asks for a place, since only one is woken.
    pub(super) async fn place(self: &Arc<Self>) -> Place {
        let mut asked: Option<Arc<Activity>> = None;
        loop {
            if let Some(place) = self.free_place() {
                return place;
            }
            // One is enough, unless it has got something to do meanwhile.
            if !asked.as_ref().is_some_and(|asked| asked.is_told()) {
                asked = self.ask_one_to_go();
            }
            self.changed.notified().await;
        }
    }

    /// Asks the connection that has waited longest for its client to go, if there is one.
    pub(super) fn ask_one_to_go(&self) -> Option<Arc<Activity>> {
        let longest = {
            let taken = self.lock();
            let waiting = taken.connections.values().filter_map(|one| Some((one.waiting_since()?, one)));
            waiting.min_by_key(|(since, _)| *since).map(|(_, one)| Arc::clone(one))
        };
        longest.inspect(|activity| activity.tell())
    }

    fn free_place(self: &Arc<Self>) -> Option<Place> {
        let mut taken = self.lock();
        if taken.connections.len() >= self.places {
            return None;
        }
        let number = taken.next;
        taken.next += 1;
        let activity = Arc::new(Activity::new(Arc::clone(&self.changed)));
        taken.connections.insert(number, Arc::clone(&activity));
        Some(Place { room: Arc::clone(self), number, activity })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing can panic half-way through a change.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.lock().connections.remove(&self.number);
        self.room.changed.notify_one();
    }
}
