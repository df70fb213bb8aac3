//! The end of tokens that nobody has or needs any more.

use std::sync::Arc;
use std::time::Duration;

use github_app::{GitHub, InstallationToken};
use tokio_util::task::TaskTracker;

use crate::log::field::chain;

/// How long the revocation of one token is tried. One that is fresh may not be known everywhere yet.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// How many tokens are revoked at a time when there are many.
const AT_ONCE: usize = 32;

/// Revokes tokens without keeping anybody waiting, in tasks that are waited for before the process ends.
#[derive(Clone)]
pub(crate) struct Revoker {
    github: Arc<GitHub>,
    tasks: TaskTracker,
}

impl Revoker {
    pub(crate) fn new(github: Arc<GitHub>, tasks: TaskTracker) -> Self {
        Self { github, tasks }
    }

    /// Revokes a token that was minted for somebody who did not get it.
    pub(crate) fn undelivered(&self, token: InstallationToken, hash: String) {
        // A body can be dropped together with the runtime; there is nobody left who could do anything then.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let github = Arc::clone(&self.github);
        let revocation = async move {
            match github.revoke(&token).await {
                Ok(()) => tracing::info!(token_hash = hash, "an undelivered token was revoked"),
                Err(error) => {
                    let error = chain(&error);
                    tracing::error!(token_hash = hash, error, "an undelivered token could not be revoked");
                }
            }
        };
        self.tasks.spawn_on(revocation, &runtime);
    }

    /// Revokes a token that has read policies.
    pub(crate) fn reading(&self, token: Arc<InstallationToken>) {
        let github = Arc::clone(&self.github);
        self.tasks.spawn(async move {
            if let Ok(Err(error)) = tokio::time::timeout(TIME_LIMIT, github.revoke(&token)).await {
                tracing::warn!(error = chain(&error), "a reading token was not revoked");
            }
        });
    }

    /// Waits for what is under way, then revokes these tokens.
    ///
    /// Nothing else may use the tokens by then: this is for the end of the service.
    pub(crate) async fn finish(&self, tokens: Vec<Arc<InstallationToken>>) {
        self.tasks.close();
        for some in tokens.chunks(AT_ONCE) {
            for token in some {
                self.reading(Arc::clone(token));
            }
            self.tasks.wait().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::delete;
    use github_types::Secret;
    use tokio::sync::{Notify, mpsc};
    use tokio::time::Instant;

    use super::*;
    use crate::fake_github;

    fn token(text: &str) -> InstallationToken {
        InstallationToken::new(Secret::new(text), Instant::now())
    }

    #[tokio::test]
    async fn a_revocation_under_way_is_waited_for() {
        let (arrived, mut arrivals) = mpsc::unbounded_channel();
        let go = Arc::new(Notify::new());
        let handler = {
            let go = Arc::clone(&go);
            async move || {
                arrived.send(()).unwrap();
                go.notified().await;
                StatusCode::NO_CONTENT
            }
        };
        let github = fake_github::start(Router::new().route("/installation/token", delete(handler))).await;
        let tasks = TaskTracker::new();
        let revoker = Revoker::new(github, tasks.clone());
        revoker.undelivered(token("ghs_one"), String::new());
        arrivals.recv().await.unwrap();
        tasks.close();
        let waiting = tokio::spawn({
            let tasks = tasks.clone();
            async move { tasks.wait().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        go.notify_one();
        waiting.await.unwrap();
        assert!(tasks.is_empty());
    }

    #[tokio::test]
    async fn every_kept_token_is_revoked_in_the_end() {
        let (arrived, mut arrivals) = mpsc::unbounded_channel();
        let handler = async move || {
            arrived.send(()).unwrap();
            StatusCode::NO_CONTENT
        };
        let github = fake_github::start(Router::new().route("/installation/token", delete(handler))).await;
        let count = 2 * AT_ONCE + 1;
        let tokens = (0..count).map(|number| Arc::new(token(&format!("ghs_{number}")))).collect();
        Revoker::new(github, TaskTracker::new()).finish(tokens).await;
        let mut revoked = 0;
        while arrivals.try_recv().is_ok() {
            revoked += 1;
        }
        assert_eq!(revoked, count);
    }
}
