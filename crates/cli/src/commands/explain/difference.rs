//! Where a pattern and a subject part.
//!
//! The core says whether something matches; here the same is asked of longer and longer beginnings of the pattern.

use policy::pattern::{Pattern, PatternKind, PatternSet};
use serde::Serialize;

/// What only patterns that write it themselves can match.
const PULL: &str = "refs/pull/";
/// The same in letters that mean nothing.
const PLAIN: &str = "refs/PULL/";

/// The first segment in which the nearest subject differs from a pattern.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Difference {
    /// The pattern as it is matched: `${origin}` replaced, and short forms written out.
    pub(super) pattern: String,
    /// The caller's subject that comes nearest to it.
    pub(super) subject: String,
    /// The number of the segment, between colons, counted from 1.
    pub(super) segment: usize,
    /// What the pattern has there; absent where it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expected: Option<String>,
    /// What the subject has there; absent where it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) found: Option<String>,
    /// The same for people.
    pub(super) message: String,
}

/// How the subject that comes nearest to one of the patterns differs from it; none without patterns or subjects.
pub(super) fn nearest(patterns: &[Pattern], subjects: &[String]) -> Option<Difference> {
    let mut best: Option<(usize, &str, &str)> = None;
    for pattern in patterns {
        let beginnings = Beginnings::of(pattern.text());
        for subject in subjects {
            let agreeing = beginnings.agreeing(subject);
            if best.is_none_or(|(most, _, _)| agreeing > most) {
                best = Some((agreeing, pattern.text(), subject));
            }
        }
    }
    best.map(|(agreeing, pattern, subject)| describe(agreeing, pattern, subject))
}

/// The beginnings of a pattern that end with a segment, from the shortest to the whole.
struct Beginnings(Vec<Option<PatternSet>>);

impl Beginnings {
    fn of(text: &str) -> Self {
        let text = text.replace(PULL, PLAIN);
        let ends = text.match_indices(':').map(|(at, _)| at).chain([text.len()]);
        Self(ends.filter_map(|end| text.get(..end)).map(compiled).collect())
    }

    /// How many segments of the pattern a subject agrees with.
    fn agreeing(&self, subject: &str) -> usize {
        let subject = subject.replace(PULL, PLAIN);
        let agrees = |set: &Option<PatternSet>| {
            set.as_ref().is_some_and(|set| !set.matches_subject(&subject).is_empty())
        };
        self.0.iter().take_while(|set| agrees(set)).count()
    }
}

/// What begins so, whatever follows in further segments.
fn compiled(beginning: &str) -> Option<PatternSet> {
    let patterns: Vec<Pattern> = [beginning.to_owned(), format!("{beginning}:**")]
        .iter()
        .filter_map(|text| Pattern::new(text, PatternKind::Subject).ok())
        .collect();
    PatternSet::of_subjects(&patterns).ok()
}

fn describe(agreeing: usize, pattern: &str, subject: &str) -> Difference {
    let (expected, found) = (pattern.split(':').nth(agreeing), subject.split(':').nth(agreeing));
    let before: Vec<&str> = pattern.split(':').take(agreeing).collect();
    let has_lost_count = before.iter().any(|segment| segment.contains("**"));
    let message = match (expected, found) {
        (None, _) if subject.contains(PULL) && !pattern.contains(PULL) => {
            format!("wildcards do not cover `{PULL}`: only a pattern that writes it itself does")
        }
        (None, _) => {
            let rest: Vec<&str> = subject.split(':').skip(agreeing).collect();
            format!("the subject goes on with `:{}`; a final `:**` covers what follows", rest.join(":"))
        }
        (Some(expected), _) if has_lost_count => {
            format!("nothing in the subject fits `{expected}` after `**`")
        }
        (Some(expected), None) => format!("expected `{expected}` next, but the subject ends"),
        (Some(expected), Some(found)) => {
            let key = before.last().filter(|_| agreeing % 2 == 1);
            let place = key.map(|key| format!("{key}: ")).unwrap_or_default();
            let is_case = expected.eq_ignore_ascii_case(found);
            let is_short = found.contains("refs/") && !expected.contains("refs/") && !expected.contains('*');
            let advice = match (is_case, is_short) {
                (true, _) => "; letter case counts here",
                (_, true) => "; refs are written in full, such as `refs/heads/main`",
                _ => "",
            };
            format!("{place}expected `{expected}`, found `{found}`{advice}")
        }
    };
    Difference {
        pattern: pattern.to_owned(),
        subject: subject.to_owned(),
        segment: agreeing + 1,
        expected: expected.map(str::to_owned),
        found: found.filter(|_| !has_lost_count).map(str::to_owned),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(pattern: &str, subjects: &[&str]) -> String {
        let pattern = Pattern::new(pattern, PatternKind::Subject).unwrap();
        let subjects: Vec<String> = subjects.iter().map(|&subject| subject.to_owned()).collect();
        nearest(&[pattern], &subjects).unwrap().message
    }

    #[test]
    fn names_the_first_segment_that_differs() {
        let main = "repo:octo-org/app:ref:refs/heads/main";
        for (pattern, expected) in [
            ("repo:octo-org/web:ref:refs/heads/main", "repo: expected `octo-org/web`, found `octo-org/app`"),
            ("repo:octo-org/app:environment:prod", "expected `environment`, found `ref`"),
            ("repo:octo-org/*:ref:refs/heads/dev", "ref: expected `refs/heads/dev`, found `refs/heads/main`"),
            (
                "repo:octo-org/app:ref:refs/heads/Main",
                "ref: expected `refs/heads/Main`, found `refs/heads/main`; letter case counts here",
            ),
            ("repo:octo-org/app:ref:refs/heads/main:actor:*", "expected `actor` next, but the subject ends"),
            (
                "repo:octo-org/app:ref:main",
                "ref: expected `main`, found `refs/heads/main`; refs are written in full, such as `refs/heads/main`",
            ),
            (
                "repo:octo-org/app",
                "the subject goes on with `:ref:refs/heads/main`; a final `:**` covers what follows",
            ),
            ("repo:octo-org/**:environment:prod", "nothing in the subject fits `environment` after `**`"),
        ] {
            assert_eq!(message(pattern, &[main]), expected, "{pattern}");
        }
    }

    #[test]
    fn the_nearest_subject_is_compared() {
        let subjects = ["repo:octo-org/app:pull_request", "repo:octo-org/app:environment:test"];
        let expected = "environment: expected `prod`, found `test`";
        assert_eq!(message("repo:octo-org/app:environment:prod", &subjects), expected);
    }

    #[test]
    fn a_pull_request_ref_is_no_match_for_a_wildcard() {
        let pull = "repo:octo-org/app:ref:refs/pull/7/merge";
        let expected = "wildcards do not cover `refs/pull/`: only a pattern that writes it itself does";
        assert_eq!(message("repo:octo-org/app:ref:*", &[pull]), expected);
        let seven = "ref: expected `refs/pull/8/merge`, found `refs/pull/7/merge`";
        assert_eq!(message("repo:octo-org/app:ref:refs/pull/8/merge", &[pull]), seven);
    }
}
