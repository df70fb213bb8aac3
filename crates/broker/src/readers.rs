//! The tokens by which policies are read: as little as will do, and never given to anybody.

use std::collections::HashMap;
use std::sync::Arc;

use github_app::{Error, ErrorKind, GitHub, InstallationId, InstallationToken, TokenScope};
use github_types::{Level, Permission, PermissionSet, RepositoryList, RepositorySelection};
use policy::decide::InstallationFacts;
use time::OffsetDateTime;
use tokio::sync::Mutex;

/// How long before its end a token is given up.
const MARGIN: time::Duration = time::Duration::minutes(5);
/// The most installations whose tokens are kept.
const MOST: usize = 10_000;

/// Keeps a token with `single_file: read` for each installation until shortly before it ends.
///
/// It is good for the policy files of every repository, and for the installation's other single-file paths: these
/// are the only files that its holder, this process, can see.
#[derive(Default)]
pub(crate) struct Readers {
    kept: Mutex<HashMap<InstallationId, Kept>>,
}

struct Kept {
    token: Arc<InstallationToken>,
    expires_at: OffsetDateTime,
    /// What the installation was like when the token was minted.
    facts: InstallationFacts,
}

impl Readers {
    /// A token that reads the policy files, and whether it is an older one.
    ///
    /// One that is kept serves as long as the installation is what it was.
    pub(crate) async fn single_file(
        &self,
        github: &GitHub,
        installation: InstallationId,
        facts: &InstallationFacts,
        now: OffsetDateTime,
    ) -> Result<(Arc<InstallationToken>, bool), Error> {
        if let Some(kept) = self.kept.lock().await.get(&installation)
            && kept.expires_at - MARGIN > now
            // SECURITY: a token does not see the paths that were added after it was minted. To it `.yaml` could
            // look missing, and an older `.yml` would decide.
            && kept.facts == *facts
        {
            return Ok((Arc::clone(&kept.token), true));
        }
        let scope = TokenScope {
            permissions: PermissionSet::one(Permission::SINGLE_FILE, Level::Read),
            repositories: RepositorySelection::All,
        };
        let minted = github.mint(installation, &scope).await?;
        let token = Arc::new(minted.token);
        let mut kept = self.kept.lock().await;
        if kept.len() >= MOST {
            kept.retain(|_, kept| kept.expires_at - MARGIN > now);
        }
        if kept.len() < MOST {
            let facts = facts.clone();
            let token = Arc::clone(&token);
            kept.insert(installation, Kept { token, expires_at: minted.expires_at, facts });
        }
        Ok((token, false))
    }

    /// Forgets the token of an installation, because what it shows may be out of date.
    pub(crate) async fn forget(&self, installation: InstallationId) {
        self.kept.lock().await.remove(&installation);
    }

    /// Gives up all tokens that are kept.
    pub(crate) async fn take(&self) -> Vec<Arc<InstallationToken>> {
        self.kept.lock().await.drain().map(|(_, kept)| kept.token).collect()
    }
}

/// A token with `contents: read` on these repositories alone; none when GitHub refuses one of them.
pub(crate) async fn contents(
    github: &GitHub,
    installation: InstallationId,
    repositories: RepositoryList,
) -> Result<Option<Arc<InstallationToken>>, Error> {
    let scope = TokenScope {
        permissions: PermissionSet::one(Permission::CONTENTS, Level::Read),
        repositories: RepositorySelection::Listed(repositories),
    };
    match github.mint(installation, &scope).await {
        Ok(minted) => Ok(Some(Arc::new(minted.token))),
        Err(error) if matches!(error.kind(), ErrorKind::MintRefused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
