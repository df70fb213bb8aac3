//! A token of an installation, and how long ago it was minted.

use std::time::Duration;

use github_types::Secret;
use tokio::time::Instant;

use crate::InstallationId;
use crate::quota::Client;

/// For how long not every server of GitHub may know a new token.
pub const FRESH: Duration = Duration::from_secs(5);

/// How long GitHub lets a token live.
///
/// Source: GitHub's page "Generating an installation access token for a GitHub App".
pub const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// A token that acts for an installation.
#[derive(Clone, Debug)]
pub struct InstallationToken {
    secret: Secret,
    minted_at: Instant,
    installation: Option<InstallationId>,
}

impl InstallationToken {
    /// The token that was minted at that moment.
    pub fn new(secret: Secret, minted_at: Instant) -> Self {
        Self { secret, minted_at, installation: None }
    }

    /// The same, known to be of that installation: its calls are held back while GitHub limits the installation.
    #[must_use]
    pub fn of(self, installation: InstallationId) -> Self {
        Self { installation: Some(installation), ..self }
    }

    /// Whom GitHub counts its calls for.
    pub(crate) fn client(&self) -> Option<Client> {
        self.installation.map(Client::Installation)
    }

    /// The token itself.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// How long the token can still be alive; zero once it has certainly expired.
    pub fn time_left(&self) -> Duration {
        LIFETIME.saturating_sub(self.minted_at.elapsed())
    }

    /// Whether GitHub not knowing the token may be mere replication lag.
    pub fn is_fresh(&self) -> bool {
        self.minted_at.elapsed() < FRESH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_fresh_for_five_seconds() {
        let minted = |ago| {
            let at = Instant::now().checked_sub(Duration::from_millis(ago)).unwrap();
            InstallationToken::new(Secret::new("ghs_value"), at)
        };
        assert!(minted(0).is_fresh());
        assert!(minted(4_000).is_fresh());
        assert!(!minted(5_000).is_fresh());
        assert!(!format!("{:?}", minted(0)).contains("ghs_"));
    }

    #[tokio::test(start_paused = true)]
    async fn lives_for_an_hour() {
        let token = InstallationToken::new(Secret::new("ghs_value"), Instant::now());
        assert_eq!(token.time_left(), LIFETIME);
        tokio::time::advance(LIFETIME.saturating_sub(Duration::from_secs(1))).await;
        assert_eq!(token.time_left(), Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(token.time_left(), Duration::ZERO);
    }
}
