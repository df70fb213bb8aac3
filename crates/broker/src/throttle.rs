//! How often somebody may ask.

mod limiter;
mod shared;
mod strangers;

use std::sync::Arc;
use std::time::Duration;

use github_types::{OwnerName, Repository};

use self::limiter::Limiter;
use self::shared::{Counted, count};
pub(crate) use self::strangers::{Strangers, Visit, Visitor};
use crate::failure::Failure;
use crate::store::{Away, Store};

/// How many requests there may be in a minute; 0 is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RateLimits {
    /// Of each calling repository.
    pub(crate) repository: u32,
    /// Of all calling repositories of an owner together.
    pub(crate) owner: u32,
    /// Of an owner's repositories together that other owners refuse.
    pub(crate) refused: u32,
}

/// Who asks too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limited {
    /// The calling repository.
    Repository,
    /// All repositories of its owner together.
    Owner,
    /// All repositories of its owner together, where they ask other owners and are refused.
    Refused,
}

/// A limit for each calling repository, and for each owner one of requests and one of refusals by other owners.
///
/// Each instance counts for itself, and where there is a store, all of them count together beside it. So each one
/// keeps the limits also while the store is away. Refusals each instance counts alone.
pub(crate) struct Throttle {
    limits: RateLimits,
    repositories: Limiter,
    owners: Limiter,
    pub(crate) strangers: Strangers,
    store: Option<Arc<Store>>,
}

impl Throttle {
    pub(crate) fn new(limits: RateLimits) -> Self {
        let (repositories, owners) = (Limiter::new(limits.repository), Limiter::new(limits.owner));
        let strangers = Strangers::new(limits.refused);
        Self { limits, repositories, owners, strangers, store: None }
    }

    /// The same limits for all instances together.
    pub(crate) fn shared(mut self, store: Option<Arc<Store>>) -> Self {
        self.store = store;
        self
    }

    /// Counts a request of a verified caller.
    pub(crate) async fn admit(&self, caller: &Repository) -> Result<(), Failure> {
        let (repository, owner) = (name(caller), name(caller.owner()));
        // What its repository is refused does not count against the owner: one of them cannot use up what is there
        // for all.
        self.repositories.admit(&repository).map_err(|wait| refuse(Limited::Repository, wait))?;
        self.owners.admit(&owner).map_err(|wait| refuse(Limited::Owner, wait))?;
        let Some(store) = &self.store else { return Ok(()) };
        let mut counted = vec![
            Counted { as_a: Limited::Repository, name: repository, per_minute: self.limits.repository },
            Counted { as_a: Limited::Owner, name: owner, per_minute: self.limits.owner },
        ];
        counted.retain(|one| one.per_minute > 0);
        if counted.is_empty() {
            return Ok(());
        }
        match count(store, &counted).await {
            Ok(None) => Ok(()),
            Ok(Some((by, wait))) => Err(refuse(by, wait)),
            Err(Away) => store.go_without(),
        }
    }

    /// Counts a request of a verified caller to another owner. To be called before anything is asked for it.
    pub(crate) fn visit(&self, caller: &Repository, target: &OwnerName) -> Result<Visit, Failure> {
        self.strangers.begin(caller, target).map_err(|wait| refuse(Limited::Refused, wait))
    }
}

/// GitHub compares names without letter case.
fn name(of: &impl ToString) -> String {
    of.to_string().to_ascii_lowercase()
}

fn refuse(by: Limited, wait: Duration) -> Failure {
    metrics::counter!("access_token_rate_limited_total", "by" => by.as_str()).increment(1);
    Failure::TooManyRequests(by, wait)
}

impl Limited {
    fn as_str(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::Owner => "owner",
            Self::Refused => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(name: &str) -> Repository {
        name.parse().unwrap()
    }

    /// Who is limited.
    async fn limited(throttle: &Throttle, caller: &str) -> Option<Limited> {
        match throttle.admit(&repository(caller)).await {
            Ok(()) => None,
            Err(Failure::TooManyRequests(by, _)) => Some(by),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn limits_each_repository_by_itself() {
        let throttle = Throttle::new(RateLimits { repository: 2, ..RateLimits::default() });
        assert_eq!(limited(&throttle, "octo-org/app").await, None);
        assert_eq!(limited(&throttle, "Octo-Org/App").await, None);
        assert_eq!(limited(&throttle, "octo-org/app").await, Some(Limited::Repository));
        assert_eq!(limited(&throttle, "octo-org/site").await, None);
    }

    #[tokio::test]
    async fn limits_all_repositories_of_an_owner_together() {
        let throttle = Throttle::new(RateLimits { repository: 2, owner: 3, refused: 0 });
        for caller in ["octo-org/app", "octo-org/site", "Octo-Org/docs"] {
            assert_eq!(limited(&throttle, caller).await, None);
        }
        assert_eq!(limited(&throttle, "octo-org/blog").await, Some(Limited::Owner));
        assert_eq!(limited(&throttle, "octocat/app").await, None);
    }

    #[tokio::test]
    async fn one_repository_cannot_use_up_what_the_owner_has() {
        let throttle = Throttle::new(RateLimits { repository: 2, owner: 3, refused: 0 });
        let mut refusals = 0;
        for _ in 0..10 {
            refusals += usize::from(limited(&throttle, "octo-org/app").await.is_some());
        }
        assert_eq!(refusals, 8);
        assert_eq!(limited(&throttle, "octo-org/site").await, None);
    }

    #[tokio::test]
    async fn zero_is_no_limit() {
        let throttle = Throttle::new(RateLimits::default());
        for _ in 0..1000 {
            assert_eq!(limited(&throttle, "octo-org/app").await, None);
        }
    }
}
