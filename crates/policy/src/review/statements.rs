//! Who gets what by the statements of one policy and not by those of another.

use github_types::{Level, Permission, Repository, Scope};
use time::OffsetDateTime;

use super::change::{Change, Direction, What};
use super::reach::{Beyond, Reach};
use super::{MAX_STATES, recipient, risk};
use crate::model::{Statement, StatementSubject};
use crate::pattern::Budget;

/// Holds statements against those of one side.
pub(super) struct Comparison<'a> {
    /// The statements of the side that may lack something.
    from: &'a [Statement],
    origin: &'a Repository,
    direction: Direction,
    now: OffsetDateTime,
    reach: Reach<'a>,
    budget: Budget,
}

/// A subject of a statement, with the statement.
#[derive(Clone, Copy)]
pub(super) struct Part<'s> {
    pub(super) statement: &'s Statement,
    pub(super) subject: &'s StatementSubject,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(
        from: &'a [Statement],
        origin: &'a Repository,
        direction: Direction,
        now: OffsetDateTime,
    ) -> Self {
        let budget = Budget::new(MAX_STATES);
        Self { from, origin, direction, now, reach: Reach::new(from), budget }
    }

    /// Everything that `to` grants and `from` does not.
    pub(super) fn gains_of(mut self, to: &[Statement]) -> Vec<Change> {
        let now = self.now;
        let is_alive =
            |statement: &&Statement| statement.expires.as_ref().is_none_or(|expiry| !expiry.is_past(now));
        let mut changes = Vec::new();
        for statement in to.iter().filter(is_alive) {
            for subject in &statement.subjects {
                let part = Part { statement, subject };
                let mut gained = self.gains_of_part(part);
                // It comes with everything; alone it is worth a line.
                let is_implied = |change: &Change| matches!(change.what, What::Permission { permission, .. } if permission == Permission::METADATA);
                if !gained.iter().all(is_implied) {
                    gained.retain(|change| !is_implied(change));
                }
                changes.append(&mut gained);
            }
        }
        changes
    }

    fn gains_of_part(&mut self, part: Part<'_>) -> Vec<Change> {
        let mut permissions: Vec<Permission> = part.statement.permissions.keys().copied().collect();
        if !permissions.contains(&Permission::METADATA) {
            permissions.push(Permission::METADATA);
        }
        permissions.into_iter().filter_map(|permission| self.gain(part, permission)).collect()
    }

    fn gain(&mut self, part: Part<'_>, permission: Permission) -> Option<Change> {
        let level = part.statement.level(permission)?;
        if permission.scope() != Scope::Repository && part.statement.repositories.is_some() {
            return None;
        }
        let beyond = self.beyond(part, permission, level);
        if beyond == Beyond::Nothing {
            return None;
        }
        // The levels below it that every one of these has on the other side, too.
        let lower = permission.levels().iter().copied().filter(|lower| *lower < level);
        let lower: Vec<Level> = lower.collect();
        let other =
            lower.into_iter().rev().find(|lower| self.beyond(part, permission, *lower) == Beyond::Nothing);
        let what = What::Permission { permission, level, other };
        let (certain, example) = match beyond {
            Beyond::Example(example) => (true, Some(example)),
            Beyond::Nothing | Beyond::Unknown => (false, None),
        };
        Some(Change {
            direction: self.direction,
            certain,
            risk: risk::of(what, Some(&part.subject.text)),
            what,
            policy: self.origin.clone(),
            recipient: Some(recipient::of(part.statement, part.subject, example)),
        })
    }

    fn beyond(&mut self, part: Part<'_>, permission: Permission, level: Level) -> Beyond {
        let grants = |statement: &Statement| {
            statement.level(permission) >= Some(level)
                && (permission.scope() == Scope::Repository || statement.repositories.is_none())
        };
        let others: Vec<usize> =
            (0..self.from.len()).filter(|at| self.from.get(*at).is_some_and(&grants)).collect();
        let is_kept = |at: &usize| self.from.get(*at).is_some_and(|other| is_same(part, other));
        if others.iter().any(is_kept) {
            return Beyond::Nothing;
        }
        self.reach.beyond(part, &others, self.now, &mut self.budget)
    }
}

/// Whether a statement of the other side has this very subject under the same conditions.
fn is_same(part: Part<'_>, other: &Statement) -> bool {
    other.subjects.iter().any(|subject| subject.patterns == part.subject.patterns)
        && other.claims == part.statement.claims
        && other.repositories == part.statement.repositories
        && other.expires == part.statement.expires
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse_repository_policy;
    use crate::review::{Review, review_repository};

    /// What is newly granted where the levels of `contents` or another permission are these, and what of it was before.
    fn gained(permission: &str, old: &str, new: &str) -> Vec<(Level, Option<Level>)> {
        let policy = |level: &str| {
            let text = format!(
                "origin: octo-org/website\nstatements: [{{subjects: ['repo:octo-org/app:ref:x'], permissions: {{{permission}: {level}}}}}]"
            );
            parse_repository_policy(&text, &"octo-org/website".parse().unwrap()).policy
        };
        let (old, new) = (policy(old), policy(new));
        let review = review_repository(old.as_ref(), new.as_ref(), OffsetDateTime::UNIX_EPOCH);
        let widens = review.changes.iter().filter(|change| change.direction == Direction::Widens);
        let level = |change: &Change| match change.what {
            What::Permission { level, other, .. } => Some((level, other)),
            What::Allow { .. } | What::Ask => None,
        };
        widens.filter_map(level).collect()
    }

    #[test]
    fn the_level_that_they_have_already_is_told() {
        assert_eq!(gained("contents", "read", "write"), [(Level::Write, Some(Level::Read))]);
        assert_eq!(gained("contents", "write", "read"), []);
        assert_eq!(gained("contents", "write", "write"), []);
        assert_eq!(gained("repository-projects", "read", "admin"), [(Level::Admin, Some(Level::Read))]);
        assert_eq!(gained("repository-projects", "write", "admin"), [(Level::Admin, Some(Level::Write))]);
        assert_eq!(gained("repository-projects", "read", "write"), [(Level::Write, Some(Level::Read))]);
        assert_eq!(gained("contents", "{}", "write"), [(Level::Write, None)]);
    }
    #[test]
    fn what_stays_as_it_is_needs_no_comparison() {
        let subject = "repo:octo-org/**a**b**c**d**e**f**g**h**i**j**k**l**m**n**o";
        let policy = |more: &str| {
            let text = format!(
                "origin: octo-org/website\nstatements: [{{subjects: ['{subject}'], permissions: {{contents: read}}}}{more}]"
            );
            parse_repository_policy(&text, &"octo-org/website".parse().unwrap()).policy
        };
        let (old, new) =
            (policy(""), policy(", {subjects: ['repo:hubot/app:ref:x'], permissions: {contents: read}}"));
        let review =
            |old: Option<&_>, new: Option<&_>| review_repository(old, new, OffsetDateTime::UNIX_EPOCH);
        assert_eq!(review(old.as_ref(), old.as_ref()), Review::default());
        assert!(review(old.as_ref(), new.as_ref()).changes.iter().all(|change| change.certain));
    }
}
