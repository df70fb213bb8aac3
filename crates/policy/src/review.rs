//! What a change to a policy grants and revokes.
//!
//! Decided on the patterns themselves, not on samples: every part of the new policy is held against all of the old
//! one, and the other way round. Where that cannot be told within the limits, it counts as a difference.
//!
//! What is compared is what each policy says on its own: for a repository policy, who gets what; for an owner policy
//! its three parts, who may ask, what repositories may grant, and who gets what. Subjects, claims and time are taken
//! to be independent of each other: that a caller with such a subject never has such a claim is not known here.
//!
//! ```
//! use policy::parse::parse_repository_policy;
//! use policy::review::review_repository;
//!
//! let read = |git_ref: &str| {
//!     let text = format!(
//!         "origin: octo-org/website
//! statements: [{{subjects: ['repo:octo-org/app:ref:{git_ref}'], permissions: {{contents: write}}}}]"
//!     );
//!     parse_repository_policy(&text, &"octo-org/website".parse().unwrap()).policy
//! };
//! let (old, new) = (read("refs/heads/main"), read("refs/heads/*"));
//! let review = review_repository(old.as_ref(), new.as_ref(), time::OffsetDateTime::UNIX_EPOCH);
//! assert!(review.is_widened() && !review.is_narrowed());
//! let example = review.changes[0].recipient.as_ref().unwrap().example.as_ref().unwrap();
//! assert_eq!(example.subject, "repo:octo-org/app:ref:refs/heads/a");
//! ```

mod allowed;
mod asking;
mod change;
mod reach;
mod recipient;
mod risk;
mod statements;

use time::OffsetDateTime;

pub use asking::{Asking, asking};
pub use change::{Change, Direction, Example, Recipient, What};
pub use risk::Risk;

use crate::model::{OwnerPolicy, RepositoryPolicy, Statement};
use crate::pattern::Budget;
use statements::Comparison;

/// The most states that all automata of one direction of a comparison may reach together.
const MAX_STATES: usize = 2_000_000;

/// Everything that a change grants and revokes.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Review {
    /// What is granted comes first, then what is revoked; in each the riskiest first.
    pub changes: Vec<Change>,
}

impl Review {
    /// Whether anything is granted that was not, or may be.
    pub fn is_widened(&self) -> bool {
        self.changes.iter().any(|change| change.direction == Direction::Widens)
    }

    /// Whether anything is revoked that was granted, or may be.
    pub fn is_narrowed(&self) -> bool {
        self.changes.iter().any(|change| change.direction == Direction::Narrows)
    }

    /// Takes in what another comparison found.
    pub fn add(&mut self, other: Self) {
        self.changes.extend(other.changes);
        self.changes.sort_by_key(Change::rank);
    }
}

/// Compares two versions of a repository policy; none where there is no valid one, which grants nothing.
///
/// `now` is the time by which what is already expired grants nothing.
pub fn review_repository(
    old: Option<&RepositoryPolicy>,
    new: Option<&RepositoryPolicy>,
    now: OffsetDateTime,
) -> Review {
    if let (Some(from), Some(to)) = (old, new)
        && from.origin != to.origin
    {
        // They speak of two repositories, so nothing of the one is in the other.
        let mut review = review_repository(old, None, now);
        review.add(review_repository(None, new, now));
        return review;
    }
    let Some(policy) = old.or(new) else { return Review::default() };
    let list = |policy: Option<&RepositoryPolicy>| {
        policy.map_or_else(Vec::new, |policy| policy.statements.list.clone())
    };
    let mut review = Review::default();
    let (old, new) = (list(old), list(new));
    review.add(both_ways(&old, &new, &policy.origin, now));
    review
}

/// Compares two versions of an owner policy; none where there is no valid one, which grants nothing.
///
/// `now` is the time by which what is already expired grants nothing.
pub fn review_owner(old: Option<&OwnerPolicy>, new: Option<&OwnerPolicy>, now: OffsetDateTime) -> Review {
    if let (Some(from), Some(to)) = (old, new)
        && from.origin != to.origin
    {
        let mut review = review_owner(old, None, now);
        review.add(review_owner(None, new, now));
        return review;
    }
    let Some(policy) = old.or(new) else { return Review::default() };
    let list =
        |policy: Option<&OwnerPolicy>| policy.map_or_else(Vec::new, |policy| policy.statements.list.clone());
    let (from, to) = (list(old), list(new));
    let mut review = both_ways(&from, &to, &policy.origin, now);
    review.add(Review { changes: allowed::permissions(old, new, &policy.origin) });
    for (direction, from, to) in [(Direction::Widens, old, new), (Direction::Narrows, new, old)] {
        let changes = allowed::subjects(direction, from, to, &mut Budget::new(MAX_STATES));
        review.add(Review { changes });
    }
    review
}

fn both_ways(
    old: &[Statement],
    new: &[Statement],
    origin: &github_types::Repository,
    now: OffsetDateTime,
) -> Review {
    let mut review = Review::default();
    for (direction, from, to) in [(Direction::Widens, old, new), (Direction::Narrows, new, old)] {
        review.add(Review { changes: Comparison::new(from, origin, direction, now).gains_of(to) });
    }
    review
}
