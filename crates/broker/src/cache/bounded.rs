//! A map that forgets what was used the longest ago, before it holds too much.

use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// How much a cache may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) entries: usize,
    /// As its users count them.
    pub(crate) bytes: usize,
}

/// A map with a limit of entries and one of bytes.
///
/// INVARIANT: the lock is held for moments only; what is forgotten is dropped after it was released, since that may
/// take long.
pub(crate) struct Bounded<K, V> {
    name: &'static str,
    limits: Limits,
    kept: Mutex<Kept<K, V>>,
}

struct Kept<K, V> {
    entries: LruCache<K, (V, usize)>,
    bytes: usize,
}

impl<K: Hash + Eq, V: Clone> Bounded<K, V> {
    /// An empty one; `name` is what the metrics call it.
    pub(crate) fn new(name: &'static str, limits: Limits) -> Self {
        Self { name, limits, kept: Mutex::new(Kept { entries: LruCache::unbounded(), bytes: 0 }) }
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.lock().entries.get(key).map(|(value, _)| value.clone())
    }

    /// Keeps a value of so many bytes, unless it alone is too large.
    pub(crate) fn put(&self, key: K, value: V, bytes: usize) {
        let mut forgotten = Vec::new();
        let mut kept = self.lock();
        let before = (kept.entries.len(), kept.bytes);
        if bytes <= self.limits.bytes {
            kept.bytes += bytes;
            forgotten.extend(kept.entries.push(key, (value, bytes)));
        } else {
            forgotten.extend(kept.entries.pop_entry(&key));
        }
        kept.bytes -= forgotten.iter().map(|(_, (_, bytes))| bytes).sum::<usize>();
        while kept.entries.len() > self.limits.entries || kept.bytes > self.limits.bytes {
            let Some(oldest) = kept.entries.pop_lru() else { break };
            kept.bytes -= oldest.1.1;
            forgotten.push(oldest);
        }
        self.measure(before, &kept);
        drop(kept);
    }

    pub(crate) fn remove(&self, key: &K) {
        let mut kept = self.lock();
        let before = (kept.entries.len(), kept.bytes);
        let forgotten = kept.entries.pop(key);
        kept.bytes -= forgotten.as_ref().map_or(0, |(_, bytes)| *bytes);
        self.measure(before, &kept);
        drop(kept);
        drop(forgotten);
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let mut kept = self.lock();
        let before = (kept.entries.len(), kept.bytes);
        let forgotten = std::mem::replace(&mut kept.entries, LruCache::unbounded());
        kept.bytes = 0;
        self.measure(before, &kept);
        drop(kept);
        drop(forgotten);
    }

    /// Tells the metrics by how much it grew or shrank, since several caches may go by one name.
    fn measure(&self, before: (usize, usize), kept: &Kept<K, V>) {
        let now = (kept.entries.len(), kept.bytes);
        for (name, before, now) in
            [("access_token_cache_entries", before.0, now.0), ("access_token_cache_bytes", before.1, now.1)]
        {
            let difference = f64::from(u32::try_from(now.abs_diff(before)).unwrap_or(u32::MAX));
            let gauge = metrics::gauge!(name, "cache" => self.name);
            if now > before {
                gauge.increment(difference);
            } else if now < before {
                gauge.decrement(difference);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept<K, V>> {
        // Nothing can panic half-way through a change.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn cache(entries: usize, bytes: usize) -> Bounded<u8, &'static str> {
        Bounded::new("test", Limits { entries, bytes })
    }

    fn held(cache: &Bounded<u8, &'static str>) -> (Vec<u8>, usize) {
        let kept = cache.lock();
        let mut keys: Vec<u8> = kept.entries.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        (keys, kept.bytes)
    }

    #[test]
    fn forgets_what_was_used_the_longest_ago() {
        let cache = cache(2, 100);
        cache.put(1, "a", 10);
        cache.put(2, "b", 10);
        assert_eq!(cache.get(&1), Some("a"));
        cache.put(3, "c", 10);
        assert_eq!(held(&cache), (vec![1, 3], 20));
        assert_eq!(cache.get(&2), None);
    }

    #[test]
    fn makes_room_for_what_is_large() {
        let cache = cache(10, 100);
        for key in 1..=4 {
            cache.put(key, "a", 25);
        }
        cache.put(5, "b", 60);
        assert_eq!(held(&cache), (vec![4, 5], 85));
        // What is too large by itself takes nobody's place, but that of what it replaces.
        cache.put(4, "c", 101);
        assert_eq!(held(&cache), (vec![5], 60));
    }

    #[test]
    fn counts_a_value_once_when_it_is_replaced_or_removed() {
        let cache = cache(10, 100);
        cache.put(1, "a", 40);
        cache.put(1, "b", 50);
        assert_eq!((cache.get(&1), held(&cache)), (Some("b"), (vec![1], 50)));
        cache.remove(&1);
        cache.remove(&1);
        assert_eq!(held(&cache), (vec![], 0));
        cache.put(2, "c", 100);
        cache.clear();
        assert_eq!(held(&cache), (vec![], 0));
    }

    #[test]
    fn stays_within_its_limits_whatever_comes() {
        let cache: Bounded<u32, Arc<()>> = Bounded::new("test", Limits { entries: 50, bytes: 1000 });
        for key in 0..100_000_u32 {
            cache.put(key, Arc::new(()), usize::try_from(key % 97).unwrap());
            let kept = cache.lock();
            assert!(kept.entries.len() <= 50 && kept.bytes <= 1000);
            assert_eq!(kept.bytes, kept.entries.iter().map(|(_, (_, bytes))| bytes).sum::<usize>());
        }
    }
}
