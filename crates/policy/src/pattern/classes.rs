//! In which ways a text can be matched: every set of patterns that some text matches together.
//!
//! Texts that match the same patterns are one class. There are finitely many, and walking through the automata of the
//! patterns side by side, together with what decides on letter case and pull requests, finds each with its
//! shortest text. That is how containment is decided: a pattern reaches beyond others if one of its texts matches
//! none of them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use regex_automata::hybrid::LazyStateID;

use super::language::{Domain, Language};
use super::places::Places;
use super::set::PULL;

/// The most states that one walk may reach.
const MAX_WALK: usize = 200_000;
/// The most classes that one walk may find.
const MAX_CLASSES: usize = 5_000;

/// What the walks of a comparison may take.
#[derive(Debug)]
pub(crate) struct Budget {
    /// What all of them may still reach together; without it, many small walks would make a long one.
    states: usize,
    states_of_one: usize,
    classes_of_one: usize,
}

/// It cannot be told within the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooComplex;

/// Texts that the same patterns match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    /// The tags of these patterns.
    pub(crate) members: BTreeSet<usize>,
    /// The shortest of the texts; if one has no empty part, the shortest of those.
    pub(crate) example: String,
}

impl Budget {
    /// A comparison that may reach this many states.
    pub(crate) fn new(states: usize) -> Self {
        Self { states, states_of_one: MAX_WALK, classes_of_one: MAX_CLASSES }
    }

    /// Takes one.
    pub(crate) fn spend(&mut self) -> Result<(), TooComplex> {
        self.states = self.states.checked_sub(1).ok_or(TooComplex)?;
        Ok(())
    }
}

/// A place that the walk has reached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    within: LazyStateID,
    others: LazyStateID,
    places: Places,
    /// How much of `refs/pull/` was just read; all of it, once it was.
    pull: usize,
    /// Whether the part that is being read is still empty.
    is_empty: bool,
    /// How many dots were read and nothing else, where that matters: `.` and `..` match like other texts, but are none.
    dots: Option<u8>,
}

/// The classes that patterns `others` make of the texts that one of `within` matches: all of them, or only that of the
/// texts that none of the others matches, if there are such.
///
/// With those nothing else matters to who looks for a way around the others, and the walk may end early.
pub(crate) fn classes(
    domain: Domain<'_>,
    within: &mut Language,
    others: &mut Language,
    budget: &mut Budget,
) -> Result<Vec<Class>, TooComplex> {
    let mut found = BTreeMap::new();
    if let Some(example) = walk(domain, within, others, BTreeSet::is_empty, &mut found, budget)? {
        return Ok(vec![Class { members: BTreeSet::new(), example }]);
    }
    let mut classes: Vec<Class> =
        found.into_iter().map(|(members, example)| Class { members, example }).collect();
    classes.sort_by_key(|class| class.members.len());
    Ok(classes)
}

/// Whether there is a text that one of `within` and one of the others match.
pub(crate) fn have_common(
    domain: Domain<'_>,
    within: &mut Language,
    others: &mut Language,
    budget: &mut Budget,
) -> Result<bool, TooComplex> {
    let is_common = |members: &BTreeSet<usize>| !members.is_empty();
    Ok(walk(domain, within, others, is_common, &mut BTreeMap::new(), budget)?.is_some())
}

/// Finds the classes, until there is one that is sought; then its text.
fn walk(
    domain: Domain<'_>,
    within: &mut Language,
    others: &mut Language,
    is_sought: impl Fn(&BTreeSet<usize>) -> bool,
    found: &mut BTreeMap<BTreeSet<usize>, String>,
    budget: &mut Budget,
) -> Result<Option<String>, TooComplex> {
    let written = within.written.union(&others.written).copied().collect();
    let alphabet = domain.alphabet(&written);
    // First only texts that look like real ones; then all, for what those do not show.
    for with_empty_parts in [false, true] {
        let mut walk = Walk { domain, within, others, alphabet: &alphabet, with_empty_parts };
        let example = walk.find(&is_sought, found, budget)?;
        if example.is_some() {
            return Ok(example);
        }
    }
    Ok(None)
}

struct Walk<'a> {
    domain: Domain<'a>,
    within: &'a mut Language,
    others: &'a mut Language,
    alphabet: &'a [char],
    with_empty_parts: bool,
}

/// How a state was reached: from which, by which character, and after how many.
type Step = (usize, Option<char>, usize);

impl Walk<'_> {
    fn find(
        &mut self,
        is_sought: impl Fn(&BTreeSet<usize>) -> bool,
        found: &mut BTreeMap<BTreeSet<usize>, String>,
        budget: &mut Budget,
    ) -> Result<Option<String>, TooComplex> {
        let start = State {
            within: self.within.start()?,
            others: self.others.start()?,
            places: self.domain.places(),
            pull: 0,
            is_empty: true,
            dots: (self.domain == Domain::Repository).then_some(0),
        };
        let mut known = HashSet::from([start.clone()]);
        let mut states = vec![start];
        let mut steps: Vec<Step> = vec![(0, None, 0)];
        let mut at = 0;
        while let (Some(state), Some((_, _, length))) = (states.get(at).cloned(), steps.get(at).copied()) {
            budget.spend()?;
            if let Some(members) = self.members(&state)?
                && !found.contains_key(&members)
            {
                let example = text(&steps, at);
                if is_sought(&members) {
                    return Ok(Some(example));
                }
                found.insert(members, example);
            }
            if found.len() > budget.classes_of_one || states.len() > budget.states_of_one {
                return Err(TooComplex);
            }
            let alphabet = if length < self.domain.longest() { self.alphabet } else { &[] };
            for character in alphabet.iter().copied() {
                let Some(next) = self.next(&state, character)? else { continue };
                if known.insert(next.clone()) {
                    states.push(next);
                    steps.push((at, Some(character), length + 1));
                }
            }
            at += 1;
        }
        Ok(None)
    }

    /// The tags of the others that match what was read, if it lies within.
    fn members(&mut self, state: &State) -> Result<Option<BTreeSet<usize>>, TooComplex> {
        let is_pull = state.pull == PULL.len();
        if state.dots.is_some()
            || (state.is_empty && !self.with_empty_parts)
            || self.within.matching(state.within, is_pull)?.is_empty()
        {
            return Ok(None);
        }
        self.others.matching(state.others, is_pull).map(Some)
    }

    fn next(&mut self, state: &State, character: char) -> Result<Option<State>, TooComplex> {
        let separates = matches!(character, ':' | '/');
        if separates && state.is_empty && !self.with_empty_parts {
            return Ok(None);
        }
        let mut places = state.places.clone();
        let mut spelled = String::new();
        self.domain.spell(character, &mut places, &mut spelled);
        let within = self.within.step(state.within, &spelled)?;
        if within.is_dead() {
            return Ok(None);
        }
        let others = self.others.step(state.others, &spelled)?;
        let pull = if self.domain == Domain::Subject { follow(state.pull, character) } else { 0 };
        let dots = state.dots.filter(|dots| character == '.' && *dots < 2).map(|dots| dots + 1);
        Ok(Some(State { within, others, places, pull, is_empty: separates, dots }))
    }
}

/// How much of `refs/pull/` is read after one more character. No end of one of its beginnings is another beginning.
fn follow(read: usize, character: char) -> usize {
    if read == PULL.len() {
        return read;
    }
    let expected = PULL.chars().nth(read);
    if expected == Some(character) { read + 1 } else { usize::from(PULL.starts_with(character)) }
}

fn text(steps: &[Step], mut at: usize) -> String {
    let mut characters = Vec::new();
    while let Some((before, Some(character), _)) = steps.get(at) {
        characters.push(*character);
        at = *before;
    }
    characters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{Pattern, PatternKind};
    use crate::repository_glob::RepositoryGlob;

    fn shown(within: &str, others: &[&str]) -> Vec<(Vec<usize>, String)> {
        let pattern = |text: &str| Pattern::new(text, PatternKind::Subject).unwrap();
        let (within, others) = (pattern(within), others.iter().map(|text| pattern(text)).collect::<Vec<_>>());
        let mut within = Language::of_patterns([(0, &within)]).unwrap();
        let mut others = Language::of_patterns(others.iter().enumerate()).unwrap();
        let budget = &mut Budget::new(1_000_000);
        let classes = classes(Domain::Subject, &mut within, &mut others, budget).unwrap();
        classes.into_iter().map(|class| (class.members.into_iter().collect(), class.example)).collect()
    }

    #[test]
    fn a_pattern_within_another_has_no_text_of_its_own() {
        let wide = "repo:octo-org/*:ref:refs/heads/*";
        assert_eq!(
            shown("repo:octo-org/app:ref:refs/heads/main", &[wide]),
            [(vec![0], "repo:octo-org/app:ref:refs/heads/main".to_owned())]
        );
        assert_eq!(
            shown("repo:OCTO-ORG/APP:ref:x", &["repo:octo-org/app:ref:x"]),
            [(vec![0], "repo:octo-org/app:ref:x".to_owned())]
        );
    }

    #[test]
    fn the_shortest_text_beyond_is_shown() {
        let shown = shown("repo:octo-org/*:ref:x", &["repo:octo-org/app:ref:x"]);
        assert_eq!(shown, [(vec![], "repo:octo-org/a:ref:x".to_owned())]);
    }

    #[test]
    fn letter_case_and_pull_requests_make_classes() {
        let branch = shown("repo:o/r:ref:*", &["repo:o/r:ref:main", "repo:o/r:ref:*"]);
        assert_eq!(branch.len(), 2);
        let others = ["repo:o/r:environment:prod", "repo:o/r:environment:PROD", "repo:o/r:**"];
        let double = shown("repo:o/r:**", &others);
        assert_eq!(double.len(), 2, "{double:?}");
        let pull = shown("repo:o/r:ref:refs/pull/*", &["repo:o/r:**", "repo:o/r:ref:refs/pull/**"]);
        assert_eq!(pull, [(vec![1], "repo:o/r:ref:refs/pull/a".to_owned())]);
    }

    /// The classes that some names make of others, by globs of repositories.
    fn of_names(within: &[&str], others: &[String], budget: &mut Budget) -> Result<Vec<Class>, TooComplex> {
        let glob = |text: &str| text.parse::<RepositoryGlob>().unwrap();
        let within: Vec<RepositoryGlob> = within.iter().map(|text| glob(text)).collect();
        let others: Vec<RepositoryGlob> = others.iter().map(|text| glob(text)).collect();
        let mut within = Language::of_repositories(within.iter().enumerate()).unwrap();
        let mut others = Language::of_repositories(others.iter().enumerate()).unwrap();
        classes(Domain::Repository, &mut within, &mut others, budget)
    }

    #[test]
    fn what_two_patterns_match_is_common() {
        for (one, other, expected) in [
            ("repo:o/a*:ref:x", "repo:o/*b:ref:x", true),
            ("repo:o/a*:ref:x", "repo:o/b*:ref:x", false),
            ("repo:o/a:ref:x", "repo:O/A:ref:x", true),
            ("repo:o/a:ref:x", "repo:o/a:ref:X", false),
            ("repo:o/a:ref:*", "repo:o/a:ref:refs/pull/1", false),
        ] {
            let pattern = |text: &str| Pattern::new(text, PatternKind::Subject).unwrap();
            let mut within = Language::of_patterns([(0, &pattern(one))]).unwrap();
            let mut others = Language::of_patterns([(0, &pattern(other))]).unwrap();
            let budget = &mut Budget::new(100_000);
            let common = have_common(Domain::Subject, &mut within, &mut others, budget);
            assert_eq!(common, Ok(expected), "{one} {other}");
        }
    }

    #[test]
    fn what_is_too_large_is_said() {
        // The names are `a`, `ab` and `abc`: with the empty text four states, and for each name a class.
        let names = ["a", "ab", "abc"];
        let others = names.map(str::to_owned);
        let plenty = || Budget { states: 8, states_of_one: 4, classes_of_one: 3 };
        assert_eq!(of_names(&names, &others, &mut plenty()).unwrap().len(), 3);
        for budget in [
            Budget { states: 7, ..plenty() },
            Budget { states_of_one: 3, ..plenty() },
            Budget { states_of_one: 1, ..plenty() },
            Budget { classes_of_one: 2, ..plenty() },
            Budget { classes_of_one: 0, ..plenty() },
        ] {
            let shown = format!("{budget:?}");
            assert_eq!(of_names(&names, &others, &mut { budget }), Err(TooComplex), "{shown}");
        }
        let Budget { states, states_of_one, classes_of_one } = Budget::new(9);
        assert_eq!((states, states_of_one, classes_of_one), (9, 200_000, 5_000));
    }

    #[test]
    fn no_name_is_longer_than_a_hundred_characters() {
        let of_length = |length: usize| format!("a{}", "?".repeat(length - 1));
        let members = |longest: usize| {
            let others: Vec<String> = (1..=longest).map(of_length).collect();
            let classes = of_names(&["a*"], &others, &mut Budget::new(1_000_000)).unwrap();
            classes.into_iter().map(|class| (class.members.len(), class.example.len())).collect::<Vec<_>>()
        };
        assert_eq!(members(100).len(), 100);
        assert_eq!(members(99), [(0, 100)], "a name of a hundred characters is beyond");
    }
}
