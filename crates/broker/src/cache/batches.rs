//! Requests that need the same answer of GitHub at the same time, and ask for it once.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

/// How many reads of the same thing may be under way at a time.
const MOST_AT_ONCE: usize = 16;

/// Shares reads among those who need them.
///
/// SECURITY: whoever asks gets an answer to a question that was put to GitHub after it asked, never before: what was
/// edited counts at the next request, so that nobody may join a read that was sent already. While one is under way,
/// those who come share the next one, which is sent when that one ends or, if that takes long, after a moment.
pub(crate) struct Batches<K, V>(Arc<Inner<K, V>>);

struct Inner<K, V> {
    traffic: Mutex<HashMap<K, Traffic<V>>>,
    /// After so long another read is sent beside those that are under way; never, without it.
    patience: Option<Duration>,
}

/// The reads of one thing.
struct Traffic<V> {
    under_way: usize,
    last_sent: Instant,
    next: Option<Next<V>>,
}

/// Those who wait for one read.
type Waiting<V> = Vec<oneshot::Sender<V>>;

/// A read that was not sent yet.
struct Next<V> {
    waiting: Waiting<V>,
    /// Sends it.
    go: Option<oneshot::Sender<()>>,
}

/// Ends a read, also when whoever runs it goes away.
struct Sent<K: Hash + Eq, V> {
    inner: Arc<Inner<K, V>>,
    key: K,
}

/// What somebody who asks has to do.
enum Part<K: Hash + Eq, V> {
    /// Read at once; nobody else waits for it.
    Reads(Sent<K, V>),
    /// Have it read in a task, when it is time.
    Leads(oneshot::Receiver<V>, oneshot::Receiver<()>, Option<Instant>),
    /// Wait for a read that somebody else leads.
    Waits(oneshot::Receiver<V>),
}

impl<K, V> Batches<K, V>
where
    K: Clone + Hash + Eq + Send + 'static,
    V: Clone + Send + 'static,
{
    /// One read at a time of each thing; and another one when that has taken as long as `patience`.
    pub(crate) fn new(patience: Option<Duration>) -> Self {
        Self(Arc::new(Inner { traffic: Mutex::default(), patience }))
    }

    /// The answer of a read of `key` that is sent from now on.
    ///
    /// What others wait for runs in a task, which goes on when those go away who began it.
    pub(crate) async fn join<F>(&self, key: &K, read: impl Fn() -> F) -> V
    where
        F: Future<Output = V> + Send + 'static,
    {
        let answer = match self.0.part(key) {
            Part::Reads(sent) => {
                let value = read().await;
                drop(sent);
                return value;
            }
            Part::Waits(answer) => answer,
            Part::Leads(answer, go, latest) => {
                tokio::spawn(Arc::clone(&self.0).lead(key.clone(), read(), go, latest));
                answer
            }
        };
        match answer.await {
            Ok(value) => value,
            // The task is gone, because the read panicked: then so shall this one, where it is seen.
            Err(_) => read().await,
        }
    }
}

impl<K: Clone + Hash + Eq, V: Clone> Inner<K, V> {
    fn part(self: &Arc<Self>, key: &K) -> Part<K, V> {
        let mut all = self.lock();
        let now = Instant::now();
        let Some(traffic) = all.get_mut(key) else {
            all.insert(key.clone(), Traffic { under_way: 1, last_sent: now, next: None });
            return Part::Reads(Sent { inner: Arc::clone(self), key: key.clone() });
        };
        let (sender, answer) = oneshot::channel();
        if let Some(next) = &mut traffic.next {
            next.waiting.push(sender);
            return Part::Waits(answer);
        }
        let may_overtake = self.patience.filter(|_| traffic.under_way < MOST_AT_ONCE);
        let latest = may_overtake.map(|patience| traffic.last_sent + patience);
        if latest.is_some_and(|latest| latest <= now) {
            traffic.send(now);
            return Part::Reads(Sent { inner: Arc::clone(self), key: key.clone() });
        }
        let (go, gone) = oneshot::channel();
        traffic.next = Some(Next { waiting: vec![sender], go: Some(go) });
        Part::Leads(answer, gone, latest)
    }

    async fn lead(
        self: Arc<Self>,
        key: K,
        read: impl Future<Output = V>,
        go: oneshot::Receiver<()>,
        latest: Option<Instant>,
    ) {
        // However the wait ends, it is time.
        match latest {
            Some(latest) => drop(timeout_at(latest, go).await),
            None => drop(go.await),
        }
        let Some((waiting, sent)) = self.send_next(key) else { return };
        let value = read.await;
        drop(sent);
        for one in waiting {
            // Who went away needs it no more.
            let _ = one.send(value.clone());
        }
    }

    /// From here on nobody can join; gives those who did, unless all of them went away.
    fn send_next(self: &Arc<Self>, key: K) -> Option<(Waiting<V>, Sent<K, V>)> {
        let mut all = self.lock();
        let traffic = all.get_mut(&key)?;
        let mut waiting = traffic.next.take()?.waiting;
        waiting.retain(|one| !one.is_closed());
        if waiting.is_empty() {
            if traffic.under_way == 0 {
                all.remove(&key);
            }
            return None;
        }
        traffic.send(Instant::now());
        Some((waiting, Sent { inner: Arc::clone(self), key }))
    }
}

impl<K: Hash + Eq, V> Inner<K, V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, Traffic<V>>> {
        // Nothing can panic half-way through a change.
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Traffic<V> {
    fn send(&mut self, now: Instant) {
        self.under_way += 1;
        self.last_sent = now;
    }
}

impl<K: Hash + Eq, V> Drop for Sent<K, V> {
    fn drop(&mut self) {
        let mut all = self.inner.lock();
        let Some(traffic) = all.get_mut(&self.key) else { return };
        traffic.under_way -= 1;
        let is_last = traffic.under_way == 0 && traffic.next.is_none();
        if let Some(go) = traffic.next.as_mut().and_then(|next| next.go.take()) {
            // If nobody hears it, nobody waits any more.
            let _ = go.send(());
        }
        if is_last {
            all.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests;
