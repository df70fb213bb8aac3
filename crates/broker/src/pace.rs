//! How long things may take.

use std::num::NonZeroU32;
use std::time::Duration;

/// The time limits of the service; a test may use shorter ones.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Of calls to GitHub.
    pub github: github_app::Pace,
    /// How long an exchange may take in all.
    ///
    /// NOTE: the action waits 15 seconds for one try, and shall hear from us before it gives up.
    pub exchange: Duration,
    /// How long one answer of an issuer may take; a look-up has two.
    pub issuer: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            github: github_app::Pace::default(),
            exchange: Duration::from_secs(14),
            issuer: Duration::from_secs(5),
        }
    }
}

impl Pace {
    /// With so many calls to GitHub at a time, for the App and for each installation.
    pub(crate) fn with_github_calls(at_once: NonZeroU32) -> Self {
        let at_once = usize::try_from(at_once.get()).unwrap_or(usize::MAX);
        let github = github_app::Pace { at_once, ..github_app::Pace::default() };
        Self { github, ..Self::default() }
    }
}
