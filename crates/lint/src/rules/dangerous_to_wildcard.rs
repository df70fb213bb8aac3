//! A permission that changes what is protected, granted to refs that anybody may make.

use github_types::Level;
use policy::diagnostic::Severity;
use policy::pattern::Pattern;

use super::{Report, Rule};
use crate::claims::admits;
use crate::outline::Outline;
use crate::pairs::{has_wildcard, segments};

/// The permissions by which a token can change what protects the repository.
const DANGEROUS: &[&str] = &["administration", "secrets", "workflows"];

pub(super) const RULE: Rule = Rule {
    code: "AT026",
    name: "dangerous-to-wildcard",
    severity: Severity::Warning,
    summary: "`administration`, `workflows` or `secrets` at `write` or more, granted to a wildcard ref.",
    reason: "Whoever may push any branch that matches gets it, reviewed or not, and can change rules, workflows or secrets with it.",
    remedy: "Name the protected branch, an environment that asks for approval, or require `claims: {ref_protected: \"true\"}`.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    for statement in &outline.statements {
        let is_protected =
            statement.meaning.claims.iter().any(|(name, patterns)| is_protection(name, patterns));
        let wide = statement.subjects.iter().find(|subject| has_wildcard_ref(subject.text));
        let (Some(subject), false) = (wide, is_protected) else { continue };
        for granted in &statement.permissions {
            if !DANGEROUS.contains(&granted.permission.name()) || granted.level < Level::Write {
                continue;
            }
            let shown: String = subject.text.chars().take(80).collect();
            let message = format!(
                "`{}: {}` for whoever may push a ref like `{shown}`",
                granted.permission, granted.level
            );
            let help =
                "name a protected branch or an environment, or add `claims: {ref_protected: \"true\"}`";
            report.add(granted.span, message, help.to_owned());
        }
    }
}

/// Whether a condition leaves no ref that anybody may make: only protected ones, or refs or environments by name.
fn is_protection(name: &str, patterns: &[Pattern]) -> bool {
    match name {
        "ref_protected" => !admits(name, patterns, &["false"]),
        "ref" | "environment" => !patterns.iter().any(|pattern| has_wildcard(pattern.text())),
        _ => false,
    }
}

/// Whether the ref in a pattern can be one of many: it has a wildcard, or any claims may follow.
fn has_wildcard_ref(pattern: &str) -> bool {
    let segments = segments(pattern);
    let mut pairs = segments.chunks(2);
    pairs.any(|pair| match pair {
        [key, value] => match key.text {
            "ref" => has_wildcard(value.text),
            "workflow_ref" | "job_workflow_ref" => {
                has_wildcard(value.text.rsplit_once('@').map_or(value.text, |(_, git_ref)| git_ref))
            }
            _ => value.text.contains("**"),
        },
        [key] => key.text.contains("**"),
        _ => false,
    })
}
