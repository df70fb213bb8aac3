//! The App's installations, as far as they are known.

use std::sync::Arc;
use std::time::Duration;

use github_app::{EntityTag, Error, ErrorKind, GitHub, Installation, InstallationAnswer};
use github_types::OwnerName;
use policy::decide::InstallationFacts;
use tokio::time::Instant;

use crate::cache::{Batches, Bounded, Limits, Tally, tally};

const CACHE: &str = "installation";
const LIMITS: Limits = Limits { entries: 4096, bytes: 8 * 1024 * 1024 };
/// How long an installation counts as known without having been looked up again.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// Why something could not be found out; shared by all who waited for it.
pub(crate) type Failed = Arc<Error>;

/// An installation as GitHub described it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Installed {
    pub(crate) installation: Installation,
    /// The same, for decisions.
    pub(crate) facts: InstallationFacts,
}

/// Knows installations, and looks them up.
///
/// SECURITY: what is known may be out of date. It may serve a grant that GitHub confirms by minting; no refusal may
/// rest on it. That the App is not installed is never remembered.
pub(crate) struct Installations(Arc<Inner>);

struct Inner {
    github: Arc<GitHub>,
    known: Bounded<OwnerName, Known>,
    batches: Batches<OwnerName, Result<Option<Arc<Installed>>, Failed>>,
}

#[derive(Clone)]
struct Known {
    installed: Arc<Installed>,
    etag: Option<EntityTag>,
    since: Instant,
}

impl Installations {
    pub(crate) fn new(github: Arc<GitHub>) -> Self {
        Self(Arc::new(Inner { github, known: Bounded::new(CACHE, LIMITS), batches: Batches::new(None) }))
    }

    /// The installation at an account, if it is known; it may have changed since.
    pub(crate) fn known(&self, owner: &OwnerName) -> Option<Arc<Installed>> {
        let known = self.0.known.get(owner).filter(|known| known.since.elapsed() < LIFETIME)?;
        tally(CACHE, Tally::Hit);
        Some(known.installed)
    }

    /// The installation at an account as it is now; none when the App is not installed there.
    pub(crate) async fn look_up(&self, owner: &OwnerName) -> Result<Option<Arc<Installed>>, Failed> {
        let look_up = || {
            let (inner, owner) = (Arc::clone(&self.0), owner.clone());
            async move { inner.look_up(owner).await.map_err(Arc::new) }
        };
        self.0.batches.join(owner, look_up).await
    }
}

impl Inner {
    async fn look_up(&self, owner: OwnerName) -> Result<Option<Arc<Installed>>, Error> {
        let since = Instant::now();
        let known = self.known.get(&owner);
        let etag = known.as_ref().and_then(|known| known.etag.as_ref());
        let (installed, etag) = match (self.github.find_installation_unless(&owner, etag).await, known) {
            (Ok(InstallationAnswer::Found { installation, etag }), known) => {
                tally(CACHE, Tally::Miss);
                (with_facts(installation, known), etag)
            }
            (Ok(InstallationAnswer::Unchanged), Some(known)) => {
                tally(CACHE, Tally::Revalidated);
                (known.installed, known.etag)
            }
            // Without a known state there is none that could be unchanged.
            (Ok(InstallationAnswer::Missing | InstallationAnswer::Unchanged), _) => {
                tally(CACHE, Tally::Miss);
                self.known.remove(&owner);
                return Ok(None);
            }
            // An account that was renamed is not the one that was asked for.
            (Err(error), _) if is_moved(&error) => {
                self.known.remove(&owner);
                return Ok(None);
            }
            (Err(error), _) => return Err(error),
        };
        let bytes = size(&installed);
        self.known.put(owner, Known { installed: Arc::clone(&installed), etag, since }, bytes);
        Ok(Some(installed))
    }
}

/// The same value as before, if it says the same, so that what was made for that goes on to fit.
fn with_facts(installation: Installation, known: Option<Known>) -> Arc<Installed> {
    if let Some(known) = known.filter(|known| known.installed.installation == installation) {
        return known.installed;
    }
    let facts = InstallationFacts {
        owner_id: installation.owner_id,
        suspended: installation.suspended,
        permissions: installation.permissions.clone(),
        single_file_paths: installation.single_file_paths.iter().cloned().collect(),
    };
    Arc::new(Installed { installation, facts })
}

/// About how many bytes it takes: paths are the only part that an owner can make long.
fn size(installed: &Installed) -> usize {
    const SMALL_PARTS: usize = 2048;
    const PER_PATH: usize = 64;
    let paths = installed.facts.single_file_paths.iter();
    SMALL_PARTS + 2 * paths.map(|path| path.len() + PER_PATH).sum::<usize>()
}

/// GitHub answers so for an account or a repository that was renamed. Other redirects say nothing about that: they
/// may come from something in between, or be for a moment only.
pub(crate) fn is_moved(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unexpected { status: 301, .. })
}

#[cfg(test)]
mod tests;
