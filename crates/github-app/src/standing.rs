//! How the App stands with GitHub: when it was last answered, and not with a refusal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::Instant;

use crate::GitHub;
use crate::answer::Answer;
use crate::call::Call;

/// Whether GitHub takes the App for what it says it is.
#[derive(Debug)]
pub(crate) struct Standing {
    origin: Instant,
    /// The milliseconds from the origin to the last answer, plus one; 0 when there is none, or it was a refusal.
    accepted: AtomicU64,
}

impl Default for Standing {
    fn default() -> Self {
        Self { origin: Instant::now(), accepted: AtomicU64::new(0) }
    }
}

impl Standing {
    /// GitHub has answered to the App's JWT.
    pub(crate) fn answered(&self, call: &Call<'_>, answer: &Answer) {
        let accepted = if is_refusal(call, answer) {
            0
        } else {
            u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
        };
        self.accepted.store(accepted, Ordering::Relaxed);
    }
}

/// GitHub knows neither this key nor this App.
fn is_refusal(call: &Call<'_>, answer: &Answer) -> bool {
    match answer.status {
        StatusCode::UNAUTHORIZED => true,
        StatusCode::NOT_FOUND => {
            let message = answer.message(call.credential.expose());
            call.route == "GET /app" || message.as_deref() == Some("Integration not found")
        }
        _ => false,
    }
}

impl GitHub {
    /// How long ago GitHub last gave the App an answer; none if it never did, or refuses the App's key since.
    pub fn accepted_since(&self) -> Option<Duration> {
        let accepted = self.standing().accepted.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.standing().origin.elapsed().saturating_sub(Duration::from_millis(accepted)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::fake_github::{FakeGitHub, Reply};

    #[tokio::test]
    async fn remembers_the_last_answer_unless_it_is_a_refusal() {
        let app = json!({"id": 7, "slug": "octo-app", "name": "Octo App"});
        let replies = [
            Reply::status(500, &[]),
            Reply::json(200, &app),
            Reply::status(401, &[]),
            Reply::status(401, &[]),
        ];
        let github = FakeGitHub::start(replies).await;
        let client = github.client();
        assert_eq!(client.accepted_since(), None);
        assert!(client.app_metadata().await.is_err());
        assert_eq!(client.accepted_since(), None);
        assert!(client.app_metadata().await.is_ok());
        assert!(client.accepted_since().is_some());
        assert!(client.app_metadata().await.is_err());
        assert_eq!(client.accepted_since(), None);
    }
}
