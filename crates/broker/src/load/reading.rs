//! One attempt at a decision: reads the policies that its stages need.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use github_app::ErrorKind;
use github_types::{Repository, RepositoryList, RepositoryName, RepositorySelection};
use policy::decide::{
    Next, OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, PolicyFile, Question, REPOSITORY_POLICY_PATHS,
};
use policy::decision::Decision;
use policy::model::{OwnerPolicy, RepositoryPolicy};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::Loader;
use crate::installations::{Failed, Installed};
use crate::policies::{Policies, Read, Version};
use crate::readers::{Got, Need, Reader, Shelf};

/// How many repositories' policies are read at a time for one decision.
const AT_ONCE: usize = 8;

/// What came of an attempt.
pub(super) struct Attempt {
    pub(super) decision: Result<Decision, Failed>,
    /// Whether it rests on what a token did not see that is older than the request: that may be there all the same.
    pub(super) is_in_doubt: bool,
    /// Whether an installation that has changed could only have kept it from seeing more policies, not let it take
    /// one for another.
    pub(super) is_certain: bool,
}

/// One attempt in progress.
pub(super) struct Reading<'a> {
    loader: &'a Loader,
    installed: &'a Arc<Installed>,
    question: Question<'a>,
    need: Need,
    /// When the request began to be decided on.
    began: Instant,
    /// Whether a token was used that was minted before that.
    is_by_older_token: AtomicBool,
    /// Reads all contents of the repositories involved, when GitHub knows all of them.
    contents: OnceCell<Option<Arc<Reader>>>,
}

/// The policies that counted.
#[derive(Default)]
struct Seen {
    misses_something: bool,
    /// Whether one stands at the second path.
    has_second: bool,
}

impl Seen {
    fn note<P>(&mut self, version: Option<&Version<P>>) {
        self.misses_something |= version.is_none();
        self.has_second |= version.is_some_and(Version::is_second);
    }
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        loader: &'a Loader,
        installed: &'a Arc<Installed>,
        question: Question<'a>,
        need: Need,
        began: Instant,
    ) -> Self {
        let (is_by_older_token, contents) = (AtomicBool::new(false), OnceCell::new());
        Self { loader, installed, question, need, began, is_by_older_token, contents }
    }

    pub(super) async fn decide(self) -> Attempt {
        let mut seen = Seen::default();
        let decision = self.stages(&mut seen).await;
        let may_see_too_little = seen.misses_something || decision.as_ref().is_err_and(is_no_access);
        Attempt {
            decision,
            is_in_doubt: may_see_too_little && self.is_by_older_token.load(Ordering::Relaxed),
            // SECURITY: a path that the installation has lost since may look empty, so that the other file decides.
            is_certain: !seen.has_second,
        }
    }

    async fn stages(&self, seen: &mut Seen) -> Result<Decision, Failed> {
        let stage = match self.question.begin(&self.installed.facts) {
            Next::Decided(decision) => return Ok(decision),
            Next::Needs(stage) => stage,
        };
        let (owner_policy, mut read) = tokio::join!(self.owner_policy(), self.read_ahead());
        let owner_policy = owner_policy?;
        seen.note(owner_policy.as_deref());
        let file = owner_policy.as_ref().map_or(PolicyFile::Missing, |version| version.file());
        let stage = match stage.decide(file) {
            Next::Decided(decision) => return Ok(decision),
            Next::Needs(stage) => stage,
        };
        let is_read = |name: &RepositoryName| read.iter().any(|(other, _)| other == name);
        let open = stage.repositories().filter(|name| !is_read(name)).cloned().collect();
        read.extend(self.read_all(open).await);
        let mut policies = Vec::new();
        for name in stage.repositories() {
            let place = read.iter().position(|(other, _)| other == name);
            let version = place.map_or(Ok(None), |place| read.swap_remove(place).1)?;
            seen.note(version.as_deref());
            policies.extend(version.map(|version| (name.clone(), version)));
        }
        let files = policies.iter().map(|(name, version)| (name.clone(), version.file())).collect();
        Ok(stage.decide(&files))
    }

    async fn owner_policy(&self) -> Read<OwnerPolicy> {
        let Ok(name) = OWNER_POLICY_REPOSITORY.parse() else { return Ok(None) };
        self.read(&self.loader.owner_policies, &name, &OWNER_POLICY_PATHS).await
    }

    /// The policies that were there when they were read last: reading them together with the owner policy saves the
    /// time of one answer, and costs nothing if they are the same.
    async fn read_ahead(&self) -> Vec<(RepositoryName, Read<RepositoryPolicy>)> {
        let RepositorySelection::Listed(list) = &self.question.request.repositories else {
            return Vec::new();
        };
        let Some(reader) = self.reader_at_hand(&REPOSITORY_POLICY_PATHS) else { return Vec::new() };
        let policies = &self.loader.repository_policies;
        let known = list.iter().filter(|name| policies.knows(&reader, &self.repository(name)));
        self.read_all(known.cloned().collect()).await
    }

    async fn read_all(&self, names: Vec<RepositoryName>) -> Vec<(RepositoryName, Read<RepositoryPolicy>)> {
        let (mut names, mut versions) = (names.into_iter(), Vec::new());
        let mut under_way: FuturesUnordered<_> =
            names.by_ref().take(AT_ONCE).map(|name| self.read_one(name)).collect();
        while let Some(version) = under_way.next().await {
            versions.push(version);
            under_way.extend(names.next().map(|name| self.read_one(name)));
        }
        versions
    }

    async fn read_one(&self, name: RepositoryName) -> (RepositoryName, Read<RepositoryPolicy>) {
        let policies = &self.loader.repository_policies;
        let version = self.read(policies, &name, &REPOSITORY_POLICY_PATHS).await;
        (name, version)
    }

    async fn read<P: Send + Sync + 'static>(
        &self,
        policies: &Policies<P>,
        name: &RepositoryName,
        paths: &[&str],
    ) -> Read<P> {
        match self.reader(name, paths).await? {
            Some(reader) => policies.read(&reader, &self.repository(name)).await,
            None => Ok(None),
        }
    }

    fn repository(&self, name: &RepositoryName) -> Repository {
        Repository::new(self.question.request.owner.clone(), name.clone())
    }

    /// A token that reads these files of all the repositories, if one is kept.
    fn reader_at_hand(&self, paths: &[&str]) -> Option<Arc<Reader>> {
        let shelf = if self.installed.facts.covers(paths) {
            Shelf::SingleFiles
        } else {
            Shelf::Contents(self.involved()?)
        };
        let reader = self.loader.readers.at_hand(self.installed, &shelf, self.question.now);
        reader.filter(|_| self.need == Need::Kept)
    }

    /// A token that reads these files of that repository; none when the App was not given the repository.
    async fn reader(&self, name: &RepositoryName, paths: &[&str]) -> Got {
        if self.installed.facts.covers(paths) {
            return self.reader_for(Shelf::SingleFiles).await;
        }
        let all = || async {
            match self.involved() {
                Some(all) => self.reader_for(Shelf::Contents(all)).await,
                None => Ok(None),
            }
        };
        if let Some(reader) = self.contents.get_or_try_init(all).await? {
            return Ok(Some(Arc::clone(reader)));
        }
        // GitHub refuses a list of which it does not know one: then each is asked for by itself.
        self.reader_for(Shelf::Contents(RepositoryList::one(name.clone()))).await
    }

    async fn reader_for(&self, shelf: Shelf) -> Got {
        let readers = &self.loader.readers;
        let reader = readers.get(self.installed, shelf, self.need, self.question.now).await?;
        if reader.as_ref().is_some_and(|reader| reader.since < self.began) {
            self.is_by_older_token.store(true, Ordering::Relaxed);
        }
        Ok(reader)
    }

    /// The repositories whose contents must be read, when they are few enough for one token: the targets, and the
    /// repository of the owner policy unless that is read as a single file.
    fn involved(&self) -> Option<RepositoryList> {
        let owner_policy = if self.installed.facts.covers(&OWNER_POLICY_PATHS) {
            None
        } else {
            Some(OWNER_POLICY_REPOSITORY.parse().ok()?)
        };
        let targets = match &self.question.request.repositories {
            RepositorySelection::All => &[],
            RepositorySelection::Listed(list) => list.as_slice(),
        };
        RepositoryList::new(owner_policy.into_iter().chain(targets.iter().cloned())).ok()
    }
}

/// How GitHub answers to a token that has lost its access since.
fn is_no_access(error: &Failed) -> bool {
    matches!(error.kind(), ErrorKind::Unexpected { status: 401 | 403, .. })
}
