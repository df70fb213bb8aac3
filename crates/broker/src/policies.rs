//! Policies as they are now: asked for anew by every request, and understood once.

mod compile;
mod texts;

use std::sync::Arc;
use std::time::Duration;

use github_app::{EntityTag, Error, GitHub, PolicyText};
use github_types::Repository;
use policy::decide::{OWNER_POLICY_PATHS, PolicyFile, REPOSITORY_POLICY_PATHS};
use policy::model::{OwnerPolicy, RepositoryPolicy};
use policy::parse::{Parsed, parse_owner_policy, parse_repository_policy};

use self::compile::{Compiled, Compiler};
use self::texts::Text;
pub(crate) use self::texts::Texts;
use crate::cache::{Batches, Bounded, Limits, Tally, tally};
use crate::installations::{Failed, is_moved};
use crate::readers::Reader;

const CACHE: &str = "policy_text";
/// For each of the two kinds of policies, with what was made of them.
const LIMITS: Limits = Limits { entries: 8192, bytes: 12 * 1024 * 1024 };
/// About how many bytes the version of a file takes beside the policy itself.
const VERSION_BYTES: usize = 512;
/// How old a read under way must be before another one is sent beside it.
const PATIENCE: Duration = Duration::from_millis(5);

/// The policies of one kind.
///
/// Every read asks GitHub whether the file still is the version that was read last. If so, which costs no quota,
/// what was made of it serves again: nothing is copied, hashed or parsed.
pub(crate) struct Policies<P>(Arc<Inner<P>>);

struct Inner<P> {
    github: Arc<GitHub>,
    /// The two places where it may stand, in the order of trying.
    paths: [&'static str; 2],
    compiler: Compiler<P>,
    versions: Bounded<Place, Arc<Version<P>>>,
    texts: Texts,
    batches: Batches<Place, Read<P>>,
}

/// The policy of a place as it is now, if there is one.
pub(crate) type Read<P> = Result<Option<Arc<Version<P>>>, Failed>;

/// Where a token finds a policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Place {
    /// To another token, the same version of a file has another name.
    reader: u64,
    repository: Repository,
}

/// What stood there when it was read last.
#[derive(Debug)]
pub(crate) struct Version<P> {
    /// At the first or at the second path.
    path: usize,
    /// Without one it cannot be asked for again.
    etag: Option<EntityTag>,
    policy: Arc<Compiled<P>>,
}

impl Policies<OwnerPolicy> {
    /// The policies of owners.
    pub(crate) fn of_owners(github: Arc<GitHub>, texts: Texts) -> Self {
        Self::new(github, texts, OWNER_POLICY_PATHS, parse_owner_policy, OwnerPolicy::cost)
    }
}

impl Policies<RepositoryPolicy> {
    /// The policies of target repositories.
    pub(crate) fn of_repositories(github: Arc<GitHub>, texts: Texts) -> Self {
        Self::new(github, texts, REPOSITORY_POLICY_PATHS, parse_repository_policy, RepositoryPolicy::cost)
    }
}

impl<P: Send + Sync + 'static> Policies<P> {
    fn new(
        github: Arc<GitHub>,
        texts: Texts,
        paths: [&'static str; 2],
        parse: fn(&str, &Repository) -> Parsed<P>,
        cost: fn(&P) -> usize,
    ) -> Self {
        Self(Arc::new(Inner {
            github,
            paths,
            compiler: Compiler::new(parse, cost),
            versions: Bounded::new(CACHE, LIMITS),
            texts,
            batches: Batches::new(Some(PATIENCE)),
        }))
    }

    /// Whether there was a policy when it was read last, so that reading it again costs nothing if nothing changed.
    pub(crate) fn knows(&self, reader: &Reader, repository: &Repository) -> bool {
        self.0.versions.get(&Place { reader: reader.id, repository: repository.clone() }).is_some()
    }

    /// The policy of a repository as it is now: the first of the two files that exists, even if it is unusable.
    pub(crate) async fn read(&self, reader: &Arc<Reader>, repository: &Repository) -> Read<P> {
        let place = Place { reader: reader.id, repository: repository.clone() };
        let read = || {
            let (inner, reader, place) = (Arc::clone(&self.0), Arc::clone(reader), place.clone());
            async move { inner.read(&reader, place).await.map_err(Arc::new) }
        };
        self.0.batches.join(&place, read).await
    }
}

impl<P: Send + Sync + 'static> Inner<P> {
    async fn read(&self, reader: &Reader, place: Place) -> Result<Option<Arc<Version<P>>>, Error> {
        let (known, is_shared) = match self.versions.get(&place) {
            Some(known) => (Some(known), false),
            None => (self.shared(&place.repository).await, true),
        };
        for (number, path) in self.paths.into_iter().enumerate() {
            let known = known.as_ref().filter(|known| known.path == number);
            let etag = known.and_then(|known| known.etag.as_ref());
            match self.github.read_policy(&place.repository, path, &reader.token, etag).await {
                Ok(PolicyText::Unchanged) => {
                    tally(CACHE, Tally::Revalidated);
                    if let Some(known) = known.filter(|_| is_shared) {
                        self.keep(place, known);
                    }
                    return Ok(known.cloned());
                }
                Ok(PolicyText::Found { text, etag }) => {
                    tally(CACHE, Tally::Miss);
                    return Ok(Some(self.learn(place, number, Text { text, etag }).await));
                }
                Ok(PolicyText::Unusable(reason)) => {
                    self.versions.remove(&place);
                    let policy = Arc::new(Compiled::unusable(reason.to_string()));
                    return Ok(Some(Arc::new(Version { path: number, etag: None, policy })));
                }
                Ok(PolicyText::Missing) => {}
                // The whole repository has another name now: it has neither file.
                Err(error) if is_moved(&error) => break,
                Err(error) => return Err(error),
            }
        }
        self.versions.remove(&place);
        Ok(None)
    }
}

impl<P: Send + Sync + 'static> Inner<P> {
    /// What another broker has read; it serves when GitHub says that it still is the latest.
    async fn shared(&self, repository: &Repository) -> Option<Arc<Version<P>>> {
        for (number, path) in self.paths.into_iter().enumerate() {
            if let Some(Text { text, etag }) = self.texts.get(repository, path).await {
                let policy = self.compiler.compile(repository, text).await;
                return Some(Arc::new(Version { path: number, etag, policy }));
            }
        }
        None
    }

    async fn learn(&self, place: Place, path: usize, text: Text) -> Arc<Version<P>> {
        if let Some(name) = self.paths.get(path) {
            self.texts.put(&place.repository, name, &text);
        }
        let Text { text, etag } = text;
        let policy = self.compiler.compile(&place.repository, text).await;
        let version = Arc::new(Version { path, etag, policy });
        self.keep(place, &version);
        version
    }

    fn keep(&self, place: Place, version: &Arc<Version<P>>) {
        if version.etag.is_some() {
            self.versions.put(place, Arc::clone(version), VERSION_BYTES + version.policy.bytes);
        } else {
            self.versions.remove(&place);
        }
    }
}

impl<P> Version<P> {
    /// For a stage of the decision.
    pub(crate) fn file(&self) -> PolicyFile<'_, P> {
        Some(&self.policy.parsed).into()
    }

    /// Whether it stands at the second path, because there seems to be nothing at the first.
    pub(crate) fn is_second(&self) -> bool {
        self.path > 0
    }
}

#[cfg(test)]
mod tests;
