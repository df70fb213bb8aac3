//! How often an owner's repositories may be refused by other owners.
//!
//! A refusal costs calls to GitHub that the App or the other owner pays for, and whoever has an account can ask. So
//! every request of a stranger is charged to the stranger's owner before GitHub is asked, and paid back when it is
//! granted. No stranger is the repository that the other owner has granted something lately.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use github_types::{OwnerName, Repository};
use tokio::time::Instant;

use super::name;

const MINUTE: Duration = Duration::from_secs(60);
/// How long a grant makes a repository no stranger: jobs that run every day are none, an hour late included.
const LATELY: Duration = Duration::from_secs(25 * 60 * 60);
/// How many owners' refusals are counted. With more of them, all counts begin anew.
const MOST_OWNERS: usize = 50_000;
/// How many grants are remembered. With more of them, the next ones are not.
const MOST_GRANTS: usize = 50_000;

/// Who was refused how often, and who was granted something.
pub(crate) struct Strangers {
    /// The time in which one refusal is forgotten; none is no limit.
    each: Option<Duration>,
    /// Names are kept by a hash that nobody outside can foresee, so that all of them take the same little room.
    hash: RandomState,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// When all that an owner was charged is forgotten.
    due: HashMap<u64, Instant>,
    /// Until when the other owner's last grant to a repository counts.
    granted: HashMap<u64, Instant>,
    /// When those grants were last looked through, for want of room.
    swept: Option<Instant>,
}

/// One request of a repository to another owner.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(crate) struct Visit {
    owner: u64,
    pair: u64,
    pub(crate) by: Visitor,
}

/// Who asks another owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// A repository that this owner has granted something lately.
    Known,
    /// Any other one.
    Stranger,
}

impl Strangers {
    /// So many refusals a minute for each owner; 0 is no limit.
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { each: MINUTE.checked_div(per_minute), hash: RandomState::new(), seen: Mutex::default() }
    }

    /// Charges a stranger, or says how long to wait.
    ///
    /// SECURITY: what this answers depends on what the caller itself was granted and its owner refused, and on nothing
    /// else of the target.
    pub(super) fn begin(&self, caller: &Repository, target: &OwnerName) -> Result<Visit, Duration> {
        let owner = self.hash.hash_one(name(caller.owner()));
        let pair = self.hash.hash_one((name(caller), name(target)));
        let (now, mut seen) = (Instant::now(), self.seen());
        if seen.granted.get(&pair).is_some_and(|until| *until > now) {
            return Ok(Visit { owner, pair, by: Visitor::Known });
        }
        if let Some(each) = self.each {
            seen.charge(owner, each, now)?;
        }
        Ok(Visit { owner, pair, by: Visitor::Stranger })
    }

    /// The request was granted.
    pub(crate) fn granted(&self, visit: Visit) {
        let (now, mut seen) = (Instant::now(), self.seen());
        if let (Some(each), Visitor::Stranger) = (self.each, visit.by) {
            seen.pay_back(visit.owner, each, now);
        }
        seen.remember(visit.pair, now);
    }

    /// The rules said no.
    pub(crate) fn denied(&self, visit: Visit) {
        let (now, mut seen) = (Instant::now(), self.seen());
        if seen.granted.remove(&visit.pair).is_some()
            && visit.by == Visitor::Known
            && let Some(each) = self.each
        {
            // Who has used up the limit is a stranger from now on all the same.
            let _ = seen.charge(visit.owner, each, now);
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn charge(&mut self, owner: u64, each: Duration, now: Instant) -> Result<(), Duration> {
        if self.due.len() >= MOST_OWNERS && !self.due.contains_key(&owner) {
            self.due.retain(|_, due| *due > now);
            // Not only when all are left: else each further owner might cost a walk over all of them.
            if self.due.len() > MOST_OWNERS / 2 {
                tracing::warn!(
                    most = MOST_OWNERS,
                    "too many owners to count: all counts of refusals begin anew"
                );
                self.due.clear();
            }
        }
        let due = self.due.entry(owner).or_insert(now);
        let next = (*due).max(now) + each;
        match next.duration_since(now).checked_sub(MINUTE) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                *due = next;
                Ok(())
            }
        }
    }

    fn pay_back(&mut self, owner: u64, each: Duration, now: Instant) {
        let Entry::Occupied(mut due) = self.due.entry(owner) else { return };
        match due.get().checked_sub(each).filter(|due| *due > now) {
            Some(earlier) => *due.get_mut() = earlier,
            None => drop(due.remove()),
        }
    }

    fn remember(&mut self, pair: u64, now: Instant) {
        if self.granted.len() >= MOST_GRANTS && !self.granted.contains_key(&pair) {
            if self.swept.is_some_and(|swept| now < swept + MINUTE) {
                return;
            }
            self.swept = Some(now);
            self.granted.retain(|_, until| *until > now);
            if self.granted.len() >= MOST_GRANTS {
                return;
            }
        }
        self.granted.insert(pair, now + LATELY);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn begin(strangers: &Strangers, caller: &str, target: &str) -> Result<Visit, Duration> {
        strangers.begin(&caller.parse().unwrap(), &target.parse().unwrap())
    }

    /// How many of ten requests may be made that are all refused.
    fn refused(strangers: &Strangers, caller: &str) -> usize {
        let visits = (0..10).filter_map(|number| begin(strangers, caller, &format!("target-{number}")).ok());
        visits.map(|visit| strangers.denied(visit)).count()
    }

    #[tokio::test(start_paused = true)]
    async fn an_owner_is_refused_only_so_often_whomever_it_asks() {
        let strangers = Strangers::new(3);
        assert_eq!(refused(&strangers, "octocat/app"), 3);
        assert_eq!(begin(&strangers, "Octocat/site", "octo-org").unwrap_err(), Duration::from_secs(20));
        assert_eq!(refused(&strangers, "hubot/app"), 3);
        advance(Duration::from_secs(20)).await;
        assert_eq!(refused(&strangers, "octocat/app"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_under_way_counts_until_it_is_granted() {
        let strangers = Strangers::new(3);
        let visits: Vec<Visit> =
            (0..3).map(|_| begin(&strangers, "octocat/app", "octo-org").unwrap()).collect();
        assert!(begin(&strangers, "octocat/site", "octo-org").is_err());
        for visit in visits {
            strangers.granted(visit);
        }
        assert_eq!(refused(&strangers, "octocat/site"), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_granted_something_there_is_no_stranger_there() {
        let strangers = Strangers::new(3);
        strangers.granted(begin(&strangers, "octocat/app", "octo-org").unwrap());
        assert_eq!(refused(&strangers, "octocat/other"), 3);
        for _ in 0..10 {
            let visit = begin(&strangers, "octocat/app", "Octo-Org").unwrap();
            assert_eq!(visit.by, Visitor::Known);
            strangers.granted(visit);
        }
        // Of the same owner, another repository; of the same repository, another target.
        assert!(begin(&strangers, "octocat/site", "octo-org").is_err());
        assert!(begin(&strangers, "octocat/app", "octo-org-2").is_err());
        advance(LATELY).await;
        assert_eq!(begin(&strangers, "octocat/app", "octo-org").unwrap().by, Visitor::Stranger);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_refused_is_a_stranger_again() {
        let strangers = Strangers::new(2);
        strangers.granted(begin(&strangers, "octocat/app", "octo-org").unwrap());
        strangers.denied(begin(&strangers, "octocat/app", "octo-org").unwrap());
        assert_eq!(begin(&strangers, "octocat/app", "octo-org").unwrap().by, Visitor::Stranger);
        assert!(begin(&strangers, "octocat/app", "octo-org").is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn zero_is_no_limit() {
        let strangers = Strangers::new(0);
        for _ in 0..100 {
            assert_eq!(refused(&strangers, "octocat/app"), 10);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded_whoever_asks() {
        let (mut seen, now) = (Seen::default(), Instant::now());
        for number in 0..2 * MOST_OWNERS as u64 {
            seen.charge(number, Duration::from_secs(1), now).unwrap();
            assert!(seen.due.len() <= MOST_OWNERS);
        }
        for pair in 0..2 * MOST_GRANTS as u64 {
            seen.remember(pair, now);
        }
        assert_eq!(seen.granted.len(), MOST_GRANTS);
        seen.remember(u64::MAX, now + LATELY);
        assert_eq!(seen.granted.len(), 1);
    }
}
