//! What is measured: how many callers, what they ask for, and what the broker and GitHub are like.

use serde_json::{Value, json};

/// The callers at once.
const CONNECTIONS: [usize; 4] = [1, 8, 64, 512];
/// The target repositories.
const REPOSITORIES: usize = 8;
/// The owners that a cold broker has never seen.
const OWNERS: usize = 1000;

/// One row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation {
    pub(crate) memory: Memory,
    pub(crate) connections: usize,
    pub(crate) targets: Targets,
}

/// What the broker remembers, and how far away GitHub is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// It has seen the owner and the repositories.
    Warm,
    /// The same, with 50 ms added to each of GitHub's answers.
    Slow,
    /// Each request is for an owner that it has never seen.
    Cold,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Targets {
    /// Always the same repository.
    One,
    /// One of eight repositories, in turn.
    OneOfEight,
    /// Eight repositories, each with its own policy.
    Eight,
}

/// All rows.
pub(crate) fn rows() -> impl Iterator<Item = Situation> {
    let of = |memory, targets: &'static [Targets]| {
        let row = move |connections| {
            targets.iter().map(move |targets| Situation { memory, connections, targets: *targets })
        };
        CONNECTIONS.into_iter().flat_map(row)
    };
    let all = &[Targets::One, Targets::OneOfEight, Targets::Eight];
    of(Memory::Warm, all)
        .chain(of(Memory::Slow, all))
        .chain(of(Memory::Cold, &[Targets::One, Targets::Eight]))
}

impl Situation {
    /// The name by which a row is asked for, such as `warm/64/one`.
    pub(crate) fn name(&self) -> String {
        format!("{:?}/{}/{:?}", self.memory, self.connections, self.targets).to_lowercase()
    }

    pub(crate) fn is_far(&self) -> bool {
        self.memory == Memory::Slow
    }

    /// The bodies of the requests that count: enough for some seconds.
    pub(crate) fn requests(&self) -> Vec<String> {
        let count = match (self.memory, self.connections) {
            (Memory::Cold, _) => OWNERS,
            (Memory::Warm, 1) => 3000,
            (Memory::Warm, 8) => 6000,
            (Memory::Warm, _) => 12_000,
            (Memory::Slow, connections) => (connections * 40).min(8000),
        };
        (0..count).map(|number| self.body(number, number)).collect()
    }

    /// The bodies of requests before those: they make the connections to GitHub, and fill what a warm broker keeps.
    pub(crate) fn warm_up(&self) -> Vec<String> {
        // A cold broker gets them for one more owner, which is not asked for again.
        (0..self.connections.max(REPOSITORIES)).map(|number| self.body(OWNERS, number)).collect()
    }

    fn body(&self, owner: usize, turn: usize) -> String {
        let repositories: Vec<String> = match self.targets {
            Targets::One => vec![repository(0)],
            Targets::OneOfEight => vec![repository(turn % REPOSITORIES)],
            Targets::Eight => (0..REPOSITORIES).map(repository).collect(),
        };
        let owner = if self.memory == Memory::Cold { unseen(owner) } else { "octo-org".to_owned() };
        json!({"owner": owner, "repositories": repositories, "permissions": {"contents": "read"}}).to_string()
    }

    /// The accounts that exist.
    pub(crate) fn world(&self) -> Value {
        let owners: Vec<String> = match self.memory {
            Memory::Cold => (0..=OWNERS).map(unseen).collect(),
            Memory::Warm | Memory::Slow => vec!["octo-org".to_owned()],
        };
        json!({"owners": owners.iter().map(|owner| (owner.clone(), account(owner))).collect::<serde_json::Map<_, _>>()})
    }
}

fn repository(number: usize) -> String {
    format!("website-{number}")
}

fn unseen(number: usize) -> String {
    format!("octo-org-{number}")
}

/// An account whose eight repositories let the branch `main` of `octo-org/app` read their contents.
fn account(owner: &str) -> Value {
    let owner_policy = format!(
        "origin: {owner}/.github-access-token\nallowed-subjects:\n  - repo:octo-org/*:**\n\
         allowed-repository-permissions:\n  contents: write\n"
    );
    let mut repositories = serde_json::Map::new();
    repositories.insert(".github-access-token".into(), json!({"files": {"access-token.yaml": owner_policy}}));
    for name in (0..REPOSITORIES).map(repository) {
        let policy = format!(
            "origin: {owner}/{name}\nstatements:\n  - subjects:\n      - repo:octo-org/app:ref:refs/heads/main\n    \
             permissions:\n      contents: read\n"
        );
        repositories.insert(name, json!({"files": {".github/access-token.yaml": policy}}));
    }
    json!({
        "installation": {
            "permissions": {"contents": "write", "metadata": "read", "single_file": "read"},
            "single_file_paths": ["access-token.yaml", "access-token.yml", ".github/access-token.yaml", ".github/access-token.yml"],
        },
        "repositories": repositories,
    })
}
