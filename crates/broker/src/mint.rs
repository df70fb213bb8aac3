//! Minting exactly what was decided, so that no token is ever lost.

use github_app::{Error, ErrorKind, GitHub, Installation, MintedToken, Mismatch, TokenScope};
use policy::decision::Grant;

use crate::delivery::Undelivered;
use crate::revoker::Revoker;
use crate::token_hash::token_hash;

/// A token on its way to its caller.
pub(crate) struct Minted {
    /// Revokes the token unless it is delivered.
    pub(crate) token: Undelivered,
    pub(crate) expires_at: time::OffsetDateTime,
    pub(crate) hash: String,
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
        Ok(minted) => check(revoker, minted, &scope),
        Err(error) => Err(refused_or_failed(error)),
    }
}

/// A token that is dropped here, or on its way back from here, is revoked.
fn check(revoker: &Revoker, minted: MintedToken, scope: &TokenScope) -> Result<Minted, MintError> {
    let hash = token_hash(&minted.token);
    // Before anything can go wrong, and be it a panic.
    let token = Undelivered::new(revoker.clone(), minted.token.clone(), hash.clone());
    minted.check(scope)?;
    Ok(Minted { token, expires_at: minted.expires_at, hash })
}

fn refused_or_failed(error: Error) -> MintError {
    match error.kind() {
        ErrorKind::MintRefused { reason } => MintError::Refused(reason.clone()),
        _ => MintError::GitHub(error),
    }
}
