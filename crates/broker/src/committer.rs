//! Whom commits that are made with a token are attributed to: the App's own user.

use std::sync::Arc;
use std::time::Duration;

use github_app::{BotUser, GitHub, InstallationToken, within};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::log::field::chain;

/// How long an exchange waits for what is a courtesy.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long after it could not be found out it is not asked for again.
const PAUSE: Duration = Duration::from_secs(60);

/// Git's identity of the App.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committer {
    pub(crate) bot_user_id: u64,
    pub(crate) name: String,
    pub(crate) email: String,
}

/// Knows the App's committer.
///
/// The user of an App never changes, so that one call is enough for the life of the process. No exchange fails for it:
/// what cannot be found out is left out.
pub(crate) struct Committers {
    github: Arc<GitHub>,
    /// Held while asking, so that many who come at once ask once.
    last: Mutex<Option<Known>>,
}

struct Known {
    slug: String,
    since: Instant,
    committer: Option<Arc<Committer>>,
}

impl Committers {
    pub(crate) fn new(github: Arc<GitHub>) -> Self {
        Self { github, last: Mutex::default() }
    }

    /// The committer of the App with this slug, found out with any token of it, if need be.
    pub(crate) async fn of(&self, slug: &str, token: &InstallationToken) -> Option<Arc<Committer>> {
        // Older servers do not tell it.
        if slug.is_empty() {
            return None;
        }
        let mut last = self.last.lock().await;
        if let Some(known) = last.as_ref()
            && known.slug == slug
            && (known.committer.is_some() || known.since.elapsed() < PAUSE)
        {
            return known.committer.clone();
        }
        let since = Instant::now();
        let committer = self.ask(slug, token).await.map(Arc::new);
        *last = Some(Known { slug: slug.to_owned(), since, committer: committer.clone() });
        committer
    }

    async fn ask(&self, slug: &str, token: &InstallationToken) -> Option<Committer> {
        let asking = within(Instant::now() + PATIENCE, self.github.bot_user(slug, token));
        match timeout(PATIENCE, asking).await {
            Ok(Ok(Some(user))) => Some(self.committer(user)),
            Ok(Ok(None)) => {
                tracing::warn!(slug, "GitHub shows no user of the App: answers are without a committer");
                None
            }
            Ok(Err(error)) => {
                tracing::warn!(error = chain(&error), "answers are without a committer");
                None
            }
            Err(_) => {
                tracing::warn!("GitHub was too slow to tell the App's user: answers are without a committer");
                None
            }
        }
    }

    fn committer(&self, BotUser { id, login }: BotUser) -> Committer {
        let email = format!("{id}+{login}@{}", self.github.noreply_domain());
        Committer { bot_user_id: id, name: login, email }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use github_types::Secret;

    use super::*;
    use crate::fake_github;

    /// What asks a GitHub that answers with these statuses, the last one again and again; and how often it was asked.
    async fn committers(statuses: &'static [u16]) -> (Arc<Committers>, Arc<AtomicUsize>) {
        let user = r#"{"id": 7, "login": "octo-app[bot]", "type": "Bot"}"#;
        let (github, count) = fake_github::start_counting("/users/{login}", statuses, user).await;
        (Arc::new(Committers::new(github)), count)
    }

    fn token() -> InstallationToken {
        InstallationToken::new(Secret::new("ghs_value"), Instant::now())
    }

    #[tokio::test]
    async fn asks_once_for_all_tokens() {
        let (committers, count) = committers(&[200]).await;
        let many: Vec<_> = (0..20)
            .map(|_| {
                let committers = Arc::clone(&committers);
                tokio::spawn(async move { committers.of("octo-app", &token()).await })
            })
            .collect();
        let expected = Committer {
            bot_user_id: 7,
            name: "octo-app[bot]".into(),
            email: "7+octo-app[bot]@users.noreply.127.0.0.1".into(),
        };
        for one in many {
            assert_eq!(one.await.unwrap().as_deref(), Some(&expected));
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_cannot_be_had_is_absent_and_not_asked_for_again_at_once() {
        for statuses in [&[500_u16] as &[_], &[404], &[403]] {
            let (committers, count) = committers(statuses).await;
            assert_eq!(committers.of("octo-app", &token()).await, None);
            let asked = count.load(Ordering::Relaxed);
            assert_eq!(committers.of("octo-app", &token()).await, None);
            assert_eq!(count.load(Ordering::Relaxed), asked);
        }
        let (committers, count) = committers(&[200]).await;
        assert_eq!(committers.of("", &token()).await, None);
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }
}
