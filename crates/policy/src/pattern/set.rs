//! Many patterns, matched in one pass.

use std::collections::HashMap;

use globset::{Candidate, Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::alphabet::{self, END};
use super::places::Places;
use super::syntax::Pattern;

/// The mark of a pull request's ref.
pub(super) const PULL: &str = "refs/pull/";

/// The most that the patterns of all statements of a policy may cost, by their own estimates.
///
/// A thousand statements of which one half has a wildcard or two keep within it. SECURITY: chosen so that the worst
/// policy is compiled in some ten milliseconds and takes a few MiB afterwards, since whoever writes a policy makes
/// the broker compile it.
pub const MAX_COST: usize = 60_000;
/// About how many bytes a set takes for each unit of its cost, with what matching needs. Measured: up to 75.
pub const BYTES_PER_COST: usize = 80;

/// Patterns compiled into one automaton; each is known by its number in the list that it was made from.
#[derive(Debug)]
pub struct PatternSet {
    globs: GlobSet,
    /// For each glob, the patterns that it stands for: those that are spelled alike are compiled once.
    members: Vec<Vec<usize>>,
    /// For each pattern, whether it writes `refs/pull/` itself.
    writes_pull: Vec<bool>,
    cost: usize,
}

/// Patterns that are too many or too tangled to compile within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the patterns are too costly to be matched together: {cost} units, and {MAX_COST} are the most")]
pub struct PatternSetError {
    cost: usize,
}

impl PatternSetError {
    /// What to do about it.
    pub const HELP: &str = "write fewer wildcards: each `?` costs 60 units, each `**` 50, each `*` 20, a letter \
        after `**` 8, any other character beside a wildcard 1; for several `?` write one `*`, for `**` an `*` in \
        each value";
}

impl PatternSet {
    /// Compiles patterns of subjects.
    ///
    /// # Errors
    /// When the automaton would grow beyond its bounds.
    pub fn of_subjects<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> Result<Self, PatternSetError> {
        Self::new(0, patterns.into_iter().map(|pattern| (pattern.glob().to_owned(), pattern)).collect())
    }

    /// Compiles patterns of claims, each with the claim's name; `spent` is what other patterns of the policy cost.
    ///
    /// # Errors
    /// When the automaton would grow beyond its bounds.
    pub fn of_claims<'a>(
        patterns: impl IntoIterator<Item = (&'a str, &'a Pattern)>,
        spent: usize,
    ) -> Result<Self, PatternSetError> {
        // The name stands before the value as a path component of its own. Names hold nothing to be escaped.
        let named = patterns.into_iter();
        Self::new(
            spent,
            named.map(|(name, pattern)| (format!("{name}/{}", pattern.glob()), pattern)).collect(),
        )
    }

    // NOTE: takes no iterator, so that there is one of it in the core that is shipped, not one for each caller.
    fn new(spent: usize, patterns: Vec<(String, &Pattern)>) -> Result<Self, PatternSetError> {
        let mut known: HashMap<String, usize> = HashMap::new();
        let (mut spellings, mut members): (Vec<String>, Vec<Vec<usize>>) = (Vec::new(), Vec::new());
        let (mut writes_pull, mut cost) = (Vec::new(), 0);
        for (number, (glob, pattern)) in patterns.into_iter().enumerate() {
            writes_pull.push(pattern.text().contains(PULL));
            if let Some(same) = known.get(&glob).and_then(|at| members.get_mut(*at)) {
                same.push(number);
                continue;
            }
            cost += pattern.cost();
            spellings.push(glob.clone());
            known.insert(glob, members.len());
            members.push(vec![number]);
        }
        // Before anything is built: the automaton's own limit comes too late.
        let too_costly = PatternSetError { cost: spent + cost };
        if too_costly.cost > MAX_COST {
            return Err(too_costly);
        }
        let mut builder = GlobSetBuilder::new();
        for spelling in &spellings {
            builder.add(compiled(spelling).map_err(|_| too_costly)?);
        }
        Ok(Self { globs: builder.build().map_err(|_| too_costly)?, members, writes_pull, cost })
    }

    /// What it cost to compile, at most [`MAX_COST`].
    pub fn cost(&self) -> usize {
        self.cost
    }

    /// The numbers of the patterns that match a subject, in ascending order.
    pub fn matches_subject(&self, subject: &str) -> Vec<usize> {
        let mut numbers = self.matches(subject, "", Places::of_subject());
        if subject.contains(PULL) {
            // SECURITY: what a pull request says must not be covered by a wildcard that was meant for branches.
            numbers.retain(|number| self.writes_pull.get(*number) == Some(&true));
        }
        numbers
    }

    /// The numbers of the patterns that match a claim, in ascending order.
    pub fn matches_claim(&self, name: &str, value: &str) -> Vec<usize> {
        self.matches(value, &format!("{name}/"), Places::of_claim(name))
    }

    fn matches(&self, text: &str, prefix: &str, mut places: Places) -> Vec<usize> {
        if text.chars().any(|character| character.is_ascii_control()) {
            return Vec::new();
        }
        let mut spelled = String::with_capacity(prefix.len() + text.len() + 1);
        spelled.push_str(prefix);
        for character in text.chars() {
            alphabet::spell(character, places.literal(character), &mut spelled);
        }
        spelled.push(END);
        let globs = self.globs.matches_candidate(&Candidate::from_bytes(&spelled)).into_iter();
        let mut numbers: Vec<usize> =
            globs.filter_map(|glob| self.members.get(glob)).flatten().copied().collect();
        numbers.sort_unstable();
        numbers
    }
}

/// A pattern as `globset` reads it.
pub(super) fn compiled(glob: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::PatternKind;

    fn matches(pattern: &str, subject: &str) -> bool {
        let pattern = Pattern::new(pattern, PatternKind::Subject).unwrap();
        !PatternSet::of_subjects([&pattern]).unwrap().matches_subject(subject).is_empty()
    }

    fn claim_matches(name: &str, pattern: &str, value: &str) -> bool {
        let pattern = Pattern::new(pattern, PatternKind::Claim(name)).unwrap();
        !PatternSet::of_claims([(name, &pattern)], 0).unwrap().matches_claim(name, value).is_empty()
    }

    #[test]
    fn one_star_stays_within_its_value() {
        assert!(matches("repo:o/r:ref:refs/heads/*", "repo:o/r:ref:refs/heads/a/b"));
        assert!(matches("repo:o/*:ref:x", "repo:o/a/b:ref:x"));
        assert!(!matches("repo:o/r:ref:refs/heads/*", "repo:o/r:ref:refs/heads/a:environment:b"));
        assert!(!matches("repo:o/r:ref:*", "repo:o/r:ref"));
    }

    #[test]
    fn two_stars_reach_across() {
        assert!(matches("repo:o/r:**", "repo:o/r:ref:refs/heads/a"));
        assert!(matches("repo:o/r:**", "repo:o/r:"));
        assert!(!matches("repo:o/r:**", "repo:o/r"));
        assert!(matches("repo:o/**:environment:prod", "repo:o/r:ref:x:environment:PROD"));
        assert!(matches("repo:o/a**b", "repo:o/ab"));
        assert!(matches("repo:o/**Main", "repo:o/r:ref:Main"));
        assert!(!matches("repo:o/**Main", "repo:o/r:ref:main"));
        assert!(matches("repo:o/**Main", "repo:o/main"));
    }

    #[test]
    fn a_question_mark_is_one_character_of_any_script() {
        assert!(matches("repo:o/r:environment:pr?fung", "repo:o/r:environment:pr\u{fc}fung"));
        assert!(matches("repo:o/r:environment:?", "repo:o/r:environment:\u{1f600}"));
        assert!(matches("repo:o/r:environment:?", "repo:o/r:environment:\\"));
        assert!(!matches("repo:o/r:environment:?", "repo:o/r:environment:"));
        assert!(!matches("repo:o/r:environment:??", "repo:o/r:environment:\u{1f600}"));
    }

    #[test]
    fn no_part_of_a_spelling_passes_for_a_character() {
        for character in (' '..='~').filter(|character| !"*?:".contains(*character)) {
            let pattern = format!("repo:o/r:environment:*{character}");
            // The last two bits of these are all that there are.
            for foreign in '\u{e0}'..='\u{e3}' {
                let subject = format!("repo:o/r:environment:{foreign}");
                assert!(!matches(&pattern, &subject), "{pattern} {subject}");
            }
        }
    }

    #[test]
    fn nothing_else_is_special() {
        for text in ["a.b", "[ab]", "{a,b}", "!a", "a\\b", "(a|b)", "a+", "^a$", "#", "a b", "ä*"] {
            let pattern = format!("repo:o/r:ref:{text}");
            assert!(matches(&pattern, &pattern), "{text}");
        }
        assert!(!matches("repo:o/r:ref:[ab]", "repo:o/r:ref:a"));
        assert!(!matches("repo:o/r:ref:{a,b}", "repo:o/r:ref:a"));
        assert!(!matches("repo:o/r:ref:a.b", "repo:o/r:ref:axb"));
        assert!(matches("repo:o/r:ref:*.", "repo:o/r:ref:x."));
    }

    #[test]
    fn a_branch_in_capitals_is_another_branch() {
        assert!(!matches("repo:o/r:ref:refs/heads/main", "repo:o/r:ref:refs/heads/MAIN"));
        assert!(matches("repo:Octo-Org/r:environment:Prod", "repo:octo-org/R:environment:prod"));
        assert!(!matches("repo:k/r:ref:x", "repo:\u{212a}/r:ref:x"));
    }

    #[test]
    fn a_workflow_compares_exactly_from_its_path_on() {
        let subject = "repo:o/r:workflow_ref:Octo-Org/App/.github/workflows/Deploy.yml@refs/heads/Main";
        let matches = |workflow: &str| matches(&format!("repo:o/r:workflow_ref:{workflow}"), subject);
        assert!(matches("octo-org/app/.github/workflows/Deploy.yml@refs/heads/Main"));
        assert!(!matches("octo-org/app/.github/workflows/deploy.yml@refs/heads/Main"));
        assert!(!matches("octo-org/app/.github/workflows/Deploy.yml@refs/heads/main"));
        assert!(matches("octo-org/*/Deploy.yml@*"));
        assert!(!matches("octo-org/*/deploy.yml@*"));
        assert!(matches("*/APP/.github/*"));
        assert!(matches("octo-or?/app/.github/workflows/Deploy.yml@refs/heads/Main"));
    }

    #[test]
    fn wildcards_do_not_cover_pull_request_refs() {
        let subject = "repo:o/r:ref:refs/pull/7/merge";
        assert!(!matches("repo:o/r:ref:*", subject));
        assert!(!matches("repo:o/r:**", subject));
        assert!(matches("repo:o/r:ref:refs/pull/*", subject));
        assert!(!matches("repo:o/r:ref:refs/p*", subject));
    }

    #[test]
    fn a_subject_with_a_control_character_is_nobody() {
        assert!(!matches("repo:o/r:**", "repo:o/r:ref:\u{4}"));
        assert!(!matches("repo:o/r:**", "repo:o/r:ref:\n"));
    }

    #[test]
    fn claims_match_by_name_and_value() {
        assert!(claim_matches("event_name", "push", "push"));
        assert!(!claim_matches("event_name", "push", "PUSH"));
        assert!(claim_matches("actor", "octo*", "Octocat"));
        assert!(claim_matches("repository", "OCTO-ORG/*", "octo-org/app"));
        assert!(claim_matches("custom", "a:b", "a:b"));
        assert!(!claim_matches("custom", "*", "a:b"));
        assert!(claim_matches("custom", "**", "a:b"));
        assert!(claim_matches("workflow_ref", "O/R/w.yml@refs/heads/*", "o/r/w.yml@refs/heads/x"));
        assert!(!claim_matches("workflow_ref", "O/R/W.yml@refs/heads/*", "o/r/w.yml@refs/heads/x"));
    }

    fn costs(count: usize, text: impl Fn(usize) -> String) -> Result<usize, PatternSetError> {
        let pattern = |number| Pattern::new(&text(number), PatternKind::Subject).unwrap();
        let patterns: Vec<Pattern> = (0..count).map(pattern).collect();
        PatternSet::of_subjects(&patterns).map(|set| set.cost())
    }

    #[test]
    fn a_thousand_plain_patterns_are_fine_and_tangled_ones_are_not() {
        let branches = |number| format!("repo:o/r-{number}:ref:refs/heads/*");
        assert!(costs(1_000, branches).is_ok());
        assert!(costs(5_000, |number| format!("repo:o/r-{number}:ref:refs/heads/main")).is_ok());
        assert!(costs(100, |number| format!("repo:**{}{number}", "?".repeat(10))).is_err());
        assert!(costs(100, |number| format!("repo:{}{number}", "**a".repeat(12))).is_err());
        assert!(costs(100, |number| format!("repo:**{}{number}", "a".repeat(80))).is_err());
    }

    #[test]
    fn every_wildcard_costs_what_it_takes() {
        for (pattern, cost) in [("a:b", 1), ("a:b*", 24), ("a:b**", 54), ("a:b?", 64), ("a:**bc", 69)] {
            assert_eq!(costs(1, |_| pattern.to_owned()), Ok(cost), "{pattern}");
        }
        // What is spelled alike is compiled once.
        assert_eq!(costs(9, |_| "a:b*".to_owned()), Ok(24));
    }

    #[test]
    fn question_marks_are_refused_before_they_are_compiled() {
        let error = costs(48, |number| format!("a:{number}**{}", "?".repeat(100))).unwrap_err();
        let said = "the patterns are too costly to be matched together: 290630 units, and 60000 are the most";
        assert_eq!(error.to_string(), said);
        assert!(costs(9, |number| format!("a:{number}{}", "?".repeat(100))).is_ok());
        assert!(costs(10, |number| format!("a:{number}{}", "?".repeat(100))).is_err());
    }

    #[test]
    fn claims_have_what_subjects_leave_them() {
        let pattern = Pattern::new("a*", PatternKind::Claim("actor")).unwrap();
        assert!(PatternSet::of_claims([("actor", &pattern)], MAX_COST - pattern.cost()).is_ok());
        assert!(PatternSet::of_claims([("actor", &pattern)], MAX_COST).is_err());
    }

    #[test]
    fn each_pattern_is_known_by_its_number() {
        let patterns = ["repo:o/a:**", "repo:o/*:**", "repo:o/a:ref:x"]
            .map(|text| Pattern::new(text, PatternKind::Subject).unwrap());
        let set = PatternSet::of_subjects(&patterns).unwrap();
        assert_eq!(set.matches_subject("repo:o/a:ref:x"), [0, 1, 2]);
        assert_eq!(set.matches_subject("repo:o/b:ref:x"), [1]);
        let twice = [&patterns[1], &patterns[0], &patterns[1]];
        assert_eq!(PatternSet::of_subjects(twice).unwrap().matches_subject("repo:o/b:ref:x"), [0, 2]);
    }
}
