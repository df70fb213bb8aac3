//! A pattern taken apart into keys and values, each with its place in the text.

/// A key or a value of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment<'a> {
    pub(crate) text: &'a str,
    /// In bytes from the beginning of the pattern.
    pub(crate) at: usize,
}

/// The segments between the colons; keys stand at the even places.
pub(crate) fn segments(pattern: &str) -> Vec<Segment<'_>> {
    let mut at = 0;
    let mut segments = Vec::new();
    for text in pattern.split(':') {
        segments.push(Segment { text, at });
        at += text.len() + 1;
    }
    segments
}

/// The pairs of key and value. `pull_request` has no value, and the last key may have none. Ends where `**` makes it
/// impossible to tell the two apart.
pub(crate) fn pairs(pattern: &str) -> Vec<(Segment<'_>, Option<Segment<'_>>)> {
    let mut segments = segments(pattern).into_iter().peekable();
    let mut pairs = Vec::new();
    while let Some(key) = segments.next() {
        if key.text.contains("**") {
            break;
        }
        let is_empty = |next: &Segment<'_>| next.text.is_empty();
        let is_alone = key.text == PULL_REQUEST && !segments.peek().is_some_and(is_empty);
        let value = if is_alone { None } else { segments.next() };
        pairs.push((key, value));
        if value.is_some_and(|value| value.text.contains("**")) {
            break;
        }
    }
    pairs
}

/// The value of `repo`, with which a subject begins.
pub(crate) fn repository(pattern: &str) -> Option<Segment<'_>> {
    match pairs(pattern).first() {
        Some((Segment { text: "repo", .. }, value)) => *value,
        _ => None,
    }
}

/// The claim that a word resembles; none when it is one, or resembles none. Letter case does not count, nor that `-`
/// stands for `_`.
pub(crate) fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    const LONGEST: usize = 40;
    if word.len() > LONGEST || known.contains(&word) {
        return None;
    }
    let plain = word.trim().to_ascii_lowercase().replace('-', "_");
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(name, &plain), *name))
        .filter(|(distance, name)| *distance <= 3 && *distance * 2 < name.len())
        .min()
        .map(|(_, name)| name)
}

/// Whether there is a wildcard.
pub(crate) fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// The word that subjects of pull requests have in the place of a pair.
pub(crate) const PULL_REQUEST: &str = "pull_request";

/// The claims that GitHub puts into OIDC tokens, which a customized subject may be made of, and the words that
/// subjects have beside them
/// (<https://docs.github.com/en/actions/reference/security/oidc>).
pub const CLAIMS: &[&str] = &[
    "actor",
    "actor_id",
    "base_ref",
    "check_run_id",
    "context",
    "enterprise",
    "enterprise_id",
    "environment",
    "environment_node_id",
    "event_name",
    "head_ref",
    "job_workflow_ref",
    "job_workflow_sha",
    PULL_REQUEST,
    "ref",
    "ref_protected",
    "ref_type",
    "repo",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "run_attempt",
    "run_id",
    "run_number",
    "runner_environment",
    "sha",
    "workflow",
    "workflow_ref",
    "workflow_sha",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pattern: &str) -> Vec<(&str, Option<&str>)> {
        pairs(pattern).into_iter().map(|(key, value)| (key.text, value.map(|value| value.text))).collect()
    }

    #[test]
    fn takes_a_pattern_apart() {
        assert_eq!(told("repo:o/r:pull_request"), [("repo", Some("o/r")), ("pull_request", None)]);
        assert_eq!(told("repo:o/r:**"), [("repo", Some("o/r"))]);
        assert_eq!(told("repo:o/**:environment:x"), [("repo", Some("o/**"))]);
        let called = [("repo", Some("o/r")), ("pull_request", None), ("job_workflow_ref", Some("o/c"))];
        assert_eq!(told("repo:o/r:pull_request:job_workflow_ref:o/c"), called);
        assert_eq!(told("repo:o/r:pull_request:"), [("repo", Some("o/r")), ("pull_request", Some(""))]);
        assert_eq!(told("repo:o/r:ref:"), [("repo", Some("o/r")), ("ref", Some(""))]);
        assert_eq!(segments("repo:ä/r:ref")[2], Segment { text: "ref", at: 10 });
    }
}
