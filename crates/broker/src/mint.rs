//! Minting exactly what was decided, so that no token is ever lost.

use github_app::{Error, ErrorKind, GitHub, Installation, MintedToken, Mismatch, TokenScope};
use github_types::RepositorySelection;
use policy::decision::Grant;

use crate::delivery::Undelivered;
use crate::load::is_mint_of_nothing;
use crate::revoker::Revoker;
use crate::token_hash::token_hash;

/// A token on its way to its caller.
pub(crate) struct Minted {
    /// Revokes the token unless it is delivered.
    pub(crate) token: Undelivered,
    pub(crate) expires_at: time::OffsetDateTime,
    pub(crate) hash: String,
    /// GitHub's id of the request that minted it.
    pub(crate) github_request_id: Option<String>,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MintError {
    /// GitHub does not mint such a token.
    #[error("GitHub refuses to mint the token")]
    Refused(String),
    /// GitHub failed.
    #[error(transparent)]
    GitHub(Error),
    /// GitHub minted something else. It is revoked.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// GitHub minted a token for another account than the one that was decided on. It is revoked.
    #[error("GitHub minted a token for the repositories of another account")]
    Elsewhere,
}

impl MintError {
    /// Whether the installation may have changed since it was looked up.
    pub(crate) fn is_of_the_installation(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Elsewhere => true,
            Self::GitHub(error) => is_mint_of_nothing(error),
            Self::Mismatch(_) => false,
        }
    }
}

/// Mints what `grant` says.
///
/// Must not be dropped half-way: a token that GitHub has made by then would live on unseen. So exchanges run in
/// tasks of their own, which go on when their client goes away.
pub(crate) async fn mint(
    github: &GitHub,
    revoker: &Revoker,
    installation: &Installation,
    grant: &Grant,
) -> Result<Minted, MintError> {
    let scope =
        TokenScope { permissions: grant.permissions().clone(), repositories: grant.repositories().clone() };
    match github.mint(installation.id, &scope).await {
        Ok(minted) => check(revoker, minted, &scope, grant),
        Err(error) => Err(refused_or_failed(error)),
    }
}

/// A token that is dropped here, or on its way back from here, is revoked.
fn check(
    revoker: &Revoker,
    minted: MintedToken,
    scope: &TokenScope,
    grant: &Grant,
) -> Result<Minted, MintError> {
    let hash = token_hash(&minted.token);
    // Before anything can go wrong, and be it a panic.
    let token = Undelivered::new(revoker.clone(), minted.token.clone(), hash.clone());
    minted.check(scope)?;
    // SECURITY: a name can change hands, and an installation that is known goes with its account, not with the name.
    // So the policies may have been those of another account by now than the one that the token reaches into.
    let is_listed = matches!(scope.repositories, RepositorySelection::Listed(_));
    if is_listed && minted.owner.as_ref() != Some(grant.owner()) {
        return Err(MintError::Elsewhere);
    }
    let github_request_id = minted.request_id;
    Ok(Minted { token, expires_at: minted.expires_at, hash, github_request_id })
}

fn refused_or_failed(error: Error) -> MintError {
    match error.kind() {
        ErrorKind::MintRefused { reason } => MintError::Refused(reason.clone()),
        _ => MintError::GitHub(error),
    }
}
