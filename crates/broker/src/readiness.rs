//! Whether requests can be served.
//!
//! Every answer that GitHub gives to the App itself shows that it can be reached and takes the App's key. A broker
//! that nobody asks for tokens asks GitHub now and then by itself, when it is asked whether it is ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use github_app::{ErrorKind, GitHub};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::log::field::chain;
use crate::log::help::help;

/// For how long an answer of GitHub shows that it can be reached.
const RECENT: Duration = Duration::from_secs(5 * 60);
/// The least time between two questions to GitHub that are asked for this alone.
const PAUSE: Duration = Duration::from_secs(5);
/// How long such a question may take; who asks for the readiness does not wait for long.
const PATIENCE: Duration = Duration::from_secs(3);
/// What every word of this kind begins with in the log.
const NOT_READY: &str = "not ready: GitHub does not answer to the App";
const REFUSED: &str =
    "see to GITHUB_APP_ID, to the key, which must be one of this App, to the clock, and to GITHUB_API_URL";

/// Knows whether requests can be served.
pub(crate) struct Readiness {
    github: Arc<GitHub>,
    is_stopping: AtomicBool,
    /// The last question to GitHub, and what came of it. Held while asking, so that many who come at once ask once.
    last: Mutex<Option<(Instant, Verdict)>>,
}

/// What GitHub says to the App.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It answers, and takes the key.
    Fine,
    /// It does not take the key or the App's id.
    Refused,
    /// The key does not sign.
    Unsigned,
    /// It could not be reached of late.
    Unreached,
}

/// What is told to whoever asks. No more than that: anybody may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) github: Verdict,
    pub(crate) is_stopping: bool,
}

impl Readiness {
    pub(crate) fn new(github: Arc<GitHub>) -> Self {
        Self { github, is_stopping: AtomicBool::new(false), last: Mutex::default() }
    }

    /// From now on no more requests are to be sent here.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    /// Looks.
    pub(crate) async fn report(&self) -> Report {
        let is_stopping = self.is_stopping.load(Ordering::Relaxed);
        // Who is stopping asks nobody any more.
        let github =
            if is_stopping { self.known().unwrap_or(Verdict::Unreached) } else { self.github().await };
        let report = Report { github, is_stopping };
        metrics::gauge!("access_token_ready").set(f64::from(u8::from(report.is_ready())));
        report
    }

    async fn github(&self) -> Verdict {
        if let Some(verdict) = self.known() {
            return verdict;
        }
        let mut last = self.last.lock().await;
        if let Some(verdict) = self.known() {
            return verdict;
        }
        if let Some((at, verdict)) = *last
            && at.elapsed() < PAUSE
        {
            return verdict;
        }
        let verdict = self.ask().await;
        *last = Some((Instant::now(), verdict));
        verdict
    }

    /// What the calls show that are made anyway.
    fn known(&self) -> Option<Verdict> {
        self.github.accepted_since().filter(|ago| *ago < RECENT).map(|_| Verdict::Fine)
    }

    async fn ask(&self) -> Verdict {
        match timeout(PATIENCE, self.github.app_metadata()).await {
            Err(_) => {
                tracing::warn!(
                    error = format!("no answer within {} seconds", PATIENCE.as_secs()),
                    "{NOT_READY}"
                );
                Verdict::Unreached
            }
            Ok(Ok(_)) => Verdict::Fine,
            Ok(Err(error)) => {
                let verdict = match error.kind() {
                    ErrorKind::Signing(_) | ErrorKind::Credential => Verdict::Unsigned,
                    ErrorKind::Unexpected { status: 401 | 403 | 404, .. } => Verdict::Refused,
                    _ => Verdict::Unreached,
                };
                let help = if verdict == Verdict::Refused { Some(REFUSED) } else { help(&error) };
                tracing::warn!(error = chain(&error), help, "{NOT_READY}");
                verdict
            }
        }
    }
}

impl Report {
    pub(crate) fn is_ready(self) -> bool {
        self.github == Verdict::Fine && !self.is_stopping
    }

    /// `ready`, or each check in a line.
    pub(crate) fn text(self) -> String {
        if self.is_ready() {
            return "ready\n".to_owned();
        }
        let key = match self.github {
            Verdict::Fine => "ok",
            Verdict::Refused => "GitHub takes neither the App's key nor its id",
            Verdict::Unsigned => "cannot sign",
            Verdict::Unreached => "not known",
        };
        let github = match self.github {
            Verdict::Fine | Verdict::Refused => "ok",
            Verdict::Unsigned => "not asked",
            Verdict::Unreached => "not reached in the last 5 minutes",
        };
        let stopping = if self.is_stopping { "stopping" } else { "ok" };
        format!("not ready\nkey: {key}\ngithub: {github}\nservice: {stopping}\n")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::fake_github;

    /// A GitHub that answers `GET /app` with these statuses, the last one again and again; and how often it was asked.
    async fn github(statuses: &'static [u16]) -> (Arc<GitHub>, Arc<AtomicUsize>) {
        let app = r#"{"id": 1, "slug": "octo-app", "name": "Octo App"}"#;
        fake_github::start_counting("/app", statuses, app).await
    }

    #[tokio::test]
    async fn asks_github_once_for_all_who_come_at_once() {
        let (github, count) = github(&[200]).await;
        let readiness = Arc::new(Readiness::new(github));
        let many: Vec<_> = (0..20)
            .map(|_| {
                let readiness = Arc::clone(&readiness);
                tokio::spawn(async move { readiness.report().await.text() })
            })
            .collect();
        for one in many {
            assert_eq!(one.await.unwrap(), "ready\n");
        }
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_key_that_github_does_not_take_is_told_and_not_asked_about_again_at_once() {
        for statuses in [&[401_u16] as &[_], &[404]] {
            let (github, count) = github(statuses).await;
            let readiness = Readiness::new(github);
            let text = readiness.report().await.text();
            let asked = count.load(Ordering::Relaxed);
            let expected =
                "not ready\nkey: GitHub takes neither the App's key nor its id\ngithub: ok\nservice: ok\n";
            assert_eq!(text, expected);
            assert_eq!(readiness.report().await.text(), expected);
            assert_eq!(count.load(Ordering::Relaxed), asked);
        }
    }

    #[tokio::test]
    async fn a_github_that_is_down_is_told() {
        let (github, _) = github(&[500]).await;
        let text = Readiness::new(github).report().await.text();
        assert_eq!(
            text,
            "not ready\nkey: not known\ngithub: not reached in the last 5 minutes\nservice: ok\n"
        );
    }

    #[tokio::test]
    async fn who_is_stopping_is_not_ready_and_asks_nobody() {
        let (github, count) = github(&[200]).await;
        let readiness = Readiness::new(github);
        assert!(readiness.report().await.is_ready());
        readiness.stop();
        let text = readiness.report().await.text();
        assert_eq!(text, "not ready\nkey: ok\ngithub: ok\nservice: stopping\n");
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
