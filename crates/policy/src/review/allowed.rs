//! What an owner policy allows: who may ask at all, and what repository policies may grant.

use std::collections::BTreeSet;

use github_types::{Level, Permission, Repository};

use super::change::{Change, Direction, Example, Recipient, What};
use super::risk;
use crate::model::{AllowedSubjects, OwnerPolicy, Terms};
use crate::pattern::{Budget, Domain, Language, Pattern, PatternKind, TooComplex, classes};

/// What stands for the repositories of an owner whose id is not known.
const OWN: &str = "(default: every repository of the owner)";

/// What repository policies may grant on one side only.
pub(super) fn permissions(
    old: Option<&OwnerPolicy>,
    new: Option<&OwnerPolicy>,
    origin: &Repository,
) -> Vec<Change> {
    let level = |policy: Option<&OwnerPolicy>, permission: Permission| {
        policy.and_then(|policy| policy.allowed_repository_permissions.get(&permission).copied())
    };
    let sides = [old, new].into_iter().flatten();
    let named: BTreeSet<Permission> =
        sides.flat_map(|policy| policy.allowed_repository_permissions.keys().copied()).collect();
    let changes = named.into_iter().filter_map(|permission| {
        let (before, after) = (level(old, permission), level(new, permission));
        let (direction, level, other): (Direction, Level, Option<Level>) = match (before, after) {
            _ if before < after => (Direction::Widens, after?, before),
            _ if before > after => (Direction::Narrows, before?, after),
            _ => return None,
        };
        let what = What::Allow { permission, level, other };
        let risk = risk::of(what, None);
        Some(Change { direction, certain: true, risk, what, policy: origin.clone(), recipient: None })
    });
    changes.collect()
}

/// Who may ask on the side `to` and not on the side `from`.
pub(super) fn subjects(
    direction: Direction,
    from: Option<&OwnerPolicy>,
    to: Option<&OwnerPolicy>,
    budget: &mut Budget,
) -> Vec<Change> {
    let Some(to) = to else { return Vec::new() };
    let written = match (from.map(|from| &from.allowed_subjects), &to.allowed_subjects) {
        (Some(AllowedSubjects::OwnRepositories), AllowedSubjects::OwnRepositories) => return Vec::new(),
        (_, AllowedSubjects::OwnRepositories) => Written::default_of(to),
        (_, AllowedSubjects::Listed { patterns, .. }) => Written::list(patterns),
    };
    let held = match from.map(|from| &from.allowed_subjects) {
        None => Vec::new(),
        Some(AllowedSubjects::OwnRepositories) => {
            Written::default_of(to).0.into_iter().flat_map(|(_, patterns)| patterns).collect()
        }
        Some(AllowedSubjects::Listed { patterns, .. }) => patterns.clone(),
    };
    // SECURITY: the default asks callers whose `sub` is in the immutable form for the owner's id, which is not known
    // here; a list does not. So nothing is certain between the two.
    let is_between = from.is_some_and(|from| is_default(from) != is_default(to));
    let mut changes = Vec::new();
    for (text, patterns) in written.0 {
        let beyond = beyond(&patterns, &held, budget);
        let (certain, example) = match beyond {
            Ok(None) if !is_between => continue,
            Ok(None) | Err(TooComplex) => (false, None),
            Ok(Some(subject)) => {
                (true, Some(Example { subject, claims: [].into(), repository: None, after: None }))
            }
        };
        changes.push(Change {
            direction,
            certain,
            risk: risk::of(What::Ask, Some(&text)),
            what: What::Ask,
            policy: to.origin.clone(),
            recipient: Some(Recipient {
                pattern: text,
                statement: None,
                line: None,
                terms: Terms::default(),
                example,
            }),
        });
    }
    changes
}

fn is_default(policy: &OwnerPolicy) -> bool {
    matches!(policy.allowed_subjects, AllowedSubjects::OwnRepositories)
}

/// Who may ask: each entry with the patterns that it stands for.
struct Written(Vec<(String, Vec<Pattern>)>);

impl Written {
    fn list(patterns: &[Pattern]) -> Self {
        Self(patterns.iter().map(|pattern| (pattern.text().to_owned(), vec![pattern.clone()])).collect())
    }

    /// The plain form only: what the default says of the immutable form depends on the owner's id.
    fn default_of(policy: &OwnerPolicy) -> Self {
        let text = format!("repo:{}/*:**", policy.origin.owner());
        let pattern = Pattern::new(&text, PatternKind::Subject);
        Self(vec![(OWN.to_owned(), pattern.into_iter().collect())])
    }
}

/// The shortest subject that one of the patterns matches and none of the others.
pub(super) fn beyond(
    patterns: &[Pattern],
    others: &[Pattern],
    budget: &mut Budget,
) -> Result<Option<String>, TooComplex> {
    if patterns.iter().all(|pattern| others.contains(pattern)) {
        return Ok(None);
    }
    let mut within = Language::of_patterns(patterns.iter().map(|pattern| (0, pattern)))?;
    let mut others = Language::of_patterns(others.iter().map(|pattern| (0, pattern)))?;
    let classes = classes(Domain::Subject, &mut within, &mut others, budget)?;
    Ok(classes.into_iter().find(|class| class.members.is_empty()).map(|class| class.example))
}
