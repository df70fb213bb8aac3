//! Files worked on side by side.

use std::num::NonZero;
use std::panic;
use std::thread;

/// How many files are held in memory at a time.
pub(super) const CHUNK: usize = 128;
/// More threads than that wait for each other.
const MOST_THREADS: usize = 16;
/// Fewer files are done before a thread has started.
const LEAST_FILES: usize = 8;

/// What `work` makes of each item, in their order.
pub(super) fn mapped<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
    if threads == 1 || items.len() < LEAST_FILES {
        return items.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let parts: Vec<_> = items
            .chunks(items.len().div_ceil(threads))
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let joined =
            parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| panic::resume_unwind(panic)));
        joined.flatten().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order() {
        for count in [0, 1, 7, 8, 9, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = (0..count).map(|item| item * 2).collect();
            assert_eq!(mapped(&items, |item| item * 2), doubled);
        }
    }
}
