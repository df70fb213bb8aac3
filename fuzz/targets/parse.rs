//! Any text as a policy file: read or explained, with places that lie in the text, and the linter agrees.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lint::{Subject, check};
use policy::diagnostic::{Diagnostic, Severity};
use policy::parse::{PolicyKind, parse_owner_policy, parse_repository_policy};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let website = "octo-org/website".parse().expect("a name");
    let owner = "octo-org/.github-access-token".parse().expect("a name");

    let parsed = parse_repository_policy(text, &website);
    judge(text, parsed.policy.is_some(), &parsed.diagnostics);
    let kind = PolicyKind::Repository;
    check(&Subject { text, kind, found_in: &website, now: None, owner_policy: None });

    let parsed = parse_owner_policy(text, &owner);
    judge(text, parsed.policy.is_some(), &parsed.diagnostics);
    check(&Subject { text, kind: PolicyKind::Owner, found_in: &owner, now: None, owner_policy: None });
});

fn judge(text: &str, is_policy: bool, diagnostics: &[Diagnostic]) {
    let refused = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    assert!(is_policy || refused, "refused without a word");
    // A carriage return alone ends a line in YAML, too (YAML 1.2, section 5.4).
    let lines = text.split(['\n', '\r']).count();
    for diagnostic in diagnostics {
        let (start, end) = (diagnostic.span.start, diagnostic.span.end);
        assert!(start.line >= 1 && start.column >= 1, "{diagnostic:?}");
        assert!((start.line, start.column) <= (end.line, end.column), "{diagnostic:?}");
        assert!(end.line <= lines + 1, "{diagnostic:?} in {lines} lines");
    }
}
