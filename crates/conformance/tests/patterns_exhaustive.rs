//! Every small pattern against every small subject.

use conformance::engine::Native;
use conformance::every_pattern::{Matcher, Universe};
use conformance::oracle::pattern_matches;

/// Every pattern to length 6, every subject to length 5.
const EVERYTHING: Universe = Universe {
    pattern_prefix: "",
    pattern_letters: "aA:/@*?",
    pattern_length: 6,
    subject_prefix: "",
    subject_letters: "aA:/@",
    subject_length: 5,
};

/// Below a key whose value ignores letter case.
const BELOW_REPO: Universe = Universe {
    pattern_prefix: "repo:",
    pattern_letters: "aA:/@*?",
    pattern_length: 5,
    subject_prefix: "repo:",
    subject_letters: "aA:/@",
    subject_length: 4,
};

/// Below a key whose value ignores letter case in its first part only.
const BELOW_WORKFLOW: Universe = Universe {
    pattern_prefix: "workflow_ref:",
    pattern_letters: "aA:/*?",
    pattern_length: 5,
    subject_prefix: "workflow_ref:",
    subject_letters: "aA:/",
    subject_length: 5,
};

/// A matcher that asks the oracle about each pair on its own.
fn one_by_one(patterns: &[String]) -> Matcher {
    let patterns = patterns.to_vec();
    Box::new(move |subject| {
        let numbered = patterns.iter().enumerate();
        numbered.filter(|(_, pattern)| pattern_matches(pattern, subject)).map(|(number, _)| number).collect()
    })
}

#[test]
fn walking_the_tree_is_the_same_as_asking_about_each_pair() {
    for universe in [EVERYTHING, BELOW_REPO, BELOW_WORKFLOW] {
        let (matches, wrong) =
            Universe { pattern_length: 4, subject_length: 3, ..universe }.compare(one_by_one);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(matches > 500, "{matches}");
    }
}

#[test]
fn a_disagreement_is_noticed() {
    let too_wide = |patterns: &[String]| -> Matcher {
        let exact = one_by_one(patterns);
        let void = patterns.iter().position(|pattern| pattern == "a:?");
        Box::new(move |subject| if subject == "a::" { void.into_iter().collect() } else { exact(subject) })
    };
    let (_, wrong) = Universe { pattern_length: 3, subject_length: 3, ..EVERYTHING }.compare(too_wide);
    assert!(wrong.iter().any(|wrong| wrong.starts_with("`a:?` on `a::`")), "{wrong:?}");
}

#[test]
fn the_core_matches_every_small_pattern_exactly() {
    for universe in [EVERYTHING, BELOW_REPO, BELOW_WORKFLOW] {
        let (matches, wrong) = universe.compare(Native::compile);
        println!(
            "{} patterns, {} subjects, {matches} matches",
            universe.patterns().len(),
            universe.subjects().len()
        );
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(matches > 10_000, "{matches}");
    }
}
