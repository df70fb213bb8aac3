//! From the text of a policy to something that decides, once for each text.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use aws_lc_rs::digest::{SHA256, digest};
use github_types::{OwnerName, Repository};
use policy::parse::Parsed;
use policy::pattern::BYTES_PER_COST;
use tokio::sync::Semaphore;

use crate::cache::{Bounded, Limits, Tally, tally};

const CACHE: &str = "policy_compiled";
const LIMITS: Limits = Limits { entries: 8192, bytes: 4 * 1024 * 1024 };
/// About how many bytes an entry takes; what it leads to is counted where it is held.
const ENTRY_BYTES: usize = 256;
/// The most work, in bytes of plain text, that is done where a text arrived: that takes about a millisecond. More
/// takes longer than others should wait.
const SMALL: usize = 4 * 1024;
/// How many longer texts are read at the same time, each on a thread of its own.
const AT_ONCE: usize = 2;
/// SECURITY: how many of them may be of one owner, so that no owner's policies keep those of others waiting.
const OF_ONE_OWNER: usize = AT_ONCE / 2;

/// A policy, ready to decide.
#[derive(Debug)]
pub(crate) struct Compiled<P> {
    pub(crate) parsed: Parsed<P>,
    /// About how many bytes it takes.
    pub(super) bytes: usize,
}

/// Makes policies of texts, and knows again what it has made as long as somebody holds it.
pub(super) struct Compiler<P> {
    parse: fn(&str, &Repository) -> Parsed<P>,
    /// What the patterns of a policy cost.
    cost: fn(&P) -> usize,
    /// By repository and the text's SHA-256; the repository counts, because a policy of another one grants nothing.
    made: Bounded<(Repository, [u8; 32]), Weak<Compiled<P>>>,
    places: Semaphore,
    /// Of the owners whose policies are being read or wait for it.
    owners: Mutex<HashMap<OwnerName, Weak<Semaphore>>>,
}

impl<P> Compiled<P> {
    /// What stands in a policy's place and is none.
    pub(super) fn unusable(reason: String) -> Self {
        Self { parsed: Parsed::unusable(reason), bytes: ENTRY_BYTES }
    }
}

impl<P: Send + Sync + 'static> Compiler<P> {
    pub(super) fn new(parse: fn(&str, &Repository) -> Parsed<P>, cost: fn(&P) -> usize) -> Self {
        let (made, places) = (Bounded::new(CACHE, LIMITS), Semaphore::new(AT_ONCE));
        Self { parse, cost, made, places, owners: Mutex::default() }
    }

    /// What the policy of this repository means.
    pub(super) async fn compile(&self, repository: &Repository, text: String) -> Arc<Compiled<P>> {
        let key = (repository.clone(), sha256(&text));
        if let Some(made) = self.made.get(&key).and_then(|made| made.upgrade()) {
            tally(CACHE, Tally::Hit);
            return made;
        }
        tally(CACHE, Tally::Miss);
        let compiled = if work(&text) <= SMALL {
            compile(self.parse, self.cost, &text, repository)
        } else {
            self.compile_elsewhere(repository, text).await
        };
        let compiled = Arc::new(compiled);
        self.made.put(key, Arc::downgrade(&compiled), ENTRY_BYTES);
        compiled
    }

    async fn compile_elsewhere(&self, repository: &Repository, text: String) -> Compiled<P> {
        // The owner's place comes first, so that who waits for one of all places is one of few. No semaphore is ever
        // closed, so that there always is a place in the end.
        let own = self.places_of(repository.owner());
        let own = own.acquire().await.ok();
        let place = self.places.acquire().await.ok();
        let (parse, cost, repository) = (self.parse, self.cost, repository.clone());
        let compiled = tokio::task::spawn_blocking(move || compile(parse, cost, &text, &repository)).await;
        drop((place, own));
        // Not having understood a policy is no refusal: a panic goes on where an exchange is waiting for it.
        compiled.unwrap_or_else(|error| {
            resume_unwind(error.try_into_panic().unwrap_or_else(|error| Box::new(error)))
        })
    }

    fn places_of(&self, owner: &OwnerName) -> Arc<Semaphore> {
        // Nothing can panic half-way through a change.
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = owners.get(owner).and_then(Weak::upgrade) {
            return places;
        }
        // As many are left as exchanges are under way, at most.
        owners.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(OF_ONE_OWNER));
        owners.insert(owner.clone(), Arc::downgrade(&places));
        places
    }
}

fn compile<P>(
    parse: fn(&str, &Repository) -> Parsed<P>,
    cost: fn(&P) -> usize,
    text: &str,
    repository: &Repository,
) -> Compiled<P> {
    let parsed = parse(text, repository);
    let bytes = size(text.len(), parsed.policy.as_ref().map_or(0, cost));
    Compiled { parsed, bytes }
}

/// About how much work the policy of a text is, in bytes of plain text, rather too much than too little.
fn work(text: &str) -> usize {
    const PER_WILDCARD: usize = 64;
    const PER_BYTE_AFTER_TWO_STARS: usize = 8;
    let of_line = |line: &str| {
        let wildcards = line.bytes().filter(|byte| matches!(byte, b'*' | b'?')).count();
        let after = line.split_once("**").map_or(0, |(_, after)| after.len());
        1 + line.len() + PER_WILDCARD * wildcards + PER_BYTE_AFTER_TWO_STARS * after
    };
    text.lines().map(of_line).sum()
}

/// About how many bytes a policy takes that was read from so many bytes, and whose patterns cost so much.
///
/// Measured: without wildcards 13 for each byte of the text.
///
/// INVARIANT: every policy can be kept, see the test; one that could not would be compiled for every request.
fn size(text: usize, cost: usize) -> usize {
    const BASE: usize = 2 * 1024;
    const PER_BYTE: usize = 14;
    BASE + PER_BYTE * text + BYTES_PER_COST * cost
}

fn sha256(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    let digest = digest(&SHA256, text.as_bytes());
    hash.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use policy::model::RepositoryPolicy;
    use policy::parse::parse_repository_policy;
    use policy::pattern::MAX_COST;

    use super::*;

    fn repository(name: &str) -> Repository {
        name.parse().unwrap()
    }

    #[tokio::test]
    async fn a_text_is_read_once_for_each_repository() {
        let compiler = Compiler::new(parse_repository_policy, RepositoryPolicy::cost);
        let text = || "origin: octo-org/website\nstatements: []\n".to_owned();
        let website = compiler.compile(&repository("octo-org/website"), text()).await;
        let again = compiler.compile(&repository("Octo-Org/Website"), text()).await;
        assert!(Arc::ptr_eq(&website, &again));
        assert!(website.parsed.policy.is_some());
        // SECURITY: the same text in another repository is a copy, which grants nothing.
        let copy = compiler.compile(&repository("octo-org/docs"), text()).await;
        assert!(copy.parsed.policy.is_none());
    }

    #[tokio::test]
    async fn what_nobody_holds_is_forgotten() {
        let compiler = Compiler::new(parse_repository_policy, RepositoryPolicy::cost);
        let text = || "origin: octo-org/website\n".to_owned();
        let first = compiler.compile(&repository("octo-org/website"), text()).await;
        let held = Arc::downgrade(&first);
        drop(first);
        assert!(held.upgrade().is_none());
        assert!(compiler.compile(&repository("octo-org/website"), text()).await.parsed.policy.is_some());
    }

    #[tokio::test]
    async fn a_long_text_is_read_as_a_short_one() {
        let compiler = Compiler::new(parse_repository_policy, RepositoryPolicy::cost);
        let text = format!("origin: octo-org/website\n{}", "# long\n".repeat(SMALL));
        let compiled = compiler.compile(&repository("octo-org/website"), text).await;
        assert!(compiled.parsed.policy.is_some());
    }

    #[tokio::test]
    async fn a_panic_is_no_refusal() {
        let compiler: Arc<Compiler<()>> = Arc::new(Compiler::new(|_, _| panic!("as ordered"), |()| 0));
        for text in ["x".to_owned(), "x".repeat(SMALL + 1)] {
            let compiler = Arc::clone(&compiler);
            let task = tokio::spawn(async move {
                compiler.compile(&repository("octo-org/website"), text).await;
            });
            assert!(task.await.unwrap_err().is_panic());
        }
        assert_eq!(compiler.places.available_permits(), AT_ONCE);
    }

    #[tokio::test]
    async fn no_owner_takes_the_place_of_another() {
        let compiler = Compiler::new(parse_repository_policy, RepositoryPolicy::cost);
        let text = |owner| format!("origin: {owner}/website\n{}", "# long\n".repeat(SMALL));
        let own = compiler.places_of(repository("octo-org/website").owner());
        let taken = own.acquire().await.unwrap();
        let website = repository("octo-org/website");
        let mut waiting = Box::pin(compiler.compile(&website, text("octo-org")));
        assert!((&mut waiting).now_or_never().is_none());
        let other = compiler.compile(&repository("octocat/website"), text("octocat")).await;
        assert!(other.parsed.policy.is_some());
        drop(taken);
        assert!(waiting.await.parsed.policy.is_some());
    }

    #[test]
    fn wildcards_are_more_work_than_their_length() {
        assert_eq!(work("origin: octo-org/website\n"), 25);
        assert!(work(&"#".repeat(SMALL - 1)) <= SMALL);
        assert!(work(&"?".repeat(64)) > SMALL);
        assert!(work(&format!("**{}", "a".repeat(500))) > SMALL);
    }

    #[test]
    fn the_largest_policy_can_be_kept() {
        // An owner policy has two lists that may cost as much.
        let largest = size(github_app::MAX_POLICY_BYTES, 2 * MAX_COST) + super::super::VERSION_BYTES;
        assert!(largest <= super::super::LIMITS.bytes, "{largest}");
        assert_eq!(size(0, 0), 2048);
    }
}
