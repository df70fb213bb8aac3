//! A token of an installation, and how long ago it was minted.

use std::time::Duration;

use github_types::Secret;
use tokio::time::Instant;

/// For how long not every server of GitHub may know a new token.
pub const FRESH: Duration = Duration::from_secs(5);

/// A token that acts for an installation.
#[derive(Clone, Debug)]
pub struct InstallationToken {
    secret: Secret,
    minted_at: Instant,
}

impl InstallationToken {
    /// The token that was minted at that moment.
    pub fn new(secret: Secret, minted_at: Instant) -> Self {
        Self { secret, minted_at }
    }

    /// The token itself.
    pub fn secret(&self) -> &Secret {
        &self.secret
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
}
