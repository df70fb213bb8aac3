//! Any pattern against any subject: the core's automata and the oracle's row of positions say the same.
#![no_main]

use conformance::oracle::pattern_matches;
use fuzz::{first, parts};
use libfuzzer_sys::fuzz_target;
use policy::pattern::{Pattern, PatternKind, PatternSet, expand};

fuzz_target!(|data: &[u8]| {
    let Some(parts) = parts(data) else { return };
    let [pattern, subject] = first(&parts);
    for form in expand(pattern, &"octo-org/website".parse().expect("a name")).iter() {
        drop(Pattern::new(form, PatternKind::Subject));
    }
    let Ok(compiled) = Pattern::new(pattern, PatternKind::Subject) else { return };
    let Ok(set) = PatternSet::of_subjects([&compiled]) else { return };
    assert_eq!(!set.matches_subject(subject).is_empty(), pattern_matches(pattern, subject));
});
