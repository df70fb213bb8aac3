//! One policy file, checked: what the core says of it, and what the rules do.

use github_types::Repository;
use policy::diagnostic::{Code, Diagnostic, Severity};
use policy::gate::{self, Document, GateError};
use policy::model::{OwnerPolicy, RepositoryPolicy, Statements};
use policy::parse::{Parsed, PolicyKind, parse_owner_policy, parse_repository_policy};
use time::OffsetDateTime;

use crate::finding::Finding;
use crate::mend::{mend, without_sections};
use crate::outline::Outline;
use crate::report::{plain_lines, tight};
use crate::rules::{RULES, Report};

/// The most findings of rules that are told of one file; more are counted.
const MOST: usize = 200;

/// What is to be checked, and what is known beside it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The text of the file.
    pub text: &'a str,
    /// Which kind of policy it is.
    pub kind: PolicyKind,
    /// The repository that it was found in.
    pub found_in: &'a Repository,
    /// The time, for what expires; without it nothing is said of that.
    pub now: Option<OffsetDateTime>,
    /// The policy of the owner, for what a repository policy can grant at all.
    pub owner_policy: Option<&'a OwnerPolicy>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// In the order of the text; of those at one place, errors first.
    pub findings: Vec<Finding>,
    /// How many statements can match somebody; none when the file as a whole is invalid and grants nothing.
    pub statements_in_force: Option<usize>,
}

/// A policy of either kind, as the core reads it.
pub(crate) enum Policy {
    Owner(OwnerPolicy),
    Repository(RepositoryPolicy),
}

impl Policy {
    pub(crate) fn statements(&self) -> &Statements {
        match self {
            Self::Owner(policy) => &policy.statements,
            Self::Repository(policy) => &policy.statements,
        }
    }
}

/// Finds everything that is wrong with a file, or hardly meant.
pub fn check(subject: &Subject<'_>) -> Checked {
    let (policy, diagnostics) = read(subject.text, subject.kind, subject.found_in);
    // The core keeps a statement all of whose subjects are void: it matches nobody.
    let in_force = |policy: &Policy| {
        policy.statements().list.iter().filter(|statement| !statement.subjects.is_empty()).count()
    };
    let statements_in_force = policy.as_ref().map(in_force);
    let mut findings = match gate::admit(subject.text) {
        Ok(document) => {
            let found = of_rules(subject, &document, policy.as_ref(), &diagnostics);
            found.into_iter().chain(diagnostics.into_iter().map(Finding::from)).collect()
        }
        Err(refusal) => of_refused(subject, refusal),
    };
    let text = plain_lines(subject.text);
    let lines: Vec<&str> = text.split('\n').collect();
    for finding in &mut findings {
        finding.span = tight(finding.span, &lines);
    }
    findings.sort_by_key(|finding| (finding.span, finding.severity != Severity::Error, finding.code));
    // What aliases repeat stands in one place.
    findings.dedup();
    Checked { findings, statements_in_force }
}

/// As much of a file as can be read: all of it, or what is left without what the gate refuses.
///
/// It tells what a refused file is about, such as its `origin`, and nothing of what is in force.
pub fn readable(text: &str) -> Option<Document> {
    gate::admit(text)
        .or_else(|refusal| {
            let rest = mend(text, refusal.clone()).text;
            gate::admit(&rest.ok_or(refusal)?)
        })
        .ok()
}

/// What the rules find in a file that the gate admits.
fn of_rules(
    subject: &Subject<'_>,
    document: &Document,
    policy: Option<&Policy>,
    diagnostics: &[Diagnostic],
) -> Vec<Finding> {
    match policy {
        Some(policy) => lint(subject, document, policy),
        None => of_what_would_be(subject, diagnostics).unwrap_or_default(),
    }
}

/// A file that the gate refuses: why, and what is wrong with the rest of it.
fn of_refused(subject: &Subject<'_>, refusal: GateError) -> Vec<Finding> {
    let mut mended = mend(subject.text, refusal);
    let mut findings: Vec<Finding> = mended.problems.drain(..).map(Finding::from).collect();
    let rest = mended.text.as_deref().and_then(|text| Some((text, gate::admit(text).ok()?)));
    if let Some((text, document)) = rest {
        let subject = Subject { text, ..*subject };
        let (policy, mut diagnostics) = read(text, subject.kind, subject.found_in);
        findings.extend(of_rules(&subject, &document, policy.as_ref(), &diagnostics));
        diagnostics.retain(|diagnostic| !mended.is_its_own_doing(diagnostic));
        findings.extend(diagnostics.into_iter().map(Finding::from));
    }
    findings
}

fn read(text: &str, kind: PolicyKind, found_in: &Repository) -> (Option<Policy>, Vec<Diagnostic>) {
    match kind {
        PolicyKind::Owner => {
            let Parsed { policy, diagnostics } = parse_owner_policy(text, found_in);
            (policy.map(Policy::Owner), diagnostics)
        }
        PolicyKind::Repository => {
            let Parsed { policy, diagnostics } = parse_repository_policy(text, found_in);
            (policy.map(Policy::Repository), diagnostics)
        }
    }
}

/// What the rules find where a top-level key makes the file invalid as a whole: it is read as if that key were not
/// there, or `origin` right, so that all is told at once.
fn of_what_would_be(subject: &Subject<'_>, diagnostics: &[Diagnostic]) -> Option<Vec<Finding>> {
    let is_of_section =
        |diagnostic: &&Diagnostic| diagnostic.code == Code::UnknownKey && diagnostic.span.start.column == 1;
    let numbers: Vec<usize> =
        diagnostics.iter().filter(is_of_section).map(|diagnostic| diagnostic.span.start.line).collect();
    let text = without_sections(subject.text, &numbers);
    let document = gate::admit(&text).ok()?;
    let written: Option<Repository> =
        document.value.get("origin").and_then(|origin| origin.as_str()?.parse().ok());
    let policy = read(&text, subject.kind, &written?).0?;
    Some(lint(&Subject { text: &text, ..*subject }, &document, &policy))
}

fn lint(subject: &Subject<'_>, document: &Document, policy: &Policy) -> Vec<Finding> {
    let outline = Outline::new(subject, document, policy);
    let mut findings = Vec::new();
    for rule in RULES {
        if let Some(check) = rule.check {
            check(&outline, &mut Report::new(rule, &mut findings));
        }
    }
    findings.sort_by_key(|finding: &Finding| finding.span);
    let untold = findings.len().saturating_sub(MOST);
    findings.truncate(MOST);
    if let (Some(last), 1..) = (findings.last().cloned(), untold) {
        findings.push(Finding { message: format!("and {untold} more warnings"), help: None, ..last });
    }
    findings
}
