//! Whom of those that a statement speaks of the owner policy lets ask at all.
//!
//! A caller has several subjects: one of them may be among `allowed-subjects`, and another one match the statement.
//! So two patterns exclude each other only if no job can have a subject of each: where they speak of different
//! repositories, or want different values of the same claim.

use super::allowed::beyond;
use crate::model::{AllowedSubjects, OwnerPolicy, StatementSubject};
use crate::pattern::{Budget, Domain, Language, Pattern, PatternKind, PatternSet, TooComplex, have_common};

/// The most states that the automata for one subject may reach together.
const MAX_STATES: usize = 200_000;
/// The claims of which jobs with a subject `…:pull_request` have none.
const NOT_OF_PULL_REQUESTS: [&str; 4] = ["environment", "job_workflow_ref", "ref", "workflow_ref"];
/// The keys of short forms that match nobody as they are. A `sub` of `job_workflow_ref` alone is customary: workflows
/// of many repositories call one, and it decides.
const BARE: [&str; 4] = ["environment", "pull_request", "ref", "workflow_ref"];

/// Who of a subject's callers may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asking {
    /// None of them.
    Nobody,
    /// Those whom one of these patterns of `allowed-subjects` matches, or maybe so.
    Some(Vec<String>),
    /// All of them.
    Everybody,
}

/// Who of the callers that a subject of a statement speaks of may ask by this policy.
///
/// By its default, repositories of the owner may; their ids are not known here and count as right.
pub fn asking(policy: &OwnerPolicy, subject: &StatementSubject) -> Asking {
    let default = format!("repo:{}/*:**", policy.origin.owner());
    let allowed: Vec<Pattern> = match &policy.allowed_subjects {
        AllowedSubjects::OwnRepositories => {
            Pattern::new(&default, PatternKind::Subject).into_iter().collect()
        }
        AllowedSubjects::Listed { patterns, .. } => in_full(patterns),
    };
    let budget = &mut Budget::new(MAX_STATES);
    let spoken_of = in_full(&subject.patterns);
    if !spoken_of.is_empty() && are_within(&spoken_of, &allowed, budget) {
        return Asking::Everybody;
    }
    let mut some = allowed.iter().filter(|allowed| {
        let allowed = Jobs::of(allowed.text());
        spoken_of.iter().any(|pattern| meet(allowed.as_ref(), Jobs::of(pattern.text()).as_ref(), budget))
    });
    match some.next() {
        None => Asking::Nobody,
        Some(first) => {
            Asking::Some([first].into_iter().chain(some).map(|pattern| pattern.text().to_owned()).collect())
        }
    }
}

/// The patterns that somebody has a subject of: in full, or of a customized `sub`.
fn in_full(patterns: &[Pattern]) -> Vec<Pattern> {
    let is_bare = |pattern: &&Pattern| BARE.contains(&pattern.text().split(':').next().unwrap_or_default());
    patterns.iter().filter(|pattern| !is_bare(pattern)).cloned().collect()
}

/// The jobs that have a subject of a pattern.
struct Jobs<'a> {
    /// The repository by its plain name, in patterns of which one must match.
    repositories: Vec<String>,
    /// The same as it is written, if it is of the immutable form only.
    immutable: Option<&'a str>,
    claim: Claim<'a>,
}

/// What a pattern wants besides the repository.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim<'a> {
    /// Nothing that excludes another pattern.
    Any,
    /// A word without a value, which only `sub` has.
    Word(&'a str),
    /// A value of one claim.
    Value(&'a str, &'a str),
}

impl<'a> Jobs<'a> {
    /// None if it is a customized `sub`, which jobs of any repository may have.
    fn of(pattern: &'a str) -> Option<Self> {
        let (repository, rest) = match pattern.strip_prefix("repo:")?.split_once(':') {
            Some((repository, rest)) => (repository, rest),
            None => (pattern.strip_prefix("repo:")?, ""),
        };
        // What follows `**` may stand anywhere.
        if let Some((before, _)) = repository.split_once("**") {
            return Some(Self {
                repositories: vec![format!("{before}**")],
                immutable: None,
                claim: Claim::Any,
            });
        }
        let immutable = Some(repository).filter(|repository| repository.contains('@'));
        Some(Self { repositories: plain(repository), immutable, claim: Claim::of(rest) })
    }
}

impl<'a> Claim<'a> {
    fn of(text: &'a str) -> Self {
        match text.split_once(':') {
            None if text.is_empty() || text.contains('*') => Self::Any,
            None => Self::Word(text),
            Some((_, value)) if value.contains(':') || value.trim_end_matches("**").contains("**") => {
                Self::Any
            }
            Some((key, value)) => Self::Value(key, value),
        }
    }
}

/// The repositories that a pattern of their names or of their immutable forms speaks of, by their plain names.
fn plain(repository: &str) -> Vec<String> {
    let Some((owner, name)) = repository.split_once('/') else { return without_id(repository) };
    let names = without_id(name);
    let all = |owner: String| names.iter().map(move |name| format!("{owner}/{name}")).collect::<Vec<_>>();
    without_id(owner).into_iter().flat_map(all).collect()
}

fn without_id(name: &str) -> Vec<String> {
    if let Some((name, _)) = name.split_once('@') {
        return vec![name.to_owned()];
    }
    let mut names = vec![name.to_owned()];
    let digits = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    // The wildcards may stand for an id, or a part of it.
    if let Some((before, _)) = name.split_once(['*', '?'])
        && digits.ends_with(['*', '?'])
    {
        names.push(format!("{before}*"));
    }
    names
}

/// Whether a job can be among both.
fn meet(one: Option<&Jobs<'_>>, other: Option<&Jobs<'_>>, budget: &mut Budget) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return true };
    let is_possible = match (one.claim, other.claim) {
        (Claim::Word(word), Claim::Word(other)) => word == other,
        (Claim::Word("pull_request"), Claim::Value(key, _))
        | (Claim::Value(key, _), Claim::Word("pull_request")) => !NOT_OF_PULL_REQUESTS.contains(&key),
        _ => true,
    };
    let ends = match (one.claim, other.claim) {
        (Claim::Value(key, value), Claim::Value(other, others)) if key == other => {
            (format!(":{key}:{value}"), format!(":{key}:{others}"))
        }
        _ => <(String, String)>::default(),
    };
    let mut have = |repository: &str, others: &str| {
        let (one, other) = (format!("repo:{repository}{}", ends.0), format!("repo:{others}{}", ends.1));
        // What cannot be told may be so.
        texts_in_common(&one, &other, budget).unwrap_or(true)
    };
    // A job has one pair of ids.
    let is_one_job = match (one.immutable, other.immutable) {
        (Some(one), Some(other)) => have(one, other),
        _ => true,
    };
    let mut pairs =
        one.repositories.iter().flat_map(|one| other.repositories.iter().map(move |other| (one, other)));
    is_possible && is_one_job && pairs.any(|(one, other)| have(one, other))
}

/// Whether whoever is matched by one of the patterns is by one of the others; false where that cannot be told.
fn are_within(patterns: &[Pattern], others: &[Pattern], budget: &mut Budget) -> bool {
    let mut wild = patterns.to_vec();
    // Most are single texts, which need no automaton.
    if let Ok(others) = PatternSet::of_subjects(others) {
        wild.retain(|pattern| {
            has_wildcard(pattern.text()) || others.matches_subject(pattern.text()).is_empty()
        });
    }
    let near = |pattern: &Pattern| others.iter().any(|other| begin_alike(pattern.text(), other.text()));
    wild.iter().all(near) && (wild.is_empty() || beyond(&wild, others, budget) == Ok(None))
}

/// Whether the two agree as far as neither has a wildcard, letter case aside; otherwise they have no text in common.
fn begin_alike(one: &str, other: &str) -> bool {
    let literal = |text: &str| text.bytes().take_while(|byte| !b"*?".contains(byte)).collect::<Vec<u8>>();
    literal(one).iter().zip(&literal(other)).all(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// Whether two patterns have a text in common.
fn texts_in_common(one: &str, other: &str, budget: &mut Budget) -> Result<bool, TooComplex> {
    let read = |text| Pattern::new(text, PatternKind::Subject).map_err(|_| TooComplex);
    if !begin_alike(one, other) {
        return Ok(false);
    }
    let (one, other) = (read(one)?, read(other)?);
    if !has_wildcard(one.text()) || !has_wildcard(other.text()) {
        let (text, pattern) =
            if has_wildcard(one.text()) { (&other, one.clone()) } else { (&one, other.clone()) };
        let set = PatternSet::of_subjects(&[pattern]).map_err(|_| TooComplex)?;
        return Ok(!set.matches_subject(text.text()).is_empty());
    }
    let mut within = Language::of_patterns([(0, &one)])?;
    let mut others = Language::of_patterns([(0, &other)])?;
    have_common(Domain::Subject, &mut within, &mut others, budget)
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{parse_owner_policy, parse_repository_policy};

    fn asked(allowed: &str, subject: &str) -> Asking {
        let text = format!("origin: octo-org/.github-access-token\n{allowed}");
        let owner = parse_owner_policy(&text, &"octo-org/.github-access-token".parse().unwrap());
        let text = format!(
            "origin: octo-org/x\nstatements:\n  - {{subjects: ['{subject}'], permissions: {{contents: read}}}}\n"
        );
        let repository = parse_repository_policy(&text, &"octo-org/x".parse().unwrap()).policy.unwrap();
        asking(&owner.policy.unwrap(), &repository.statements.list[0].subjects[0])
    }

    fn listed(allowed: &[&str], subject: &str) -> Asking {
        let list: Vec<String> = allowed.iter().map(|pattern| format!("'{pattern}'")).collect();
        asked(&format!("allowed-subjects: [{}]\n", list.join(", ")), subject)
    }

    #[test]
    fn an_empty_list_lets_nobody_ask() {
        assert_eq!(listed(&[], "repo:octo-org/x:**"), Asking::Nobody);
    }

    #[test]
    fn without_a_list_the_owners_repositories_may_ask() {
        assert_eq!(asked("", "repo:OCTO-ORG/app:ref:refs/heads/main"), Asking::Everybody);
        assert_eq!(asked("", "repo:octocat/app:ref:refs/heads/main"), Asking::Nobody);
        let own = || Asking::Some(vec!["repo:octo-org/*:**".to_owned()]);
        assert_eq!(asked("", "repo:*/app:ref:refs/heads/main"), own());
        assert_eq!(asked("", "repo:octo-org@1/app@2:**"), own());
    }

    #[test]
    fn what_is_within_the_list_may_ask() {
        let main = "repo:octo-org/app:ref:refs/heads/main";
        assert_eq!(listed(&["repo:octo-org/other:**", "repo:octo-org/a*:**"], main), Asking::Everybody);
        assert_eq!(listed(&["repo:octo-org/x:**"], "ref:refs/heads/main"), Asking::Everybody);
        let wide = "repo:octo-org/a*:ref:refs/heads/*";
        assert_eq!(listed(&["repo:octo-org/?*:ref:**"], wide), Asking::Everybody);
    }

    #[test]
    fn jobs_that_cannot_be_in_the_list_may_not_ask() {
        for (allowed, subject) in [
            ("repo:octo-org/other:**", "repo:octo-org/app:ref:refs/heads/main"),
            ("repo:octo-org/other:**", "ref:refs/heads/main"),
            ("repo:octo-org/other:**", "environment:production"),
            ("repo:octo-org/b*:**", "repo:octo-org/a*:**"),
            ("repo:octo-org@1/other@2:**", "repo:octo-org/app:**"),
            ("repo:octo-org@1/*:**", "repo:octo-org@2/app@3:**"),
            ("repo:octo-**", "repo:octocat-x/app:**"),
            // One job has one ref, one environment, and none of a branch if it is of a pull request.
            ("repo:octo-org/*:ref:refs/heads/main", "repo:octo-org/app:ref:refs/heads/dev"),
            ("repo:octo-org/*:ref:refs/heads/**", "repo:octo-org/app:ref:refs/tags/*"),
            ("repo:octo-org/*:environment:a", "environment:b"),
            ("repo:octo-org/*:ref:refs/heads/main", "repo:octo-org/app:pull_request"),
            ("repo:octo-org/*:pull_request", "repo:octo-org/app:ref:refs/heads/main"),
            ("repo:octo-org/*:pull_request", "repo:octo-org/app:merge_group"),
            ("repo:octo-org/*:pull_request", "repo:octo-org/app:environment:production"),
            ("ref:refs/heads/main", "repo:octo-org/x:ref:refs/heads/main"),
        ] {
            assert_eq!(listed(&[allowed], subject), Asking::Nobody, "{allowed} {subject}");
        }
    }

    #[test]
    fn jobs_that_may_be_in_the_list_may_ask() {
        for (allowed, subject) in [
            ("repo:octo-org/app:**", "repo:octo-org/*:ref:refs/heads/main"),
            ("repo:octo-org/*:ref:refs/heads/**", "repo:octo-org/app:ref:refs/**"),
            // Subjects of one job: of two claims, of both forms, and what a customized `sub` has.
            ("repo:octo-org/app:environment:production", "repo:octo-org/app:ref:refs/heads/main"),
            ("repo:octo-org/app:pull_request", "repo:octo-org/app:actor:octocat"),
            ("repo:octo-org@1/*:**", "repo:octo-org/app:**"),
            ("repo:octo-org/app:**", "repo:octo-org@1/app@2:ref:refs/heads/main"),
            ("repo:octo-org/app:**", "repo:octo-org?1/app*2:ref:refs/heads/main"),
            ("repo:octo-org/app:ref:refs/heads/main", "repo:octo-org/app:ref:refs/heads/main:actor:octocat"),
            ("repo:octo-org/app:ref:**x", "repo:octo-org/app:ref:a"),
            ("repo:octo-**-x/app:ref:a", "repo:octo-org/app:ref:b"),
            ("repo:octo-org/app", "repo:octo-org/app:ref:b"),
            ("repository_owner:octo-org", "repo:octo-org/app:ref:refs/heads/main"),
            ("repo:octo-org/other:**", "job_workflow_ref:octo-org/ci/w.yml@refs/heads/main"),
            ("repo:octo-org/other:**", "repository_owner:octo-org"),
        ] {
            let some = Asking::Some(vec![allowed.to_owned()]);
            assert_eq!(listed(&[allowed], subject), some, "{allowed} {subject}");
        }
        let all = ["repo:octocat/x:**", "repo:octo-org/app:**", "repo:octo-org/app:ref:a"];
        let some = Asking::Some(vec![all[1].to_owned()]);
        assert_eq!(listed(&all, "repo:octo-org/*:ref:b"), some);
    }
}
