//! Which statements of a policy speak of a caller.

use std::collections::BTreeMap;

use github_types::Claims;
use time::OffsetDateTime;

use crate::model::Statement;
use crate::pattern::{PatternSet, PatternSetError};

/// The patterns of all statements of a policy, compiled together.
#[derive(Debug)]
pub struct Matcher {
    subjects: PatternSet,
    /// For each pattern of a subject, the place of its statement in the list and the pattern as written.
    subject_owners: Vec<(usize, String)>,
    claims: PatternSet,
    /// For each pattern of a claim, the claim's name and the place of its statement in the list.
    claim_owners: Vec<(String, usize)>,
}

/// A statement that matches a caller, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The place of the statement in the list.
    pub statement: usize,
    /// The caller's subject that matches.
    pub subject: String,
    /// The statement's subject that matches it, as written.
    pub pattern: String,
}

impl Matcher {
    /// Compiles the patterns of these statements.
    ///
    /// # Errors
    /// When they are too costly together.
    pub fn new(statements: &[Statement]) -> Result<Self, PatternSetError> {
        let subjects = statements.iter().enumerate().flat_map(|(at, statement)| {
            statement.subjects.iter().flat_map(move |subject| {
                subject.patterns.iter().map(move |pattern| (pattern, (at, subject.text.clone())))
            })
        });
        let (patterns, subject_owners): (Vec<_>, Vec<_>) = subjects.unzip();
        let subjects = PatternSet::of_subjects(patterns)?;

        let claims = statements.iter().enumerate().flat_map(|(at, statement)| {
            statement.claims.iter().flat_map(move |(name, patterns)| {
                patterns.iter().map(move |pattern| ((name.as_str(), pattern), (name.clone(), at)))
            })
        });
        let (patterns, claim_owners): (Vec<_>, Vec<_>) = claims.unzip();
        let claims = PatternSet::of_claims(patterns, subjects.cost())?;
        Ok(Self { subjects, subject_owners, claims, claim_owners })
    }

    /// What the patterns cost to compile.
    pub fn cost(&self) -> usize {
        self.subjects.cost() + self.claims.cost()
    }

    /// The statements that match a caller with these effective subjects at `now`, each once, in the file's order.
    pub fn matches(
        &self,
        statements: &[Statement],
        subjects: &[String],
        claims: &Claims,
        now: OffsetDateTime,
    ) -> Vec<Match> {
        let mut found: BTreeMap<usize, Match> = BTreeMap::new();
        for subject in subjects {
            for number in self.subjects.matches_subject(subject) {
                if let Some((statement, pattern)) = self.subject_owners.get(number) {
                    found.entry(*statement).or_insert_with(|| Match {
                        statement: *statement,
                        subject: subject.clone(),
                        pattern: pattern.clone(),
                    });
                }
            }
        }
        found.retain(|at, _| {
            statements
                .get(*at)
                .is_some_and(|statement| statement.expires.as_ref().is_none_or(|expiry| !expiry.is_past(now)))
        });
        self.retain_by_claims(&mut found, statements, claims);
        found.into_values().collect()
    }

    /// Keeps the statements of which every named claim is present and matches.
    fn retain_by_claims(
        &self,
        found: &mut BTreeMap<usize, Match>,
        statements: &[Statement],
        claims: &Claims,
    ) {
        // A claim is matched once, however many statements name it.
        let mut satisfied: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        found.retain(|at, _| {
            statements.get(*at).is_some_and(|statement| {
                statement.claims.keys().all(|name| {
                    let matching = satisfied.entry(name).or_insert_with(|| self.matching(name, claims));
                    matching.binary_search(at).is_ok()
                })
            })
        });
    }

    /// The places of the statements that a claim satisfies, in ascending order.
    fn matching(&self, name: &str, claims: &Claims) -> Vec<usize> {
        let Some(value) = claims.get(name) else { return Vec::new() };
        let numbers = self.claims.matches_claim(name, value).into_iter();
        let owners = numbers.filter_map(|number| self.claim_owners.get(number));
        // A pattern is spelled with its claim's name, so that no other claim's value can match it.
        owners.filter(|(owner, _)| owner == name).map(|(_, at)| *at).collect()
    }
}
