//! What a change to an owner policy's first two parts is told as: who may ask at all, and what repositories may grant.

#![cfg(test)]

use policy::model::OwnerPolicy;
use policy::parse::parse_owner_policy;
use policy::review::{Change, Review, What, review_owner, review_repository};
use time::OffsetDateTime;

fn policy(sections: &str) -> OwnerPolicy {
    let text = format!("origin: octo-org/.github-access-token\n{sections}");
    parse_owner_policy(&text, &"octo-org/.github-access-token".parse().unwrap()).policy.unwrap()
}

fn review(old: Option<&OwnerPolicy>, new: Option<&OwnerPolicy>) -> Review {
    review_owner(old, new, OffsetDateTime::UNIX_EPOCH)
}

/// One line for each change between two policies with these sections.
fn told(old: &str, new: &str) -> Vec<String> {
    lines(&review(Some(&policy(old)), Some(&policy(new))))
}

fn lines(review: &Review) -> Vec<String> {
    review.changes.iter().map(line).collect()
}

fn line(change: &Change) -> String {
    let certainty = if change.certain { "" } else { "perhaps " };
    let what = match change.what {
        What::Ask => "asking".to_owned(),
        What::Allow { permission, level, other } => {
            let beyond = other.map_or_else(String::new, |other| format!(" beyond {other}"));
            format!("{permission}: {level}{beyond}")
        }
        What::Permission { .. } => panic!("{change:?}"),
    };
    let recipient = change.recipient.as_ref().map_or_else(String::new, |recipient| {
        let example = recipient.example.as_ref().map_or("nobody known", |example| example.subject.as_str());
        format!(" by {}, such as {example}", recipient.pattern)
    });
    format!("{:?}: {certainty}{what}{recipient} ({:?})", change.direction, change.risk)
}

#[test]
fn what_repositories_may_grant_is_compared_level_by_level() {
    let (less, more) = (
        "allowed-repository-permissions: {contents: read, deployments: write}",
        "allowed-repository-permissions: {contents: write, deployments: write, secrets: write}",
    );
    assert_eq!(
        told(less, more),
        ["Widens: secrets: write (High)", "Widens: contents: write beyond read (Medium)"]
    );
    assert_eq!(
        told(more, less),
        ["Narrows: secrets: write (High)", "Narrows: contents: write beyond read (Medium)"]
    );
    assert_eq!(told(more, more), [""; 0]);
}

#[test]
fn whoever_may_newly_ask_is_told_with_an_example() {
    let (one, all) =
        ("allowed-subjects: ['repo:octo-org/app:**']", "allowed-subjects: ['repo:octo-org/*:**']");
    assert_eq!(told(one, all), ["Widens: asking by repo:octo-org/*:**, such as repo:octo-org/a:a (Medium)"]);
    // Whoever may no longer ask is one of those that the wider pattern named.
    assert_eq!(told(all, one), ["Narrows: asking by repo:octo-org/*:**, such as repo:octo-org/a:a (Medium)"]);
    assert_eq!(told(one, "allowed-subjects: ['repo:OCTO-ORG/app:**']"), [""; 0]);
    assert_eq!(
        told(one, "allowed-subjects: ['repo:octo-org/app:**', 'repo:*/app:**']"),
        ["Widens: asking by repo:*/app:**, such as repo:a/app:a (High)"]
    );
    assert_eq!(told("allowed-subjects: []", "allowed-subjects: []"), [""; 0]);
}

#[test]
fn between_the_default_and_a_list_nothing_is_certain_that_rests_on_the_owners_id() {
    let list = "allowed-subjects: ['repo:octo-org/*:**']";
    let default = "(default: every repository of the owner)";
    assert_eq!(
        told("", list),
        [
            "Widens: perhaps asking by repo:octo-org/*:**, such as nobody known (Medium)".to_owned(),
            format!("Narrows: perhaps asking by {default}, such as nobody known (Medium)"),
        ]
    );
    assert_eq!(told("", ""), [""; 0]);
    // What no id can change is certain all the same.
    assert_eq!(
        told("", "allowed-subjects: ['repo:hubot/app:**']"),
        [
            "Widens: asking by repo:hubot/app:**, such as repo:hubot/app:a (Medium)".to_owned(),
            format!("Narrows: asking by {default}, such as repo:octo-org/a:a (Medium)"),
        ]
    );
}

#[test]
fn a_first_policy_lets_the_owners_repositories_ask_and_a_removed_one_nobody() {
    let whole = policy("allowed-repository-permissions: {contents: read}");
    let asking = "asking by (default: every repository of the owner), such as repo:octo-org/a:a (Medium)";
    let added = review(None, Some(&whole));
    assert_eq!(lines(&added), [format!("Widens: {asking}"), "Widens: contents: read (Low)".to_owned()]);
    assert!(added.is_widened() && !added.is_narrowed());
    let removed = review(Some(&whole), None);
    assert_eq!(lines(&removed), [format!("Narrows: {asking}"), "Narrows: contents: read (Low)".to_owned()]);
    assert!(!removed.is_widened() && removed.is_narrowed());
    assert_eq!(review(None, None), Review::default());
}

#[test]
fn policies_of_two_owners_have_nothing_in_common() {
    let of = |owner: &str| {
        let text =
            format!("origin: {owner}/.github-access-token\nallowed-subjects: ['repo:octo-org/app:**']\n");
        parse_owner_policy(&text, &format!("{owner}/.github-access-token").parse().unwrap()).policy.unwrap()
    };
    let review = review(Some(&of("octo-org")), Some(&of("hubot")));
    let asking = "asking by repo:octo-org/app:**, such as repo:octo-org/app:a (Medium)";
    assert_eq!(lines(&review), [format!("Widens: {asking}"), format!("Narrows: {asking}")]);
}

#[test]
fn policies_of_two_repositories_have_nothing_in_common() {
    let of = |name: &str| {
        let text = format!(
            "origin: octo-org/{name}\nstatements: [{{subjects: ['repo:octo-org/app:**'], permissions: {{contents: read}}}}]\n"
        );
        let origin = format!("octo-org/{name}").parse().unwrap();
        policy::parse::parse_repository_policy(&text, &origin).policy.unwrap()
    };
    let review =
        |old: &str, new: &str| review_repository(Some(&of(old)), Some(&of(new)), OffsetDateTime::UNIX_EPOCH);
    let moved = review("website", "docs");
    let policies: Vec<String> = moved.changes.iter().map(|change| change.policy.to_string()).collect();
    assert_eq!(policies, ["octo-org/docs", "octo-org/website"]);
    assert!(moved.is_widened() && moved.is_narrowed());
    assert_eq!(review("website", "Website"), Review::default());
}
