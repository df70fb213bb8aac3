//! The list of rules, and what a rule is.

mod any_owner;
mod dangerous_to_wildcard;
mod empty_value;
mod expired;
mod expires_soon;
mod foreign_name;
mod hidden_character;
mod impossible_value;
mod includes_pull_requests;
mod not_allowed_by_owner;
mod reading;
mod shadowed;
mod short_form;
mod unknown_claim;
mod wide_stars;

use policy::diagnostic::Severity;
use policy::source::Span;

use crate::finding::Finding;
use crate::outline::Outline;

/// A kind of finding, with what a reader of it may want to know.
#[derive(Debug)]
pub struct Rule {
    /// The stable code, such as `AT014`.
    pub code: &'static str,
    /// A name of a few words, in kebab-case.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is found, in a sentence.
    pub summary: &'static str,
    /// Why that is bad.
    pub reason: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
    /// None for what the core finds while it reads.
    pub(crate) check: Option<fn(&Outline<'_>, &mut Report<'_>)>,
}

/// Every rule, in the order of the codes.
pub const RULES: &[Rule] = &[
    reading::NOT_YAML,
    reading::NOT_A_MAPPING,
    reading::DUPLICATE_KEY,
    reading::UNKNOWN_KEY,
    reading::MISSING_KEY,
    reading::WRONG_TYPE,
    reading::WRONG_ORIGIN,
    reading::UNKNOWN_PERMISSION,
    reading::UNKNOWN_LEVEL,
    reading::OWNER_PERMISSION,
    reading::VOID_PATTERN,
    reading::BAD_CONDITION,
    reading::TOO_COMPLEX,
    unknown_claim::RULE,
    empty_value::RULE,
    impossible_value::RULE,
    short_form::RULE,
    any_owner::RULE,
    includes_pull_requests::RULE,
    foreign_name::RULE,
    wide_stars::RULE,
    expired::RULE,
    expires_soon::RULE,
    shadowed::RULE,
    not_allowed_by_owner::RULE,
    dangerous_to_wildcard::RULE,
    hidden_character::RULE,
];

/// The rule with that code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// Takes what one rule finds.
pub(crate) struct Report<'a> {
    rule: &'static Rule,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(rule: &'static Rule, findings: &'a mut Vec<Finding>) -> Self {
        Self { rule, findings }
    }

    /// Something was found at that place.
    pub(crate) fn add(&mut self, span: Span, message: String, help: String) {
        let Rule { code, severity, .. } = *self.rule;
        self.findings.push(Finding { severity, code, message, help: Some(help), span });
    }
}
