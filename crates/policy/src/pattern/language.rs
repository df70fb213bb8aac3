//! The texts that patterns match, as an automaton that is built while it is walked.
//!
//! The automaton reads the very translation that the broker matches by ([`super::syntax`], [`super::alphabet`]).
//! `regex-automata` makes its states as they are reached, and `globset` uses the same code for matching.

use std::collections::BTreeSet;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};

use super::alphabet::{self, END};
use super::classes::TooComplex;
use super::places::{Places, RULED_KEYS};
use super::set::{self, PULL};
use super::syntax::Pattern;
use crate::repository_glob::RepositoryGlob;

/// The most bytes that the states of one automaton may take.
const MAX_AUTOMATON: usize = 16 << 20;
/// The most bytes of what an automaton is made from.
const MAX_NFA: usize = 16 << 20;

/// What kind of texts patterns are matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain<'a> {
    /// Subjects.
    Subject,
    /// The values of the claim of this name.
    Claim(&'a str),
    /// The names of repositories.
    Repository,
}

impl Domain<'_> {
    pub(super) fn places(self) -> Places {
        match self {
            Self::Subject | Self::Repository => Places::of_subject(),
            Self::Claim(name) => Places::of_claim(name),
        }
    }

    /// Spells a character as the automata read it, and goes on to the place after it.
    pub(super) fn spell(self, character: char, places: &mut Places, out: &mut String) {
        match self {
            Self::Repository => out.push(character.to_ascii_lowercase()),
            Self::Subject | Self::Claim(_) => {
                alphabet::spell(character, places.literal(character), out);
                *places = places.clone().normalised();
            }
        }
    }

    /// The longest text that there can be.
    pub(super) fn longest(self) -> usize {
        match self {
            Self::Repository => 100,
            Self::Subject | Self::Claim(_) => usize::MAX,
        }
    }

    /// One character for each way in which a character can be read, given those that patterns write.
    ///
    /// All that no pattern writes and no rule knows are read alike, so one of them stands for them all.
    pub(super) fn alphabet(self, written: &BTreeSet<char>) -> Vec<char> {
        let mut letters: BTreeSet<char> = written.clone();
        let more = if self == Self::Repository { "abcdefghijklmnopqrstuvwxyz0123456789-_." } else { "" };
        letters.extend(more.chars());
        if self == Self::Subject {
            letters.extend(RULED_KEYS.iter().flat_map(|key| key.chars()).chain(PULL.chars()));
        }
        if self != Self::Repository {
            let both = |letter: &char| [letter.to_ascii_lowercase(), letter.to_ascii_uppercase()];
            letters = letters.iter().flat_map(both).chain([':', '/']).collect();
            let fresh = ('a'..='z').chain('0'..='9').chain(' '..='~').chain('\u{c0}'..);
            letters.extend(fresh.filter(|letter| !letters.contains(letter)).take(1).collect::<Vec<_>>());
        }
        let mut letters: Vec<char> = letters.into_iter().collect();
        letters.sort_by_key(|letter| (!letter.is_ascii_lowercase(), !letter.is_ascii_digit(), *letter));
        letters
    }
}

/// Patterns, each with a tag; many may have the same.
#[derive(Debug)]
pub(crate) struct Language {
    automaton: DFA,
    cache: Cache,
    /// For each pattern its tag, and whether it covers the refs of pull requests.
    patterns: Vec<(usize, bool)>,
    /// The characters that the patterns write.
    pub(super) written: BTreeSet<char>,
    end: Option<u8>,
}

impl Language {
    /// The language of patterns of subjects or of one claim.
    pub(crate) fn of_patterns<'a>(
        patterns: impl IntoIterator<Item = (usize, &'a Pattern)>,
    ) -> Result<Self, TooComplex> {
        let (mut regexes, mut tags, mut written) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (tag, pattern) in patterns {
            let compiled = set::compiled(pattern.glob()).map_err(|_| TooComplex)?;
            regexes.push(compiled.regex().to_owned());
            tags.push((tag, pattern.text().contains(PULL)));
            written.extend(pattern.text().chars());
        }
        Self::new(&regexes, tags, written, u8::try_from(END).ok())
    }

    /// The language of globs of repositories.
    pub(crate) fn of_repositories<'a>(
        globs: impl IntoIterator<Item = (usize, &'a RepositoryGlob)>,
    ) -> Result<Self, TooComplex> {
        let (mut regexes, mut tags, mut written) = (Vec::new(), Vec::new(), BTreeSet::new());
        for (tag, glob) in globs {
            let text = glob.to_string().to_ascii_lowercase();
            let body = text.replace('.', r"\.").replace('-', r"\-").replace('*', ".*").replace('?', ".");
            regexes.push(format!("(?-u)^{body}$"));
            tags.push((tag, true));
            written.extend(text.chars());
        }
        Self::new(&regexes, tags, written, None)
    }

    fn new(
        regexes: &[String],
        patterns: Vec<(usize, bool)>,
        mut written: BTreeSet<char>,
        end: Option<u8>,
    ) -> Result<Self, TooComplex> {
        written.retain(|character| !matches!(character, '*' | '?'));
        // A full automaton is an answer (too complex), not a reason to begin again.
        let config = Config::new()
            .match_kind(MatchKind::All)
            .cache_capacity(MAX_AUTOMATON)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(0));
        let automaton = DFA::builder()
            .configure(config)
            .syntax(syntax::Config::new().utf8(false).dot_matches_new_line(true))
            .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_NFA)))
            .build_many(regexes)
            .map_err(|_| TooComplex)?;
        let cache = automaton.create_cache();
        Ok(Self { automaton, cache, patterns, written, end })
    }

    pub(super) fn start(&mut self) -> Result<LazyStateID, TooComplex> {
        let input = Input::new("").anchored(Anchored::Yes);
        self.automaton.start_state_forward(&mut self.cache, &input).map_err(|_| TooComplex)
    }

    pub(super) fn step(&mut self, mut state: LazyStateID, spelled: &str) -> Result<LazyStateID, TooComplex> {
        for byte in spelled.bytes() {
            if state.is_dead() {
                break;
            }
            state = self.automaton.next_state(&mut self.cache, state, byte).map_err(|_| TooComplex)?;
        }
        Ok(state)
    }

    /// The tags of the patterns that match what was read; `is_pull`: it holds the ref of a pull request.
    pub(super) fn matching(
        &mut self,
        mut state: LazyStateID,
        is_pull: bool,
    ) -> Result<BTreeSet<usize>, TooComplex> {
        if let Some(end) = self.end
            && !state.is_dead()
        {
            state = self.automaton.next_state(&mut self.cache, state, end).map_err(|_| TooComplex)?;
        }
        if state.is_dead() {
            return Ok(BTreeSet::new());
        }
        let last = self.automaton.next_eoi_state(&mut self.cache, state).map_err(|_| TooComplex)?;
        if !last.is_match() {
            return Ok(BTreeSet::new());
        }
        let count = self.automaton.match_len(&self.cache, last);
        let numbers = (0..count).map(|at| self.automaton.match_pattern(&self.cache, last, at).as_usize());
        let patterns = numbers.filter_map(|number| self.patterns.get(number));
        Ok(patterns.filter(|(_, covers_pull)| *covers_pull || !is_pull).map(|(tag, _)| *tag).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::classes::{Budget, Class, classes};
    use super::*;
    use crate::pattern::PatternKind;

    /// The classes that others make of the texts of one pattern, as tags and an example.
    fn shown(domain: Domain<'_>, mut within: Language, mut others: Language) -> Vec<(Vec<usize>, String)> {
        let classes = classes(domain, &mut within, &mut others, &mut Budget::new(100_000)).unwrap();
        classes
            .into_iter()
            .map(|Class { members, example }| (members.into_iter().collect(), example))
            .collect()
    }

    fn of_names(within: &str, others: &[&str]) -> Vec<(Vec<usize>, String)> {
        let language = |globs: &[&str]| {
            let globs: Vec<RepositoryGlob> = globs.iter().map(|glob| glob.parse().unwrap()).collect();
            Language::of_repositories(globs.iter().enumerate()).unwrap()
        };
        shown(Domain::Repository, language(&[within]), language(others))
    }

    fn of_texts(kind: PatternKind<'_>, within: &str, others: &[&str]) -> Vec<(Vec<usize>, String)> {
        let domain = match kind {
            PatternKind::Subject => Domain::Subject,
            PatternKind::Claim(name) => Domain::Claim(name),
        };
        let language = |patterns: &[&str]| {
            let patterns: Vec<Pattern> =
                patterns.iter().map(|pattern| Pattern::new(pattern, kind).unwrap()).collect();
            Language::of_patterns(patterns.iter().enumerate()).unwrap()
        };
        shown(domain, language(&[within]), language(others))
    }

    #[test]
    fn every_name_is_thought_of_and_nothing_that_is_none() {
        // Every name of one character; `.` is none, and neither is a name without characters.
        let letters: Vec<String> = ('a'..='z').chain('0'..='9').chain(['-', '_']).map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(of_names("?", &letters).len(), 38);
        assert_eq!(of_names("?", &letters[..37]), [(vec![], "_".to_owned())]);
        for (within, shown) in [(".", vec![]), ("..", vec![]), ("...", vec![(vec![], "...".to_owned())])] {
            assert_eq!(of_names(within, &["a"]), shown, "{within}");
        }
        assert_eq!(of_names("*", &["a*"]), [(vec![], "b".to_owned())]);
    }

    #[test]
    fn a_character_that_no_pattern_writes_stands_for_all_others() {
        let beyond = [(vec![], "b".to_owned())];
        for (claim, others) in [("x", &["a"][..]), ("x", &["a", "A"]), ("actor", &["a"])] {
            assert_eq!(of_texts(PatternKind::Claim(claim), "?", others), beyond, "{claim}: {others:?}");
        }
        assert_eq!(of_texts(PatternKind::Claim("x"), "a", &["A"]), [(vec![], "a".to_owned())]);
        assert_eq!(of_texts(PatternKind::Claim("actor"), "a", &["A"]), [(vec![0], "a".to_owned())]);
        // With every other character taken, an upper-case letter is left.
        let others: Vec<String> =
            (' '..='~').filter(|c| !matches!(c, 'A' | '*' | '?')).map(String::from).collect();
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let classes = of_texts(PatternKind::Claim("x"), "[a-zA-Z]", &others);
        assert_eq!(classes, [(vec![], "[a-zA-Z]".to_owned())], "brackets stand for themselves");
    }

    #[test]
    fn letter_case_is_told_by_keys_that_no_pattern_writes() {
        // In the value of `workflow_ref` letter case counts from the second slash on, in that of `repo` nowhere.
        let others = ["repo:o/r:a:**a/b/C", "repo:o/r:a:**a/b/c", "repo:o/r:a:**"];
        let classes = of_texts(PatternKind::Subject, "repo:o/r:a:**A/b/C", &others);
        let of = |members: &[usize]| {
            classes.iter().find(|(found, _)| found == members).map(|(_, example)| example.as_str())
        };
        assert_eq!(classes.len(), 3, "{classes:?}");
        assert_eq!(of(&[2]), Some("repo:o/r:a:A/b/C"));
        assert!(of(&[0, 1, 2]).unwrap().contains(":repo:"), "{classes:?}");
        assert!(of(&[0, 2]).unwrap().contains("workflow_ref:"), "{classes:?}");
    }

    #[test]
    fn letters_come_before_digits_and_both_before_all_else() {
        let alphabet = Domain::Claim("x").alphabet(&['2', 'b', '%'].into());
        assert_eq!(alphabet, ['a', 'b', '2', '%', '/', ':', 'B']);
        let subjects = Domain::Subject.alphabet(&['2'].into());
        assert_eq!(&subjects[..4], ['a', 'b', 'c', 'd']);
        assert!(['p', 'u', 'l', 'm', 'w', 'R', '_', '/', ':'].iter().all(|letter| subjects.contains(letter)));
    }
}
