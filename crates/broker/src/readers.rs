//! The tokens by which policies are read: as little as will do, and never given to anybody.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use github_app::{Error, ErrorKind, GitHub, InstallationId, InstallationToken, TokenScope};
use github_types::{Level, Permission, PermissionSet, RepositoryList, RepositoryName, RepositorySelection};
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::cache::{Batches, Bounded, Limits, Tally, tally};
use crate::installations::{Failed, Installed};
use crate::revoker::{Revoker, Temporary};

const CACHE: &str = "reader_token";
/// As many can be revoked in good order when the process ends.
const LIMITS: Limits = Limits { entries: 2048, bytes: 4 * 1024 * 1024 };
/// How long before its end a token is given up.
const MARGIN: time::Duration = time::Duration::minutes(5);

/// A token that reads policies. It is revoked when nobody uses it any more.
pub(crate) struct Reader {
    /// Another one for each token: to GitHub, the version of a file has another name for each.
    pub(crate) id: u64,
    pub(crate) token: Arc<InstallationToken>,
    /// When it was asked for: what was changed later, it may not see.
    pub(crate) since: Instant,
    expires_at: OffsetDateTime,
    /// What the installation was like then.
    installed: Arc<Installed>,
    _end: Temporary,
}

impl Reader {
    /// Whether the installation was then what it is here.
    fn is_of(&self, installed: &Arc<Installed>) -> bool {
        Arc::ptr_eq(&self.installed, installed) || self.installed.facts == installed.facts
    }
}

/// A token for a shelf; none when GitHub refuses one of its repositories.
pub(crate) type Got = Result<Option<Arc<Reader>>, Failed>;

/// What a token shall read.
#[derive(Clone, Debug)]
pub(crate) enum Shelf {
    /// The policy files of every repository, and the other single-file paths of the installation.
    SingleFiles,
    /// All contents of these repositories alone.
    Contents(RepositoryList),
}

/// Which tokens will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Need {
    /// One that is kept, if there is one.
    Kept,
    /// A new one: what is kept may not see what there is.
    New,
}

/// Keeps a token for each installation and shelf until shortly before it ends.
///
/// Only this process holds them, which with the App's key could have any of them made at any time.
pub(crate) struct Readers(Arc<Inner>);

struct Inner {
    github: Arc<GitHub>,
    revoker: Revoker,
    kept: Bounded<Key, Arc<Reader>>,
    /// Those who need a new one do not join those whom an older one serves.
    batches: Batches<(Key, Need), Got>,
    count: AtomicU64,
}

/// An installation, and the repositories whose contents are read, in the order of their names; none for single files.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key(InstallationId, Vec<RepositoryName>);

impl Readers {
    pub(crate) fn new(github: Arc<GitHub>, revoker: Revoker) -> Self {
        Self(Arc::new(Inner {
            github,
            revoker,
            kept: Bounded::new(CACHE, LIMITS),
            batches: Batches::new(None),
            count: AtomicU64::new(0),
        }))
    }

    /// A token for a shelf; none when GitHub knows one of its repositories not as the installation's.
    ///
    /// One that is kept serves as long as the installation is what it was.
    pub(crate) async fn get(
        &self,
        installed: &Arc<Installed>,
        shelf: Shelf,
        need: Need,
        now: OffsetDateTime,
    ) -> Got {
        let key = (Key(installed.installation.id, shelf.names()), need);
        if need == Need::Kept
            && let Some(kept) = self.0.kept(&key.0, installed, now)
        {
            tally(CACHE, Tally::Hit);
            return Ok(Some(kept));
        }
        tally(CACHE, Tally::Miss);
        let mint = || {
            let (inner, installed) = (Arc::clone(&self.0), Arc::clone(installed));
            let (key, shelf) = (key.clone(), shelf.clone());
            async move { inner.mint(key, shelf, installed, now).await.map_err(Arc::new) }
        };
        match self.0.batches.join(&key, mint).await {
            // Who began the batch may have known an earlier state of the installation, and a token kept for that.
            Ok(Some(reader)) if need == Need::Kept && !reader.is_of(installed) => {
                Box::pin(self.get(installed, shelf, Need::New, now)).await
            }
            got => got,
        }
    }

    /// The token for a shelf that is kept, if there is one.
    pub(crate) fn at_hand(
        &self,
        installed: &Arc<Installed>,
        shelf: &Shelf,
        now: OffsetDateTime,
    ) -> Option<Arc<Reader>> {
        self.0.kept(&Key(installed.installation.id, shelf.names()), installed, now)
    }

    /// Gives up all tokens that are kept.
    pub(crate) fn clear(&self) {
        self.0.kept.clear();
    }
}

impl Inner {
    fn kept(&self, key: &Key, installed: &Arc<Installed>, now: OffsetDateTime) -> Option<Arc<Reader>> {
        self.kept.get(key).filter(|kept| {
            // SECURITY: a token does not see the paths that were added after it was minted. To it `.yaml` could look
            // missing, and an older `.yml` would decide.
            kept.expires_at - MARGIN > now && kept.is_of(installed)
        })
    }

    /// Must not be dropped half-way, as every mint; so exchanges run in tasks of their own.
    async fn mint(
        &self,
        (key, need): (Key, Need),
        shelf: Shelf,
        installed: Arc<Installed>,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<Reader>>, Error> {
        // Another one may have come with the batch before.
        if need == Need::Kept
            && let Some(kept) = self.kept(&key, &installed, now)
        {
            return Ok(Some(kept));
        }
        let since = Instant::now();
        let minted = match self.github.mint(key.0, &shelf.scope()).await {
            Ok(minted) => minted,
            Err(error) if shelf.is_refused_by(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let token = Arc::new(minted.token);
        let reader = Arc::new(Reader {
            id: self.count.fetch_add(1, Ordering::Relaxed),
            since,
            expires_at: minted.expires_at,
            installed,
            _end: self.revoker.temporary(Arc::clone(&token)),
            token,
        });
        let bytes = key.size() + reader.token.secret().expose().len();
        self.kept.put(key, Arc::clone(&reader), bytes);
        Ok(Some(reader))
    }
}

impl Shelf {
    fn names(&self) -> Vec<RepositoryName> {
        match self {
            Self::SingleFiles => Vec::new(),
            Self::Contents(list) => {
                let mut names = list.as_slice().to_vec();
                names.sort();
                names
            }
        }
    }

    fn scope(&self) -> TokenScope {
        let (permission, repositories) = match self {
            Self::SingleFiles => (Permission::SINGLE_FILE, RepositorySelection::All),
            Self::Contents(list) => (Permission::CONTENTS, RepositorySelection::Listed(list.clone())),
        };
        TokenScope { permissions: PermissionSet::one(permission, Level::Read), repositories }
    }

    /// GitHub refuses a list of which it does not know one as the installation's.
    fn is_refused_by(&self, error: &Error) -> bool {
        matches!(self, Self::Contents(_)) && matches!(error.kind(), ErrorKind::MintRefused { .. })
    }
}

impl Key {
    /// About how many bytes it takes, with its token.
    fn size(&self) -> usize {
        const SMALL_PARTS: usize = 1024;
        const PER_NAME: usize = 32;
        SMALL_PARTS + self.1.iter().map(|name| name.as_str().len() + PER_NAME).sum::<usize>()
    }
}

#[cfg(test)]
mod tests;
