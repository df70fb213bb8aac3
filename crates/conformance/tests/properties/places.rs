//! What finds the places never changes the meaning.

use lint::{Finding, Subject, check};
use policy::diagnostic::{Diagnostic, Severity};
use policy::gate::{Document, Node, NodeKind, admit};
use policy::parse::{PolicyKind, parse_owner_policy, parse_repository_policy};
use policy::source::Span;
use proptest::prelude::*;
use proptest::sample::select;
use serde_yaml::Value;

use crate::yaml_text::any_text;

/// What policies are made of, right and wrong, so that rules have something to look at.
const LINES: [&str; 24] = [
    "origin: octo-org/website\n",
    "origin: octo-org/.github-access-token\n",
    "allowed-subjects:\n",
    "allowed-repository-permissions: {contents: read}\n",
    "statements:\n",
    "  - subjects:\n",
    "  - description: ä\n    subjects: &s\n",
    "  - subjects: *s\n",
    "      - repo:octo-org/app:ref:refs/heads/main\n",
    "      - 'repo:octo-org/app:enviroment:x'\n",
    "      - \"repo:*/app:**\"\n",
    "      - \"repo:\\x6fcto-org/app:ref:main\"\n",
    "      - repo:octocat/app:pull_request\n",
    "      - ref:refs/heads/**\n",
    "      - >-\n        repo:octo-org/app:\n",
    "      - 'ä: *'\n",
    "      - 7\n",
    "    permissions: {contents: write}\n",
    "    permissions:\n      secrets: write\n",
    "    permissions: {pull_requests: read, contetns: read}\n",
    "    expires: 2026-11-20\n",
    "    claims: {actor: octocat}\n",
    "    repositories: [website]\n",
    "    expire: never\n",
];

fn any_policy() -> impl Strategy<Value = String> {
    prop_oneof![1 => any_text(), 6 => made_of_lines(), 4 => mutated()]
}

/// A policy with two or three changes: a line gone, twice or moved, a character gone or another one.
fn mutated() -> impl Strategy<Value = String> {
    const POLICY: &str = "origin: octo-org/website\nstatements:\n  - subjects:\n      - repo:octo-org/app:ref:refs/heads/main\n    permissions:\n      contents: write\n  - subjects: ['repo:octo-org/b:**', 'ref:refs/heads/x']\n    permissions: {issues: read}\n    expires: 2027-01-01\n  - subjects: [\"repo:octo-org/c:environment:y\"]\n    claims: {actor: octocat}\n    permissions:\n      actions: read\n";
    let change = (
        0..5_u8,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        select(" :-[]{}'\"#&*!%\t".chars().collect::<Vec<_>>()),
    );
    prop::collection::vec(change, 1..4).prop_map(|changes| {
        changes.into_iter().fold(POLICY.to_owned(), |text, (kind, one, other, character)| {
            let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
            let mut characters: Vec<char> = text.chars().collect();
            if lines.is_empty() {
                return text;
            }
            match kind {
                0 => drop(lines.remove(one.index(lines.len()))),
                1 => lines.insert(one.index(lines.len()), lines[other.index(lines.len())].clone()),
                2 => lines.swap(one.index(text.lines().count()), other.index(text.lines().count())),
                3 => drop(characters.remove(one.index(characters.len()))),
                _ => characters.insert(one.index(characters.len()), character),
            }
            if kind < 3 { lines.concat() } else { characters.into_iter().collect() }
        })
    })
}

fn made_of_lines() -> impl Strategy<Value = String> {
    let lines = || prop::collection::vec(select(LINES.as_slice()), 1..16);
    prop_oneof![
        lines().prop_map(|lines| lines.concat()),
        lines().prop_map(|lines| format!("{}{}{}", LINES[0], LINES[4], lines.concat())),
    ]
}

/// To YAML a carriage return alone ends a line, too.
fn with_plain_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Whether a place is one of the text.
fn is_within(text: &str, span: Span) -> bool {
    let text = with_plain_lines(text);
    let lines: Vec<&str> = text.split('\n').collect();
    [span.start, span.end].iter().all(|place| {
        place.line >= 1
            && place.column >= 1
            && lines.get(place.line - 1).is_some_and(|line| place.column <= line.chars().count() + 1)
    })
}

/// What stands at a place within one line.
fn at(text: &str, span: Span) -> Option<String> {
    let text = with_plain_lines(text);
    let line = text.split('\n').nth(span.start.line - 1)?;
    let length = span.end.column.checked_sub(span.start.column)?;
    (span.start.line == span.end.line)
        .then(|| line.chars().skip(span.start.column - 1).take(length).collect())
}

/// Whether a text stands below `|` or `>`: its place may begin with its first line that is not empty.
fn is_block(text: &str, span: Span) -> bool {
    let text = with_plain_lines(text);
    let before: Vec<&str> = text.split('\n').take(span.start.line - 1).collect();
    let header = before.iter().rev().find(|line| !line.trim().is_empty()).copied().unwrap_or_default();
    let header = header.split(" #").next().unwrap_or_default().trim_end();
    header.trim_end_matches(|mark: char| mark.is_ascii_digit() || "+-".contains(mark)).ends_with(['|', '>'])
}

/// What ends a line for YAML 1.1, which the reader of meanings speaks, but not for YAML 1.2, which the reader of places
/// does: a plain text with one is one line to the one and two lines, folded, to the other. The meaning is what the
/// former reads; where such a character would change the shape of a document or a key, the document is refused.
const OLD_BREAKS: [char; 3] = ['\u{85}', '\u{2028}', '\u{2029}'];
/// The byte order mark: it is no part of a text that begins with it, and of another only for YAML 1.1.
const MARK: char = '\u{feff}';

/// Every text that stands plainly at its place means just that.
fn holds_together(text: &str, value: &Value, node: &Node) -> bool {
    match (value, &node.kind) {
        (Value::Sequence(values), NodeKind::Sequence(nodes)) => {
            values.iter().zip(nodes).all(|(value, node)| holds_together(text, value, node))
        }
        (Value::Mapping(values), NodeKind::Mapping(pairs)) => {
            values.iter().zip(pairs).all(|((key, value), (name, _, node))| {
                // NOTE: `{&a: b}` is `b` with the anchor `a:` to YAML 1.2, and `b` below an empty key to YAML 1.1. Both
                // have one pair, so the gate lets it pass; no key and no value of a policy can be meant by it.
                let is_anchored =
                    key.is_null() && !["", "~", "null", "Null", "NULL"].contains(&name.as_str());
                key.as_str().is_none_or(|key| key == name)
                    && (is_anchored || holds_together(text, value, node))
            })
        }
        (Value::String(meaning), NodeKind::Scalar(_)) => {
            let Some(source) = at(text, node.span) else { return true };
            let is_plain = !source.starts_with(['"', '\'', '|', '>', '*', '&']);
            !is_plain
                || is_block(text, node.span)
                || source.contains(OLD_BREAKS)
                || source.trim_end_matches([' ', '\t']) == meaning
        }
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_linter_reports_what_the_core_reports(text in any_policy(), is_owner in any::<bool>()) {
        let (kind, name) = if is_owner {
            (PolicyKind::Owner, "octo-org/.github-access-token")
        } else {
            (PolicyKind::Repository, "octo-org/website")
        };
        let found_in = name.parse().unwrap();
        let (diagnostics, is_valid): (Vec<Diagnostic>, bool) = if is_owner {
            let parsed = parse_owner_policy(&text, &found_in);
            (parsed.diagnostics, parsed.policy.is_some())
        } else {
            let parsed = parse_repository_policy(&text, &found_in);
            (parsed.diagnostics, parsed.policy.is_some())
        };
        let now = time::OffsetDateTime::from_unix_timestamp(1_793_534_400).unwrap();
        let checked =
            check(&Subject { text: &text, kind, found_in: &found_in, now: Some(now), owner_policy: None });
        let reading = || checked.findings.iter().filter(|finding| finding.code <= "AT013");
        // Whatever the core complains of is an error, and there is no other error.
        prop_assert_eq!(reading().next().is_some(), !diagnostics.is_empty());
        prop_assert!(reading().all(|finding| finding.severity == Severity::Error));
        prop_assert!(is_valid || reading().next().is_some());
        if admit(&text).is_err() {
            // Of a file that the gate refuses, the core tells the first problem, and the linter all.
            prop_assert_eq!(diagnostics.len(), 1);
            let is_told = |finding: &&Finding| finding.code == diagnostics[0].code.as_str();
            prop_assert!(reading().any(|finding| is_told(&finding)), "{:?}", checked.findings);
        } else {
            let mut of_the_core: Vec<(&str, &str)> = diagnostics
                .iter()
                .map(|diagnostic| (diagnostic.code.as_str(), diagnostic.message.as_str()))
                .collect();
            of_the_core.sort_unstable();
            let mut found: Vec<(&str, &str)> =
                reading().map(|finding| (finding.code, finding.message.as_str())).collect();
            found.sort_unstable();
            prop_assert_eq!(found, of_the_core);
            for Diagnostic { span, message, .. } in diagnostics.iter().filter(|found| is_within(&text, found.span)) {
                let is_there = reading().any(|found| found.message == *message && found.span.start == span.start);
                prop_assert!(is_there, "{} is elsewhere than at {:?}", message, span);
            }
        }
        prop_assert_eq!(checked.statements_in_force.is_some(), is_valid);
        for finding in &checked.findings {
            prop_assert!(is_within(&text, finding.span), "{:?} is not in the text", finding);
        }
    }

    #[test]
    fn a_plain_text_means_what_stands_at_its_place(text in any_policy()) {
        if let (Ok(Document { value, node }), false) = (admit(&text), text.contains(MARK)) {
            prop_assert!(holds_together(&text, &value, &node));
        }
    }
}
