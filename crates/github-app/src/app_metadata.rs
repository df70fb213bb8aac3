//! The App itself: `GET /app`.

use std::borrow::Cow;

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use crate::call::{Call, JSON, MAX_JSON_BYTES, Repeat};
use crate::quota::Client;
use crate::{Error, GitHub};

const ROUTE: &str = "GET /app";

/// What GitHub says of the App.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AppMetadata {
    /// The App's number.
    pub id: u64,
    /// The App's name in URLs; older servers leave it out.
    #[serde(default)]
    pub slug: String,
    /// The App's name for people.
    pub name: String,
}

impl GitHub {
    /// Asks for the App itself: one call that shows that GitHub can be reached and takes the App's key.
    ///
    /// # Errors
    /// When GitHub gives no answer that counts. That includes a key or an id that it does not know (401, 404).
    pub async fn app_metadata(&self) -> Result<AppMetadata, Error> {
        let jwt = self.app().at(self.unix_now()).await.map_err(|error| Error::new(ROUTE, error))?;
        let mut call = Call {
            route: ROUTE,
            method: Method::GET,
            url: self.api().join(["app"]),
            client: Some(Client::App),
            credential: Cow::Borrowed(&jwt),
            accept: JSON,
            unless: None,
            body: None,
            limit: MAX_JSON_BYTES,
            repeat: Repeat::Freely,
        };
        let answer = self.call_as_app(&mut call).await?;
        match answer.status {
            StatusCode::OK => answer.json().ok_or_else(|| call.malformed(&answer, "an App")),
            _ => Err(call.unexpected(&answer)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;
    use crate::fake_github::{FakeGitHub, Reply};

    #[tokio::test]
    async fn reads_who_the_app_is() {
        let body = json!({"id": 7, "slug": "octo-app", "name": "Octo App", "permissions": {}});
        let github = FakeGitHub::start([Reply::json(200, &body)]).await;
        let app = github.client().app_metadata().await.unwrap();
        assert_eq!(app, AppMetadata { id: 7, slug: "octo-app".into(), name: "Octo App".into() });
        let request = github.requests().pop().unwrap();
        assert_eq!(request.line, "GET /app HTTP/1.1");
        assert!(request.header("authorization").unwrap().starts_with("Bearer ey"));
    }

    #[tokio::test]
    async fn an_app_that_github_does_not_know_is_a_failure() {
        for status in [401, 404] {
            let github = FakeGitHub::start([Reply::json(status, &json!({"message": "no"}))]).await;
            let error = github.client().app_metadata().await.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Unexpected { status: found, .. } if *found == status));
        }
        let github = FakeGitHub::start([Reply::text(200, "text/html", "<html>")]).await;
        let error = github.client().app_metadata().await.unwrap_err();
        assert_eq!(error.kind().to_string(), "GitHub's answer is not an App");
    }
}
