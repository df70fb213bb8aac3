//! A statement that adds nothing to another one.

use policy::diagnostic::Severity;
use policy::model::Statement;
use policy::pattern::{Pattern, PatternSet};

use super::{Report, Rule};
use crate::cover::covering;
use crate::outline::{Outline, Placed};

pub(super) const RULE: Rule = Rule {
    code: "AT024",
    name: "shadowed",
    severity: Severity::Warning,
    summary: "Another statement grants the same subjects the same permissions, or more.",
    reason: "Whoever removes or narrows the shadowed statement believes to have taken something away, and has not.",
    remedy: "Remove one of the two.",
    check: Some(check),
};

fn check(outline: &Outline<'_>, report: &mut Report<'_>) {
    let patterns: Vec<(usize, &Pattern)> = outline
        .statements
        .iter()
        .enumerate()
        .flat_map(|(at, statement)| statement.subjects.iter().map(move |subject| (at, subject)))
        .flat_map(|(at, subject)| subject.patterns.iter().map(move |pattern| (at, pattern)))
        .collect();
    if outline.statements.len() < 2 {
        return;
    }
    let Ok(set) = PatternSet::of_subjects(patterns.iter().map(|(_, pattern)| *pattern)) else { return };
    let texts: Vec<&str> = patterns.iter().map(|(_, pattern)| pattern.text()).collect();
    let owners: Vec<usize> = patterns.iter().map(|(at, _)| *at).collect();
    for (at, statement) in outline.statements.iter().enumerate() {
        let wider = covering_all(statement, &set, &texts, &owners);
        let other = wider.into_iter().filter(|other| *other != at).find_map(|other| {
            let wide = outline.statements.get(other)?;
            let is_wider = grants_as_much(wide.meaning, statement.meaning);
            // Of two that are alike, the later one is superfluous.
            let is_mutual = is_wider && grants_as_much(statement.meaning, wide.meaning);
            (is_wider && (!is_mutual || other < at || !covers_back(wide, at, &set, &texts, &owners)))
                .then_some(wide)
        });
        if let Some(other) = other {
            let (number, wide) = (statement.meaning.number, other.meaning.number);
            let line = other.span.start.line;
            let message = format!("statement {number} grants nothing that statement {wide} does not grant");
            report.add(
                statement.span,
                message,
                format!("remove one of the two; the other one is in line {line}"),
            );
        }
    }
}

fn covers_back(wide: &Placed<'_>, at: usize, set: &PatternSet, texts: &[&str], owners: &[usize]) -> bool {
    covering_all(wide, set, texts, owners).contains(&at)
}

/// The statements whose subjects cover all subjects of this one, in their order.
fn covering_all(statement: &Placed<'_>, set: &PatternSet, texts: &[&str], owners: &[usize]) -> Vec<usize> {
    let patterns = statement.subjects.iter().flat_map(|subject| subject.patterns);
    let mut common: Option<Vec<usize>> = None;
    for pattern in patterns {
        let mut found: Vec<usize> =
            covering(pattern, set, texts).iter().filter_map(|number| owners.get(*number).copied()).collect();
        found.dedup();
        common = Some(match common {
            Some(before) => before.into_iter().filter(|at| found.contains(at)).collect(),
            None => found,
        });
    }
    common.unwrap_or_default()
}

/// Whether `wide` grants what `narrow` grants, under no more conditions.
fn grants_as_much(wide: &Statement, narrow: &Statement) -> bool {
    let claims = wide.claims.iter().all(|(name, patterns)| narrow.claims.get(name) == Some(patterns));
    let permissions =
        narrow.permissions.iter().all(|(permission, level)| wide.level(*permission) >= Some(*level));
    let repositories = wide.repositories.is_none() || wide.repositories == narrow.repositories;
    let expires = wide.expires.is_none() || wide.expires == narrow.expires;
    claims && permissions && repositories && expires
}
