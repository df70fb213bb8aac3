//! What a change to a policy grants and revokes, against a count of every case in a small world.
//!
//! Policies are made up from a few letters. The world holds every small subject, some values of a claim, some
//! repositories and some days; whether a policy grants in it is found by the oracle's matcher, one pattern after the
//! other. Nothing in the world may differ where the review says nothing, and what the review says must be so.

#![cfg(test)]

use std::collections::BTreeMap;

use conformance::generate::Random;
use conformance::oracle::{Wildcards, pattern_matches};
use policy::parse::{parse_owner_policy, parse_repository_policy};
use policy::review::{Change, Direction, Example, Review, What, review_owner, review_repository};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const REPOSITORY: &str = "o/r";
const OWNER: &str = "o/.github-access-token";
const TODAY: &str = "2026-06-01";
const DAYS: [&str; 4] = [TODAY, "2026-07-01", "2026-08-01", "9999-01-01"];
const PERMISSIONS: [&str; 3] = ["contents", "issues", "members"];

/// A statement in the test's own words.
#[derive(Clone, Debug, Default)]
struct Statement {
    subjects: Vec<String>,
    permissions: BTreeMap<&'static str, &'static str>,
    claims: BTreeMap<&'static str, Vec<String>>,
    repositories: Option<Vec<String>>,
    expires: Option<&'static str>,
}

/// Who asks, for what, and when.
#[derive(Clone, Debug)]
struct Situation {
    subject: String,
    claims: BTreeMap<String, String>,
    /// None for the owner and all that it has.
    repository: Option<String>,
    day: String,
}

fn letters(random: &mut Random, alphabet: &str, most: u32) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    (0..random.below(most + 1)).filter_map(|_| random.one_of(&alphabet).copied()).collect()
}

fn pattern(random: &mut Random) -> String {
    let start = *random.pick(&["repo:", "repo:o/r:", "repo:o/r:environment:", "repo:o/r:ref:refs/"]);
    format!("{start}{}", letters(random, "aA:/*?*", 4))
}

fn statement(random: &mut Random, of_owner: bool) -> Statement {
    let subjects = (0..=random.below(2)).map(|_| pattern(random)).collect();
    let names = if of_owner { 3 } else { 2 };
    let mut permissions = BTreeMap::new();
    for name in PERMISSIONS.iter().take(names) {
        if random.chance(60) {
            permissions.insert(*name, *random.pick(&["read", "write"]));
        }
    }
    let mut claims = BTreeMap::new();
    for name in ["x", "actor"] {
        if random.chance(25) {
            let patterns = (0..=random.below(2)).map(|_| *random.pick(&["a", "A", "b*", "*", "?b", "a*"]));
            claims.insert(name, patterns.map(str::to_owned).collect());
        }
    }
    let repositories = (of_owner && random.chance(40)).then(|| {
        (0..=random.below(2)).map(|_| (*random.pick(&["a", "B", "a*", "*", "?b"])).to_owned()).collect()
    });
    let expires = random.chance(30).then(|| *random.pick(&["2026-05-01", "2026-06-15", "2026-07-15"]));
    Statement { subjects, permissions, claims, repositories, expires }
}

fn change(random: &mut Random, statements: &[Statement], of_owner: bool) -> Vec<Statement> {
    let mut changed = statements.to_vec();
    for _ in 0..=random.below(2) {
        let place = random.place(changed.len().max(1));
        let fresh = statement(random, of_owner);
        match (random.below(7), changed.get_mut(place)) {
            (0, Some(_)) => drop(changed.remove(place)),
            (1, Some(old)) => old.subjects = fresh.subjects,
            (2, Some(old)) => old.permissions = fresh.permissions,
            (3, Some(old)) => old.claims = fresh.claims,
            (4, Some(old)) => old.repositories = fresh.repositories,
            (5, Some(old)) => old.expires = fresh.expires,
            _ => changed.push(fresh),
        }
    }
    changed
}

fn text(origin: &str, statements: &[Statement]) -> String {
    let entry = |statement: &Statement| {
        let mut entry = json!({"subjects": statement.subjects, "permissions": statement.permissions});
        if !statement.claims.is_empty() {
            entry["claims"] = json!(statement.claims);
        }
        if let Some(repositories) = &statement.repositories {
            entry["repositories"] = json!(repositories);
        }
        if let Some(expires) = statement.expires {
            entry["expires"] = json!(expires);
        }
        entry
    };
    let list: Vec<Value> = statements.iter().map(entry).collect();
    json!({"origin": origin, "statements": list}).to_string()
}

fn matches(pattern: &str, text: &str, is_blind: bool) -> bool {
    let wildcards = Wildcards::new(pattern);
    let row = text.chars().fold(wildcards.start(), |row, letter| wildcards.step(&row, letter, is_blind));
    wildcards.accepts(&row)
}

impl Statement {
    fn holds(&self, situation: &Situation) -> bool {
        let subject = |pattern: &String| pattern_matches(pattern, &situation.subject);
        let claim = |(name, patterns): (&&str, &Vec<String>)| {
            situation
                .claims
                .get(*name)
                .is_some_and(|value| patterns.iter().any(|pattern| matches(pattern, value, *name == "actor")))
        };
        let covers = match (&self.repositories, &situation.repository) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(globs), Some(name)) => globs.iter().any(|glob| matches(glob, name, true)),
        };
        self.subjects.iter().any(subject)
            && self.claims.iter().all(claim)
            && covers
            && self.expires.is_none_or(|expires| situation.day.as_str() <= expires)
    }

    /// Whether it grants that where it holds.
    fn lists(&self, permission: &str, level: &str) -> bool {
        let granted = match self.permissions.get(permission) {
            None => permission == "metadata" && level == "read",
            Some(granted) => *granted == "write" || level == "read",
        };
        granted && (permission != "members" || self.repositories.is_none())
    }
}

/// The statements that hold, whatever they grant.
fn holding<'a>(statements: &'a [Statement], situation: &Situation) -> Vec<&'a Statement> {
    statements.iter().filter(|statement| statement.holds(situation)).collect()
}

fn grants(holding: &[&Statement], permission: &str, level: &str) -> bool {
    holding.iter().any(|statement| statement.lists(permission, level))
}

/// Every situation of the small world.
fn world(of_owner: bool) -> Vec<Situation> {
    let mut ends = vec![String::new()];
    let mut longest = ends.clone();
    for _ in 0..2 {
        longest = longest
            .iter()
            .flat_map(|end| ['a', 'A', ':', '/'].map(|letter| format!("{end}{letter}")))
            .collect();
        ends.extend(longest.iter().cloned());
    }
    ends.extend(["b/b:a", "o/r:environment:Aa", "pull/a", "refs/pull/a"].map(str::to_owned));
    let starts = ["repo:", "repo:o/r:", "repo:o/r:environment:", "repo:o/r:ref:refs/", "repo:a/"];
    let values: [&[(&str, &str)]; 5] = [
        &[],
        &[("x", "a")],
        &[("x", "b"), ("actor", "A")],
        &[("actor", "ab")],
        &[("x", "ab"), ("actor", "B")],
    ];
    let repositories = if of_owner { vec![None, Some("a"), Some("b"), Some("ab")] } else { vec![None] };
    let mut world = Vec::new();
    for (start, end) in starts.iter().flat_map(|start| ends.iter().map(move |end| (start, end))) {
        for (claims, repository) in
            values.iter().flat_map(|claims| repositories.iter().map(move |name| (claims, name)))
        {
            for day in DAYS {
                world.push(Situation {
                    subject: format!("{start}{end}"),
                    claims: claims
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                        .collect(),
                    repository: repository.map(str::to_owned),
                    day: day.to_owned(),
                });
            }
        }
    }
    world
}

fn now() -> OffsetDateTime {
    OffsetDateTime::parse(&format!("{TODAY}T12:00:00Z"), &Rfc3339).unwrap()
}

fn review(of_owner: bool, old: &[Statement], new: &[Statement]) -> Review {
    if of_owner {
        let parse = |statements| {
            parse_owner_policy(&text(OWNER, statements), &OWNER.parse().unwrap()).policy.unwrap()
        };
        review_owner(Some(&parse(old)), Some(&parse(new)), now())
    } else {
        let parse = |statements| {
            parse_repository_policy(&text(REPOSITORY, statements), &REPOSITORY.parse().unwrap())
                .policy
                .unwrap()
        };
        review_repository(Some(&parse(old)), Some(&parse(new)), now())
    }
}

/// The situation of an example: on the day after what must have expired, else today.
fn situation(example: &Example) -> Situation {
    let next = |day: &String| format!("{day}+");
    Situation {
        subject: example.subject.clone(),
        claims: example.claims.clone(),
        repository: example.repository.clone(),
        day: example.after.as_ref().map_or(TODAY.to_owned(), next),
    }
}

/// What is wrong with what the review says and does not say, one way.
fn wrong(
    direction: Direction,
    review: &Review,
    from: &[Statement],
    to: &[Statement],
    world: &[Situation],
) -> Vec<String> {
    let mut wrong = Vec::new();
    let said: Vec<&Change> = review.changes.iter().filter(|change| change.direction == direction).collect();
    for change in &said {
        let What::Permission { permission, level, .. } = change.what else { continue };
        let Some(example) = change.recipient.as_ref().and_then(|recipient| recipient.example.as_ref()) else {
            wrong.push(format!("no example: {change:?}"));
            continue;
        };
        let (situation, name, level) = (situation(example), permission.name(), level.to_string());
        let (from, to) = (holding(from, &situation), holding(to, &situation));
        if !grants(&to, name, &level) || grants(&from, name, &level) {
            wrong.push(format!("not so: {change:?}"));
        }
    }
    for situation in world {
        let (from_holding, to_holding) = (holding(from, situation), holding(to, situation));
        for (name, level) in every_permission() {
            if (name == "members" && situation.repository.is_some())
                || !grants(&to_holding, name, level)
                || grants(&from_holding, name, level)
                || is_told(&said, to, situation, (name, level))
            {
                continue;
            }
            wrong.push(format!("not told: {name}: {level} in {situation:?}"));
            if wrong.len() > 3 {
                return wrong;
            }
        }
    }
    wrong
}

fn every_permission() -> impl Iterator<Item = (&'static str, &'static str)> {
    PERMISSIONS.iter().chain(&["metadata"]).flat_map(|name| ["read", "write"].map(|level| (*name, level)))
}

/// Whether a change says that the situation has something new to do with that permission and level.
fn is_told(said: &[&Change], to: &[Statement], situation: &Situation, (name, level): (&str, &str)) -> bool {
    said.iter().any(|change| {
        let What::Permission { permission, level: told, other } = change.what else { return false };
        let number = change.recipient.as_ref().and_then(|recipient| recipient.statement);
        let statement = number.and_then(|number| to.get(number - 1));
        let is_above = other.is_none_or(|other| other.to_string().as_str() < level);
        // `metadata` comes with everything, so it is told with whatever else there is.
        let is_it = name == "metadata"
            || (permission.name() == name && told.to_string().as_str() >= level && is_above);
        is_it && statement.is_some_and(|statement| statement.holds(situation))
    })
}

fn compare(of_owner: bool, pairs: u64) -> (usize, usize) {
    let world = world(of_owner);
    let mut random = Random::new(if of_owner { 2 } else { 1 });
    let (mut changed, mut unchanged) = (0, 0);
    for pair in 0..pairs {
        let old: Vec<Statement> = (0..random.below(4)).map(|_| statement(&mut random, of_owner)).collect();
        let new = change(&mut random, &old, of_owner);
        let review = review(of_owner, &old, &new);
        let mut problems = wrong(Direction::Widens, &review, &old, &new, &world);
        problems.extend(wrong(Direction::Narrows, &review, &new, &old, &world));
        assert!(problems.is_empty(), "pair {pair}\nold: {old:#?}\nnew: {new:#?}\n{}", problems.join("\n"));
        if review.changes.is_empty() { unchanged += 1 } else { changed += 1 }
    }
    (changed, unchanged)
}

#[test]
fn a_review_of_repository_policies_is_right_about_every_case() {
    let (changed, unchanged) = compare(false, 600);
    println!("{changed} pairs differ, {unchanged} do not");
    assert!(changed > 200 && unchanged > 50, "{changed} {unchanged}");
}

#[test]
fn a_review_of_owner_policies_is_right_about_every_case() {
    let (changed, unchanged) = compare(true, 150);
    println!("{changed} pairs differ, {unchanged} do not");
    assert!(changed > 80 && unchanged > 15, "{changed} {unchanged}");
}

#[test]
fn a_review_that_leaves_something_out_is_noticed() {
    let world = world(false);
    let mut random = Random::new(3);
    let (mut left_out, mut noticed) = (0, 0);
    for _ in 0..60 {
        let old = vec![statement(&mut random, false)];
        let new = change(&mut random, &old, false);
        let whole = review(false, &old, &new);
        let is_plain = |change: &Change| change.direction == Direction::Widens;
        if whole.changes.iter().any(is_plain) {
            left_out += 1;
            noticed +=
                usize::from(!wrong(Direction::Widens, &Review::default(), &old, &new, &world).is_empty());
        }
    }
    // The world is small: not every difference has a case in it.
    assert!(left_out > 20 && noticed * 2 > left_out, "{noticed} of {left_out}");
}

#[test]
fn a_review_that_makes_something_up_is_noticed() {
    let open = Statement {
        subjects: vec!["repo:o/r:**".to_owned()],
        permissions: [("contents", "read")].into(),
        ..Statement::default()
    };
    let whole = review(false, &[], std::slice::from_ref(&open));
    assert_eq!(wrong(Direction::Widens, &whole, &[], std::slice::from_ref(&open), &[]), [""; 0]);
    let same = [open];
    assert_eq!(wrong(Direction::Widens, &whole, &same, &same, &[]).len(), 1);
}
