//! The end of a token: `DELETE /installation/token`.

use std::borrow::Cow;

use reqwest::{Method, StatusCode};

use crate::call::{Call, JSON, MAX_JSON_BYTES, Repeat};
use crate::{Error, GitHub, InstallationToken};

const ROUTE: &str = "DELETE /installation/token";

impl GitHub {
    /// Revokes a token; one that GitHub does not know (401, 404) is gone already.
    ///
    /// Of a fresh token that is believed only once it is no longer fresh: a server that does not know the token
    /// yet would say the same, and the token would live on.
    ///
    /// # Errors
    /// When GitHub gives no answer that counts: the token may still be alive.
    pub async fn revoke(&self, token: &InstallationToken) -> Result<(), Error> {
        let call = Call {
            route: ROUTE,
            method: Method::DELETE,
            url: self.api().join(["installation", "token"]),
            client: token.client(),
            credential: Cow::Borrowed(token.secret()),
            accept: JSON,
            unless: None,
            body: None,
            limit: MAX_JSON_BYTES,
            repeat: Repeat::Freely,
        };
        let answer = self.call_with_token(&call, token, &self.pace().revocation).await?;
        match answer.status {
            StatusCode::NO_CONTENT | StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => Ok(()),
            _ => Err(call.unexpected(&answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use github_types::Secret;
    use tokio::time::Instant;

    use super::*;
    use crate::fake_github::{FakeGitHub, Reply};

    /// The outcome of revoking, and the number of requests that it took.
    async fn revoke(seconds_ago: u64, statuses: &[u16]) -> (Result<(), String>, usize) {
        let github = FakeGitHub::start(statuses.iter().map(|status| Reply::status(*status, &[]))).await;
        let minted_at = Instant::now().checked_sub(Duration::from_secs(seconds_ago)).unwrap();
        let token = InstallationToken::new(Secret::new("ghs_value"), minted_at);
        let outcome = github.client().revoke(&token).await;
        let requests = github.requests();
        for request in &requests {
            assert_eq!(request.line, "DELETE /installation/token HTTP/1.1");
            assert_eq!(request.header("authorization"), Some("Bearer ghs_value"));
        }
        (outcome.map_err(|error| error.into_kind().to_string()), requests.len())
    }

    #[tokio::test]
    async fn a_token_that_is_gone_is_revoked() {
        for status in [204, 401, 404] {
            assert_eq!(revoke(60, &[status]).await, (Ok(()), 1));
        }
    }

    #[tokio::test]
    async fn a_fresh_token_is_not_believed_to_be_gone() {
        assert_eq!(revoke(0, &[401, 404, 204]).await, (Ok(()), 3));
        assert_eq!(revoke(0, &[401; 9]).await, (Ok(()), 5));
    }

    #[tokio::test]
    async fn tries_again_when_github_is_unavailable() {
        assert_eq!(revoke(60, &[502, 503, 204]).await, (Ok(()), 3));
        let (outcome, requests) = revoke(60, &[503; 9]).await;
        assert_eq!((outcome.unwrap_err().as_str(), requests), ("GitHub is unavailable (status 503)", 3));
    }

    #[tokio::test]
    async fn other_statuses_leave_the_token_alive() {
        for status in [200, 302, 400, 403] {
            assert_eq!(revoke(60, &[status]).await, (Err(format!("GitHub answered {status}")), 1));
        }
    }
}
