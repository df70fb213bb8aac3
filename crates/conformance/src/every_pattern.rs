//! Every small pattern against every small subject.
//!
//! An engine's matcher is compared with the oracle on all pairs up to a length. The oracle walks over the tree of all
//! subjects once for each pattern, so that subjects with a common beginning share its work; the engine compiles many
//! patterns at once and sees each subject once.

use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::oracle::{Wildcards, case_blind_places, never_matches};

/// Patterns that an engine gets at once: as many as it compiles together even if they are mostly wildcards.
const CHUNK: usize = 200;

/// A matcher that an engine made of some patterns: from a subject to the numbers of the patterns that match it.
pub type Matcher = Box<dyn Fn(&str) -> Vec<usize>>;

/// Which pairs to compare.
///
/// No subject may contain `refs/pull/` or a control character, for the walk knows no rule about single subjects.
#[derive(Debug, Clone, Copy)]
pub struct Universe {
    /// What every pattern starts with.
    pub pattern_prefix: &'static str,
    /// What a pattern goes on with.
    pub pattern_letters: &'static str,
    /// Most letters after the prefix.
    pub pattern_length: usize,
    /// What every subject starts with.
    pub subject_prefix: &'static str,
    /// What a subject goes on with.
    pub subject_letters: &'static str,
    /// Most letters after the prefix.
    pub subject_length: usize,
}

impl Universe {
    /// All patterns, the empty one included.
    pub fn patterns(&self) -> Vec<String> {
        all_texts(self.pattern_prefix, self.pattern_letters, self.pattern_length)
    }

    /// All subjects; each comes after the one that it continues.
    pub fn subjects(&self) -> Vec<String> {
        all_texts(self.subject_prefix, self.subject_letters, self.subject_length)
    }

    /// Compares all pairs on all processors; the answer is how many pairs match and the first disagreements, as text.
    pub fn compare(&self, compile: impl Fn(&[String]) -> Matcher + Sync) -> (usize, Vec<String>) {
        let (patterns, subjects) = (self.patterns(), self.subjects());
        let tree = tree(&subjects, self.subject_letters.chars().count());
        let chunks = Mutex::new(patterns.chunks(CHUNK));
        let answer = Mutex::new((0, Vec::new()));
        let next = || chunks.lock().ok()?.next();
        let work = || {
            while let Some(chunk) = next() {
                let (matches, wrong) = compare_chunk(chunk, &subjects, &tree, &compile(chunk));
                if let Ok(mut answer) = answer.lock() {
                    answer.0 += matches;
                    answer.1.extend(wrong);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(work);
            }
        });
        answer.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many pairs of a chunk match, and at most ten disagreements.
fn compare_chunk(
    patterns: &[String],
    subjects: &[String],
    tree: &[Node],
    matcher: &Matcher,
) -> (usize, Vec<String>) {
    let mut by_engine = vec![Vec::new(); patterns.len()];
    for (number, subject) in subjects.iter().enumerate() {
        for place in matcher(subject) {
            by_engine.get_mut(place).into_iter().for_each(|found| found.push(number));
        }
    }
    let (mut matches, mut wrong) = (0, Vec::new());
    for (pattern, by_engine) in patterns.iter().zip(&by_engine) {
        let by_oracle = matches_in_tree(pattern, subjects, tree);
        matches += by_oracle.len();
        if by_oracle == *by_engine || wrong.len() >= 10 {
            continue;
        }
        let differs = |number: &usize| by_oracle.contains(number) != by_engine.contains(number);
        let subject = (0..subjects.len()).find(differs).and_then(|number| subjects.get(number));
        let counts = (by_oracle.len(), by_engine.len());
        wrong.push(format!(
            "`{pattern}` on `{}` (matches: oracle, engine: {counts:?})",
            subject.map_or("", String::as_str)
        ));
    }
    (matches, wrong)
}

/// A subject in the tree of all subjects.
struct Node {
    /// Its last character and whether that one's letter case is ignored.
    last: Option<(char, bool)>,
    /// The numbers of the subjects that are longer by one letter.
    children: Vec<usize>,
}

/// The texts made of the prefix and up to `length` letters, the shorter ones first.
fn all_texts(prefix: &str, letters: &str, length: usize) -> Vec<String> {
    let mut texts = vec![prefix.to_owned()];
    let mut longest = texts.clone();
    for _ in 0..length {
        longest =
            longest.iter().flat_map(|text| letters.chars().map(move |c| format!("{text}{c}"))).collect();
        texts.extend(longest.iter().cloned());
    }
    texts
}

/// The tree over `all_texts`, whose order fixes where children are.
fn tree(subjects: &[String], letters: usize) -> Vec<Node> {
    let node = |(number, subject): (usize, &String)| {
        let last = if number == 0 {
            None
        } else {
            subject.chars().next_back().zip(case_blind_places(subject).pop())
        };
        let first = number * letters + 1;
        Node { last, children: (first..first + letters).filter(|child| *child < subjects.len()).collect() }
    };
    subjects.iter().enumerate().map(node).collect()
}

/// Walks from the prefix to longer subjects as long as some position of the pattern is reached.
fn matches_in_tree(pattern: &str, subjects: &[String], tree: &[Node]) -> Vec<usize> {
    if never_matches(pattern) {
        return Vec::new();
    }
    let wildcards = Wildcards::new(pattern);
    let prefix = subjects.first().map_or("", String::as_str);
    let mut start = wildcards.start();
    for (character, blind) in prefix.chars().zip(case_blind_places(prefix)) {
        start = wildcards.step(&start, character, blind);
    }
    let mut found = Vec::new();
    let mut open = vec![(0, start)];
    while let Some((number, row)) = open.pop() {
        if wildcards.accepts(&row) {
            found.push(number);
        }
        for child in tree.get(number).into_iter().flat_map(|node| &node.children) {
            let Some((character, blind)) = tree.get(*child).and_then(|child| child.last) else { continue };
            let next = wildcards.step(&row, character, blind);
            if next.contains(&true) {
                open.push((*child, next));
            }
        }
    }
    found.sort_unstable();
    found
}
