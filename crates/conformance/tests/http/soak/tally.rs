//! What came of the load.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::kinds::Kind;
use crate::stage::Answer;

/// What the clients saw and what the sandbox says.
#[derive(Default)]
pub(super) struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    answers: BTreeMap<(Kind, u16), u64>,
    /// The tokens that went out, by hash.
    delivered: BTreeMap<String, Kind>,
    minted: usize,
    lost: usize,
    /// Those that read policies, which nobody is ever given.
    readers: usize,
    wrong: Vec<String>,
}

impl Tally {
    /// Notes an answer, and whatever is wrong with it.
    pub(super) fn note(&self, kind: Kind, answer: &Answer) {
        let mut counts = self.0.lock().unwrap();
        *counts.answers.entry((kind, answer.status)).or_default() += 1;
        if answer.status != kind.status() && !matches!(answer.status, 502..=504) {
            counts.wrong.push(format!("{kind:?}: {} {}", answer.status, answer.text));
        }
        let json = answer.json();
        match (json["token_hash"].as_str(), kind.scope()) {
            (None, None) => {}
            (None, Some(_)) if answer.status != 200 => {}
            (Some(hash), Some((repositories, permissions)))
                if json["repositories"] == repositories && json["permissions"] == permissions =>
            {
                counts.delivered.insert(hash.to_owned(), kind);
            }
            _ => counts.wrong.push(format!("a wrong grant, {kind:?}: {json}")),
        }
    }

    /// Compares the sandbox's tokens with those that went out, once the broker has ended: no other may be alive.
    pub(super) fn check_tokens(&self, tokens: &[Value]) {
        let mut counts = self.0.lock().unwrap();
        counts.minted = tokens.len();
        // The sandbox forgets the oldest beyond this.
        assert!(tokens.len() < 100_000, "too many tokens to check them all");
        let mut found = 0;
        for token in tokens {
            let kind = counts.delivered.get(token["sha256"].as_str().unwrap()).copied();
            match kind {
                Some(kind) if token["revoked"] == true => {
                    counts.wrong.push(format!("revoked although delivered, {kind:?}"));
                }
                Some(kind) => {
                    found += 1;
                    let (repositories, mut permissions) = kind.scope().unwrap();
                    permissions["metadata"] = json!("read");
                    if sorted(&token["repositories"]) != sorted(&repositories)
                        || token["permissions"] != permissions
                    {
                        counts.wrong.push(format!("a wrong grant, {kind:?}: {token}"));
                    }
                }
                None if token["revoked"] == false && reads_policies(token) => counts.readers += 1,
                None if token["revoked"] == false => counts.lost += 1,
                None => {}
            }
        }
        if found != counts.delivered.len() {
            let unknown = counts.delivered.len() - found;
            counts.wrong.push(format!("{unknown} tokens went out that the sandbox does not know as alive"));
        }
    }

    pub(super) fn assert_right(&self) {
        let counts = self.0.lock().unwrap();
        let some: Vec<_> = counts.wrong.iter().take(20).collect();
        assert!(some.is_empty(), "{} wrong answers: {some:#?}", counts.wrong.len());
        assert_eq!((counts.lost, counts.readers), (0, 0), "tokens are alive that nobody was given");
        let granted = counts.answers.iter().filter(|((kind, status), _)| kind.status() == *status);
        let granted: u64 = granted.map(|(_, count)| count).sum();
        let all: u64 = counts.answers.values().sum();
        assert!(granted * 2 > all, "only {granted} of {all} requests were answered as without faults");
    }
}

fn reads_policies(token: &Value) -> bool {
    token["permissions"].as_object().is_some_and(|permissions| permissions.contains_key("single_file"))
}

fn sorted(list: &Value) -> Vec<String> {
    let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut names: Vec<_> = names.map(str::to_owned).collect();
    names.sort();
    names
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.lock().unwrap();
        writeln!(f, "| request | answer | count |\n| --- | ---: | ---: |")?;
        for ((kind, status), count) in &counts.answers {
            writeln!(f, "| {kind:?} | {status} | {count} |")?;
        }
        let all: u64 = counts.answers.values().sum();
        let internal = counts.answers.iter().filter(|((_, status), _)| *status == 500);
        let internal: u64 = internal.map(|(_, count)| count).sum();
        write!(
            f,
            "{all} requests, {} tokens delivered, {} minted, {} lost, {} left that read policies; {} wrong answers, {internal} times 500",
            counts.delivered.len(),
            counts.minted,
            counts.lost,
            counts.readers,
            counts.wrong.len(),
        )
    }
}
