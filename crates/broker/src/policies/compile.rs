//! From the text of a policy to something that decides, once for each text.

use std::panic::resume_unwind;
use std::sync::{Arc, Weak};

use aws_lc_rs::digest::{SHA256, digest};
use github_types::Repository;
use policy::parse::Parsed;
use tokio::sync::Semaphore;

use crate::cache::{Bounded, Limits, Tally, tally};

const CACHE: &str = "policy_compiled";
const LIMITS: Limits = Limits { entries: 8192, bytes: 4 * 1024 * 1024 };
/// About how many bytes an entry takes; what it leads to is counted where it is held.
const ENTRY_BYTES: usize = 256;
/// The longest text that is read where it arrived: that takes less than a millisecond. A hundred times as much takes
/// longer than others should wait.
const SMALL: usize = 4 * 1024;
/// How many longer texts are read at the same time, each on a thread of its own.
const AT_ONCE: usize = 2;

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
    /// By repository and the text's SHA-256; the repository counts, because a policy of another one grants nothing.
    made: Bounded<(Repository, [u8; 32]), Weak<Compiled<P>>>,
    places: Semaphore,
}

impl<P> Compiled<P> {
    /// What stands in a policy's place and is none.
    pub(super) fn unusable(reason: String) -> Self {
        Self { parsed: Parsed::unusable(reason), bytes: ENTRY_BYTES }
    }
}

impl<P: Send + Sync + 'static> Compiler<P> {
    pub(super) fn new(parse: fn(&str, &Repository) -> Parsed<P>) -> Self {
        Self { parse, made: Bounded::new(CACHE, LIMITS), places: Semaphore::new(AT_ONCE) }
    }

    /// What the policy of this repository means.
    pub(super) async fn compile(&self, repository: &Repository, text: String) -> Arc<Compiled<P>> {
        let key = (repository.clone(), sha256(&text));
        if let Some(made) = self.made.get(&key).and_then(|made| made.upgrade()) {
            tally(CACHE, Tally::Hit);
            return made;
        }
        tally(CACHE, Tally::Miss);
        let compiled = if text.len() <= SMALL {
            compile(self.parse, &text, repository)
        } else {
            self.compile_elsewhere(repository, text).await
        };
        let compiled = Arc::new(compiled);
        self.made.put(key, Arc::downgrade(&compiled), ENTRY_BYTES);
        compiled
    }

    async fn compile_elsewhere(&self, repository: &Repository, text: String) -> Compiled<P> {
        // The semaphore is never closed, so that there always is a place in the end.
        let place = self.places.acquire().await.ok();
        let (parse, repository) = (self.parse, repository.clone());
        let compiled = tokio::task::spawn_blocking(move || compile(parse, &text, &repository)).await;
        drop(place);
        // Not having understood a policy is no refusal: a panic goes on where an exchange is waiting for it.
        compiled.unwrap_or_else(|error| {
            resume_unwind(error.try_into_panic().unwrap_or_else(|error| Box::new(error)))
        })
    }
}

fn compile<P>(parse: fn(&str, &Repository) -> Parsed<P>, text: &str, repository: &Repository) -> Compiled<P> {
    Compiled { parsed: parse(text, repository), bytes: size(text) }
}

/// About how many bytes the policy of a text takes, rather too many than too few.
///
/// Measured: without wildcards 13 for each byte of the text; a wildcard takes up to 8 KiB, with what matching needs.
fn size(text: &str) -> usize {
    const BASE: usize = 2 * 1024;
    const PER_BYTE: usize = 14;
    const PER_WILDCARD: usize = 8 * 1024;
    let wildcards = text.bytes().filter(|byte| matches!(byte, b'*' | b'?')).count();
    BASE + PER_BYTE * text.len() + PER_WILDCARD * wildcards
}

fn sha256(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    let digest = digest(&SHA256, text.as_bytes());
    hash.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

#[cfg(test)]
mod tests {
    use policy::parse::parse_repository_policy;

    use super::*;

    fn repository(name: &str) -> Repository {
        name.parse().unwrap()
    }

    #[tokio::test]
    async fn a_text_is_read_once_for_each_repository() {
        let compiler = Compiler::new(parse_repository_policy);
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
        let compiler = Compiler::new(parse_repository_policy);
        let text = || "origin: octo-org/website\n".to_owned();
        let first = compiler.compile(&repository("octo-org/website"), text()).await;
        let held = Arc::downgrade(&first);
        drop(first);
        assert!(held.upgrade().is_none());
        assert!(compiler.compile(&repository("octo-org/website"), text()).await.parsed.policy.is_some());
    }

    #[tokio::test]
    async fn a_long_text_is_read_as_a_short_one() {
        let compiler = Compiler::new(parse_repository_policy);
        let text = format!("origin: octo-org/website\n{}", "# long\n".repeat(SMALL));
        let compiled = compiler.compile(&repository("octo-org/website"), text).await;
        assert!(compiled.parsed.policy.is_some());
    }

    #[tokio::test]
    async fn a_panic_is_no_refusal() {
        let compiler: Arc<Compiler<()>> = Arc::new(Compiler::new(|_, _| panic!("as ordered")));
        for text in ["x".to_owned(), "x".repeat(SMALL + 1)] {
            let compiler = Arc::clone(&compiler);
            let task = tokio::spawn(async move {
                compiler.compile(&repository("octo-org/website"), text).await;
            });
            assert!(task.await.unwrap_err().is_panic());
        }
        assert_eq!(compiler.places.available_permits(), AT_ONCE);
    }

    #[test]
    fn the_longest_policy_has_a_size() {
        assert!(size(&"*".repeat(github_app::MAX_POLICY_BYTES)) < usize::MAX / 2);
        assert_eq!(size(""), 2048);
    }
}
