//! Whether a subject of a statement reaches beyond other statements.
//!
//! A statement asks for a subject, for claims, for a target repository and for a time. A situation is beyond the
//! others if each of them lacks at least one. So: for every class of subjects, take the statements that have it, and
//! look for values of the claims and for a repository by which all of these drop out.
//!
//! INVARIANT: more conditions met by others never help to be beyond them. So a claim that the statement does not ask
//! for is best absent, the repositories best "all" where the statement covers all, and the time best as late as
//! possible.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use time::OffsetDateTime;

use super::change::Example;
use super::statements::Part;
use crate::model::Statement;
use crate::pattern::{Budget, Class, Domain, Language, Pattern, TooComplex, classes};

/// How a subject of a statement stands to other statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    /// The others grant all of it.
    Nothing,
    /// They do not grant this.
    Example(Example),
    /// It cannot be told within the limits.
    Unknown,
}

/// Statements that others are held against, and what was already made of them.
pub(super) struct Reach<'a> {
    from: &'a [Statement],
    /// For some of the statements, the language of their subjects.
    subjects: HashMap<Vec<usize>, Language>,
}

/// A condition of the statement, with the classes of values that meet it.
struct Dimension {
    /// The name of the claim; none for the target repository.
    claim: Option<String>,
    /// The others that have such a condition, too.
    bound: BTreeSet<usize>,
    classes: Vec<Class>,
}

impl<'a> Reach<'a> {
    pub(super) fn new(from: &'a [Statement]) -> Self {
        Self { from, subjects: HashMap::new() }
    }

    /// Whether `part` reaches beyond the statements at these places, now or later.
    pub(super) fn beyond(
        &mut self,
        part: Part<'_>,
        others: &[usize],
        now: OffsetDateTime,
        budget: &mut Budget,
    ) -> Beyond {
        // Of a short form an example in full comes first: hardly anybody has another one.
        let is_meant = |pattern: &&Pattern| pattern.text() == part.subject.meant();
        let meant: Vec<&Pattern> = part.subject.patterns.iter().filter(is_meant).collect();
        let all = part.subject.patterns.iter().collect();
        for patterns in [meant, all] {
            match self.find(part, &patterns, others, now, budget) {
                Ok(Some(example)) => return Beyond::Example(example),
                Ok(None) if patterns.len() < part.subject.patterns.len() => {}
                Ok(None) => break,
                Err(TooComplex) => return Beyond::Unknown,
            }
        }
        Beyond::Nothing
    }

    fn find(
        &mut self,
        part: Part<'_>,
        patterns: &[&Pattern],
        others: &[usize],
        now: OffsetDateTime,
        budget: &mut Budget,
    ) -> Result<Option<Example>, TooComplex> {
        let mut within = Language::of_patterns(patterns.iter().map(|pattern| (0, *pattern)))?;
        if !self.subjects.contains_key(others) {
            let patterns = others.iter().flat_map(|at| {
                let subjects = self.from.get(*at).into_iter().flat_map(|statement| &statement.subjects);
                subjects.flat_map(|subject| &subject.patterns).map(|pattern| (*at, pattern))
            });
            self.subjects.insert(others.to_vec(), Language::of_patterns(patterns)?);
        }
        let language = self.subjects.get_mut(others).ok_or(TooComplex)?;
        let subjects = classes(Domain::Subject, &mut within, language, budget)?;
        let dimensions = self.dimensions(part, others, budget)?;

        let last = part.statement.expires.as_ref();
        // As it is now, and as it will be at the statement's end or when all that expires has expired.
        for is_late in [false, true] {
            for class in &subjects {
                let left: BTreeSet<usize> =
                    class.members.iter().copied().filter(|at| self.may_hold(part, *at)).collect();
                let is_over = |at: &usize| {
                    let Some(expiry) = self.from.get(*at).and_then(|other| other.expires.as_ref()) else {
                        return false;
                    };
                    expiry.is_past(now) || (is_late && last.is_none_or(|last| expiry.is_before(last)))
                };
                let (over, left): (BTreeSet<usize>, BTreeSet<usize>) = left.into_iter().partition(is_over);
                let mut chosen = Vec::new();
                if escape(&dimensions, &left, &mut chosen, budget)? {
                    let expiries = over.iter().filter_map(|at| self.from.get(*at)?.expires.as_ref());
                    let latest = expiries
                        .filter(|expiry| !expiry.is_past(now))
                        .max_by(|one, other| one.cmp_end(other));
                    let after = latest.map(ToString::to_string).filter(|_| is_late);
                    return Ok(Some(example(class, &dimensions, &chosen, after)));
                }
            }
        }
        Ok(None)
    }

    /// Whether the conditions of another statement can all be met where those of `part` are, if the values are right.
    fn may_hold(&self, part: Part<'_>, at: usize) -> bool {
        self.from.get(at).is_some_and(|other| {
            other.claims.keys().all(|name| part.statement.claims.contains_key(name))
                && (other.repositories.is_none() || part.statement.repositories.is_some())
        })
    }

    fn dimensions(
        &self,
        part: Part<'_>,
        others: &[usize],
        budget: &mut Budget,
    ) -> Result<Vec<Dimension>, TooComplex> {
        let others = || others.iter().filter_map(|at| Some((*at, self.from.get(*at)?)));
        let mut dimensions = Vec::new();
        for (name, patterns) in &part.statement.claims {
            let named = || others().filter_map(|(at, other)| Some((at, other.claims.get(name)?)));
            let mut within = Language::of_patterns(patterns.iter().map(|pattern| (0, pattern)))?;
            let patterns =
                named().flat_map(|(at, patterns)| patterns.iter().map(move |pattern| (at, pattern)));
            let mut language = Language::of_patterns(patterns)?;
            let classes = classes(Domain::Claim(name), &mut within, &mut language, budget)?;
            let bound = named().map(|(at, _)| at).collect();
            dimensions.push(Dimension { claim: Some(name.clone()), bound, classes });
        }
        if let Some(globs) = &part.statement.repositories {
            let named = || others().filter_map(|(at, other)| Some((at, other.repositories.as_ref()?)));
            let mut within = Language::of_repositories(globs.iter().map(|glob| (0, glob)))?;
            let globs = named().flat_map(|(at, globs)| globs.iter().map(move |glob| (at, glob)));
            let mut language = Language::of_repositories(globs)?;
            let classes = classes(Domain::Repository, &mut within, &mut language, budget)?;
            let bound = named().map(|(at, _)| at).collect();
            dimensions.push(Dimension { claim: None, bound, classes });
        }
        Ok(dimensions)
    }
}

/// Chooses a class in each dimension so that none of the statements is left; whether that is possible.
fn escape(
    dimensions: &[Dimension],
    left: &BTreeSet<usize>,
    chosen: &mut Vec<usize>,
    budget: &mut Budget,
) -> Result<bool, TooComplex> {
    budget.spend()?;
    let Some((dimension, rest)) = dimensions.split_first() else { return Ok(left.is_empty()) };
    for (number, class) in dimension.classes.iter().enumerate() {
        let met = |at: &usize| !dimension.bound.contains(at) || class.members.contains(at);
        let still = left.iter().copied().filter(met).collect();
        chosen.push(number);
        if escape(rest, &still, chosen, budget)? {
            return Ok(true);
        }
        chosen.pop();
    }
    Ok(false)
}

fn example(subject: &Class, dimensions: &[Dimension], chosen: &[usize], after: Option<String>) -> Example {
    let mut claims = BTreeMap::new();
    let mut repository = None;
    for (dimension, number) in dimensions.iter().zip(chosen) {
        let text = dimension.classes.get(*number).map_or_else(String::new, |class| class.example.clone());
        match &dimension.claim {
            Some(name) => drop(claims.insert(name.clone(), text)),
            None => repository = Some(text),
        }
    }
    Example { subject: subject.example.clone(), claims, repository, after }
}
