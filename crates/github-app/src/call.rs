//! One call: what is sent, and when it is sent again.

mod attempt;
#[cfg(test)]
mod restrained;

use std::borrow::Cow;

use reqwest::{Method, StatusCode};
use tokio::time::sleep;
use url::Url;

use github_types::Secret;

use crate::answer::Answer;
use crate::client::GitHub;
use crate::deadline::outlasts;
use crate::quota::Client;
use crate::{EntityTag, Error, ErrorKind, InstallationToken};

/// The most that is read of a JSON answer.
pub(crate) const MAX_JSON_BYTES: usize = 1024 * 1024;

/// The media type of GitHub's JSON.
pub(crate) const JSON: &str = "application/vnd.github+json";

/// A request to GitHub.
pub(crate) struct Call<'a> {
    /// Method and template of the path, for logs and metrics.
    pub(crate) route: &'static str,
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// Whom GitHub counts the call for, as far as that is known.
    pub(crate) client: Option<Client>,
    pub(crate) credential: Cow<'a, Secret>,
    pub(crate) accept: &'static str,
    /// The version that is here already: if it still is the latest, the answer is a 304, which costs no quota.
    pub(crate) unless: Option<&'a EntityTag>,
    pub(crate) body: Option<Vec<u8>>,
    /// The most that is read of the answer.
    pub(crate) limit: usize,
    pub(crate) repeat: Repeat,
}

/// When a call may be sent again after a failure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// After any passing failure, because doing it twice is the same as doing it once.
    Freely,
    /// Only when the first one certainly did not arrive, because doing it twice makes two of something.
    IfUnsent,
}

impl Call<'_> {
    pub(crate) fn error(&self, kind: impl Into<ErrorKind>) -> Error {
        Error::new(self.route, kind)
    }

    /// The error for an answer with a status that the call has no use for.
    pub(crate) fn unexpected(&self, answer: &Answer) -> Error {
        let message = answer.message(self.credential.expose());
        let kind = ErrorKind::Unexpected { status: answer.status.as_u16(), message };
        self.error(kind).with_request_id(answer.request_id())
    }

    /// The error for an answer that should have been what `expected` says.
    pub(crate) fn malformed(&self, answer: &Answer, expected: &'static str) -> Error {
        self.error(ErrorKind::Malformed { expected }).with_request_id(answer.request_id())
    }

    fn may_repeat(&self, error: &Error) -> bool {
        error.kind().is_unsent() || (self.repeat == Repeat::Freely && error.kind().is_passing())
    }
}

impl GitHub {
    /// Sends a call, again where that is safe and of use, and gives the first answer that is neither a rate limit nor
    /// a 5xx.
    ///
    /// The body of such an answer may still be cut short if the call must not be repeated.
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Answer, Error> {
        self.restraint().budget.call();
        let mut waits = self.pace().unavailable.iter();
        loop {
            let error = match self.attempt(call).await {
                Err(error) if call.may_repeat(&error) => error,
                outcome => return outcome,
            };
            let Some(longest) = waits.next() else { return Err(error) };
            let wait = self.pace().part_of(*longest);
            let result = match outlasts(wait) {
                false => "no_time",
                true if self.restraint().budget.take() => "sent",
                true => "no_budget",
            };
            metrics::counter!("access_token_github_retries_total", "result" => result).increment(1);
            if result != "sent" {
                return Err(error);
            }
            sleep(wait).await;
        }
    }

    /// Like [`call`](Self::call), for a call that the App itself makes.
    ///
    /// A JWT that GitHub refuses may be of a key that is gone by now. If there is another key, or the JWT is not a
    /// new one, the call is made once more with one; a refused call has done nothing, whatever it was for.
    pub(crate) async fn call_as_app(&self, call: &mut Call<'_>) -> Result<Answer, Error> {
        let answer = self.call(call).await?;
        self.standing().answered(call, &answer);
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        match self.app().after_refusal(&call.credential, self.unix_now()).await {
            Ok(Some(jwt)) => call.credential = Cow::Owned(jwt),
            Ok(None) => return Ok(answer),
            Err(error) => return Err(call.error(error)),
        }
        let answer = self.call(call).await?;
        self.standing().answered(call, &answer);
        Ok(answer)
    }

    /// Like [`call`](Self::call), for a call that an installation's token makes.
    ///
    /// GitHub's servers learn of a new token one after the other, and one that has not yet denies that the token,
    /// or what it may see, exists. While the token is fresh such a denial is tested again, as often as `waits`
    /// says; the last one counts.
    pub(crate) async fn call_with_token(
        &self,
        call: &Call<'_>,
        token: &InstallationToken,
        waits: &[std::time::Duration],
    ) -> Result<Answer, Error> {
        let mut waits = waits.iter();
        loop {
            let answer = self.call(call).await?;
            let denied = matches!(
                answer.status,
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
            );
            match waits.next() {
                Some(wait) if denied && token.is_fresh() && outlasts(*wait) => sleep(*wait).await,
                _ => return Ok(answer),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::Client;
    use serde_json::json;
    use tokio::time::Instant;

    use super::*;
    use crate::Pace;
    use crate::app_jwt::tests::rotating;
    use crate::fake_github::{FakeGitHub, Reply};

    /// What becomes of a read, and the number of requests that it took.
    async fn read(replies: impl IntoIterator<Item = Reply>) -> (Result<(), ErrorKind>, usize) {
        let github = FakeGitHub::start(replies).await;
        let pace = Pace { try_limit: Duration::from_millis(300), ..github.client().pace().clone() };
        let client = github.client().with_pace(pace);
        let outcome = client.find_installation(&"octo-org".parse().unwrap()).await;
        (outcome.map(drop).map_err(Error::into_kind), github.requests().len())
    }

    fn none() -> Reply {
        Reply::json(404, &json!({"message": "Not Found"}))
    }

    #[tokio::test]
    async fn tries_again_after_a_passing_failure() {
        for failure in [
            Reply::reset(),
            Reply::status(502, &[]),
            Reply::status(503, &[]),
            Reply::status(504, &[]),
            Reply::json(200, &json!({})).cut_short(1),
        ] {
            let (outcome, requests) = read([failure.clone(), failure.clone(), none()]).await;
            assert!(outcome.is_ok(), "{outcome:?}");
            assert_eq!(requests, 3);
            let (outcome, requests) = read(vec![failure; 4]).await;
            assert!(matches!(outcome, Err(ErrorKind::Unavailable { .. })), "{outcome:?}");
            assert_eq!(requests, 3);
        }
    }

    #[tokio::test]
    async fn does_not_try_again_when_it_would_only_do_harm() {
        for failure in [
            Reply::status(500, &[]),
            Reply::status(501, &[]),
            Reply::status(503, &[("retry-after", "30")]),
            Reply::status(429, &[]),
            Reply::status(403, &[("x-ratelimit-remaining", "0")]),
            Reply::hang(),
            Reply::json(200, &json!({})).stalled(1),
        ] {
            let (outcome, requests) = read([failure, none()]).await;
            assert!(outcome.is_err());
            assert_eq!(requests, 1);
        }
    }

    #[tokio::test]
    async fn tells_failures_apart() {
        let kind = async |reply| read([reply]).await.0.unwrap_err();
        assert!(matches!(kind(Reply::hang()).await, ErrorKind::TimedOut));
        assert!(matches!(kind(Reply::json(200, &json!({})).stalled(1)).await, ErrorKind::TimedOut));
        assert!(matches!(
            kind(Reply::status(503, &[("retry-after", "30")])).await,
            ErrorKind::Unavailable { status: Some(503), retry_after: Some(wait), .. } if wait.as_secs() == 30
        ));
        let secondary = json!({"message": "You have exceeded a secondary rate limit."});
        for (status, body) in [(429, json!({})), (403, secondary)] {
            let error = kind(Reply::json(status, &body)).await;
            assert_eq!(error.to_string(), "GitHub limits the App's rate: try again in 60 seconds");
        }
    }

    #[tokio::test]
    async fn nobody_listening_is_a_call_that_did_not_arrive() {
        let github = FakeGitHub::start([]).await;
        let client = github.client();
        let error = client.find_installation(&"octo-org".parse().unwrap()).await.unwrap_err();
        assert!(error.kind().is_unsent());
        assert!(matches!(error.kind(), ErrorKind::Unavailable { status: None, .. }));
    }

    #[tokio::test]
    async fn follows_no_redirect() {
        let elsewhere = FakeGitHub::start([none()]).await;
        let location = format!("http://{}/", elsewhere.address);
        let (outcome, _) = read([Reply::status(302, &[("location", &location)])]).await;
        assert!(matches!(outcome, Err(ErrorKind::Unexpected { status: 302, .. })));
        assert!(elsewhere.requests().is_empty());
    }

    #[tokio::test]
    async fn no_error_repeats_the_credential() {
        let secret = Secret::new("ghs_value");
        let token = InstallationToken::new(secret, Instant::now());
        let repository = "octo-org/website".parse().unwrap();
        let echo = json!({"message": "bad token ghs_value"});
        for reply in [
            Reply::json(400, &echo),
            Reply::json(403, &echo),
            Reply::reset(),
            Reply::text(200, "a/b", "ghs_value"),
        ] {
            let github = FakeGitHub::start(vec![reply; 3]).await;
            let error = github.client().read_policy(&repository, "a", &token, None).await.unwrap_err();
            let chain = format!("{error} {} {error:?}", error.kind());
            assert!(!chain.contains("ghs_"), "{chain}");
        }
    }

    #[tokio::test]
    async fn a_refused_jwt_is_replaced_by_one_of_another_key() {
        for (replies, found) in [(vec![401, 404], true), (vec![401, 401, 404], false)] {
            let github =
                FakeGitHub::start(replies.into_iter().map(|status| Reply::status(status, &[]))).await;
            let client = github.client_of(rotating().0, Client::builder(), "127.0.0.1");
            let outcome = client.find_installation(&"octo-org".parse().unwrap()).await;
            assert_eq!(outcome.is_ok(), found);
            let requests = github.requests();
            assert_eq!(requests.len(), 2);
            assert_ne!(requests[0].header("authorization"), requests[1].header("authorization"));
        }
    }

    #[tokio::test]
    async fn a_credential_that_is_no_header_is_not_sent() {
        let github = FakeGitHub::start([none()]).await;
        let token = InstallationToken::new(Secret::new("ghs_\r\nx: y"), Instant::now());
        let error = github.client_over(Client::builder(), "127.0.0.1").revoke(&token).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Credential));
        assert!(github.requests().is_empty());
    }
}
