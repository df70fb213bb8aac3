//! The user that an App acts as: `GET /users/{username}`.

use std::borrow::Cow;

use reqwest::{Method, StatusCode};
use serde::Deserialize;

use crate::call::{Call, JSON, MAX_JSON_BYTES, Repeat};
use crate::{Error, GitHub, InstallationToken};

const ROUTE: &str = "GET /users/{username}";

/// The user of an App, whose login is the App's slug with `[bot]` behind it.
///
/// Source: the README of GitHub's `create-github-app-token`, "Configure git CLI for an app's bot user".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotUser {
    /// The user's id, which is not the App's.
    pub id: u64,
    /// `SLUG[bot]`.
    pub login: String,
}

#[derive(Deserialize)]
struct Body {
    id: u64,
    login: String,
    #[serde(rename = "type")]
    kind: String,
}

impl GitHub {
    /// Finds the user of the App with this slug; none if GitHub shows none.
    ///
    /// GitHub answers to any token of an installation, whatever that may do, but not to the App's JWT; without
    /// credentials it counts by address, 60 in an hour, and a server in private mode does not answer at all.
    ///
    /// Source: GitHub's page "REST API endpoints for users", "Get a user", and "Rate limits for the REST API".
    ///
    /// # Errors
    /// When GitHub gives no answer that counts. Only a 404 is "none".
    pub async fn bot_user(&self, slug: &str, token: &InstallationToken) -> Result<Option<BotUser>, Error> {
        let login = format!("{slug}[bot]");
        let call = Call {
            route: ROUTE,
            method: Method::GET,
            url: self.api().join(["users", &login]),
            client: token.client(),
            credential: Cow::Borrowed(token.secret()),
            accept: JSON,
            unless: None,
            body: None,
            limit: MAX_JSON_BYTES,
            repeat: Repeat::Freely,
        };
        let answer = self.call_with_token(&call, token, &self.pace().replication).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(call.unexpected(&answer)),
        }
        // SECURITY: commits are attributed by this id, so it must be that of an App's user and of no person.
        let body: Option<Body> = answer.json();
        body.filter(|body| body.kind == "Bot" && body.login.eq_ignore_ascii_case(&login))
            .map(|body| Some(BotUser { id: body.id, login: body.login }))
            .ok_or_else(|| call.malformed(&answer, "the App's user"))
    }

    /// The domain of the addresses that GitHub gives to users who keep their own private: `users.noreply.github.com`,
    /// and with another host for another GitHub.
    ///
    /// Source: GitHub's page "Email addresses reference", "Your `noreply` email address". An administrator of GitHub
    /// Enterprise Server may have set another domain; the API does not tell.
    pub fn noreply_domain(&self) -> String {
        format!("users.noreply.{}", self.api().web_host())
    }
}

#[cfg(test)]
mod tests {
    use github_types::Secret;
    use serde_json::{Value, json};
    use tokio::time::Instant;

    use super::*;
    use crate::fake_github::{FakeGitHub, Reply};

    async fn find(replies: impl IntoIterator<Item = Reply>) -> (Result<Option<BotUser>, Error>, Vec<String>) {
        let github = FakeGitHub::start(replies).await;
        let token = InstallationToken::new(Secret::new("ghs_value"), Instant::now());
        let found = github.client().bot_user("octo-app", &token).await;
        (found, github.requests().into_iter().map(|request| request.line).collect())
    }

    fn user(change: &Value) -> Reply {
        let mut user = json!({"id": 41_898_282, "login": "octo-app[bot]", "type": "Bot"});
        for (name, value) in change.as_object().unwrap() {
            user[name] = value.clone();
        }
        Reply::json(200, &user)
    }

    #[tokio::test]
    async fn finds_the_user_of_an_app() {
        let (found, lines) = find([user(&json!({}))]).await;
        assert_eq!(found.unwrap(), Some(BotUser { id: 41_898_282, login: "octo-app[bot]".into() }));
        assert_eq!(lines, ["GET /users/octo-app[bot] HTTP/1.1"]);
    }

    #[tokio::test]
    async fn takes_nobody_else() {
        for change in [json!({"type": "User"}), json!({"login": "octocat"}), json!({"id": -1})] {
            let error = find([user(&change)]).await.0.unwrap_err();
            assert_eq!(error.kind().to_string(), "GitHub's answer is not the App's user");
        }
        let missing = Reply::json(404, &json!({"message": "Not Found"}));
        assert_eq!(find(vec![missing; 3]).await.0.unwrap(), None);
    }
}
