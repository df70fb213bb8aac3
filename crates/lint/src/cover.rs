//! Which patterns cover another one: match everything that it matches.
//!
//! The answer is safe and not complete: what is said to be covered is, but not all that is covered is seen.

use policy::pattern::{Pattern, PatternSet};

/// Stands for whatever a `*` of the covered pattern matches; no pattern can write it, only wildcards match it.
const ANYTHING: char = '\u{f8ff}';

/// The numbers of the patterns in `set` that cover `pattern`; `texts` are theirs, as written in `set`.
pub(crate) fn covering(pattern: &Pattern, set: &PatternSet, texts: &[&str]) -> Vec<usize> {
    let same = |number: &usize| texts.get(*number) == Some(&pattern.text());
    let (body, is_open) = match pattern.text().strip_suffix("**") {
        // Whoever matches what stands before the stars and ends with stars as well, matches all that can follow.
        Some(body) => (body.trim_end_matches('*'), true),
        None => (pattern.text(), false),
    };
    if body.contains("**") || body.contains('?') || body.contains(ANYTHING) {
        return (0..texts.len()).filter(same).collect();
    }
    let stand_in = body.replace('*', &ANYTHING.to_string());
    let covers = |number: &usize| {
        texts.get(*number).is_some_and(|text| {
            // A `?` would take the stand-in for one character, and it stands for any number of them.
            same(number) || (!text.contains('?') && (!is_open || text.ends_with("**")))
        })
    };
    let mut found: Vec<usize> = set.matches_subject(&stand_in).into_iter().filter(covers).collect();
    found.extend((0..texts.len()).filter(same));
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use policy::pattern::PatternKind;
    use proptest::prelude::*;

    use super::*;

    fn pattern(text: &str) -> Option<Pattern> {
        Pattern::new(text, PatternKind::Subject).ok()
    }

    fn covers(wide: &str, narrow: &str) -> bool {
        let (wide, narrow) = (pattern(wide).unwrap(), pattern(narrow).unwrap());
        let set = PatternSet::of_subjects([&wide]).unwrap();
        !covering(&narrow, &set, &[wide.text()]).is_empty()
    }

    #[test]
    fn a_wider_pattern_covers_a_narrower_one() {
        assert!(covers("repo:o/r:ref:refs/heads/*", "repo:o/r:ref:refs/heads/main"));
        assert!(covers("repo:o/*:**", "repo:o/r:ref:refs/heads/*"));
        assert!(covers("repo:o/r:**", "repo:o/r:ref:**"));
        assert!(covers("repo:o/r:ref:?", "repo:o/r:ref:?"));
        assert!(!covers("repo:o/r:ref:?", "repo:o/r:ref:*"));
        assert!(!covers("repo:o/r:ref:refs/heads/main", "repo:o/r:ref:refs/heads/*"));
        assert!(!covers("repo:o/r:ref:*", "repo:o/r:ref:**"));
        assert!(!covers("repo:o/r:**", "repo:o/r:ref:refs/pull/*"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_covered_matches_nothing_more(
            wide in "repo:[ab*]{1,4}:(ref:)?[ab*?:]{0,5}",
            narrow in "repo:[ab*]{1,4}:(ref:)?[ab*?:]{0,5}",
            subject in "repo:[ab]{0,3}:(ref:)?[ab:]{0,4}",
        ) {
            let (Some(wide), Some(narrow)) = (pattern(&wide), pattern(&narrow)) else { return Ok(()) };
            let both = PatternSet::of_subjects([&wide, &narrow]).unwrap().matches_subject(&subject);
            let set = PatternSet::of_subjects([&wide]).unwrap();
            if !covering(&narrow, &set, &[wide.text()]).is_empty() && both.contains(&1) {
                prop_assert!(both.contains(&0), "{} does not cover {}", wide.text(), narrow.text());
            }
        }
    }
}
