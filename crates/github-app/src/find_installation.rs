//! Where the App is installed: `GET /users/{username}/installation`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use github_types::{Level, OwnerName, Permission};
use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::Answer;
use crate::call::{Call, JSON, MAX_JSON_BYTES, Repeat};
use crate::quota::Client;
use crate::{EntityTag, Error, GitHub};

const ROUTE: &str = "GET /users/{username}/installation";

/// The id of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(transparent)]
pub struct InstallationId(u64);

/// The App at an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The installation's id, by which tokens are minted.
    pub id: InstallationId,
    /// The id of the account.
    pub owner_id: u64,
    /// The name of the account, as GitHub spells it.
    pub owner: OwnerName,
    /// The App's name in URLs.
    pub app_slug: String,
    /// Whether the installation is suspended: it exists, and no token can be minted.
    pub suspended: bool,
    /// What the account's owner has allowed. Permissions unknown to this build are left out.
    pub permissions: BTreeMap<Permission, Level>,
    /// The files that the permission `single-file` reaches.
    pub single_file_paths: BTreeSet<String>,
    /// Which of the account's repositories the App was given.
    pub repositories: Reach,
}

/// What GitHub says about the App at an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstallationAnswer {
    /// It is installed there.
    Found {
        /// The installation.
        installation: Installation,
        /// GitHub's name for this state of it.
        etag: Option<EntityTag>,
    },
    /// It is not installed there, or there is no such account, or its name has become another's.
    Missing,
    /// The state that is known already.
    Unchanged,
}

/// GitHub's `repository_selection`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Every repository of the account.
    All,
    /// Some of them.
    Selected,
}

/// The fields that count of GitHub's schema `installation`.
#[derive(Deserialize)]
struct Body {
    id: InstallationId,
    account: Account,
    #[serde(default)]
    app_slug: String,
    suspended_at: Option<Value>,
    permissions: BTreeMap<String, Value>,
    single_file_name: Option<String>,
    single_file_paths: Option<Vec<String>>,
    repository_selection: Reach,
}

#[derive(Deserialize)]
struct Account {
    id: u64,
    login: OwnerName,
}

impl GitHub {
    /// Finds the App's installation at an account; none if the App is not installed there, or there is no such
    /// account.
    ///
    /// The route serves organizations as well as users: GitHub's own `create-github-app-token` action relies on
    /// it, and the documentation's example of it shows an organization.
    ///
    /// # Errors
    /// When GitHub gives no answer that counts. Only a 404 is "none", and an installation of another account.
    pub async fn find_installation(&self, owner: &OwnerName) -> Result<Option<Installation>, Error> {
        match self.find_installation_unless(owner, None).await? {
            InstallationAnswer::Found { installation, .. } => Ok(Some(installation)),
            InstallationAnswer::Missing | InstallationAnswer::Unchanged => Ok(None),
        }
    }

    /// The same, unless the installation still is in the state that is `known`; that answer costs no quota.
    ///
    /// # Errors
    /// When GitHub gives no answer that counts. Only a 404 is [`InstallationAnswer::Missing`], and an installation of
    /// another account.
    pub async fn find_installation_unless(
        &self,
        owner: &OwnerName,
        known: Option<&EntityTag>,
    ) -> Result<InstallationAnswer, Error> {
        let jwt = self.app().at(self.unix_now()).await.map_err(|error| Error::new(ROUTE, error))?;
        let mut call = Call {
            route: ROUTE,
            method: Method::GET,
            url: self.api().join(["users", owner.as_str(), "installation"]),
            client: Some(Client::App),
            credential: Cow::Borrowed(&jwt),
            accept: JSON,
            unless: known,
            body: None,
            limit: MAX_JSON_BYTES,
            repeat: Repeat::Freely,
        };
        let answer = self.call_as_app(&mut call).await?;
        match answer.status {
            StatusCode::OK => found(&call, &answer, owner),
            StatusCode::NOT_MODIFIED if known.is_some() => Ok(InstallationAnswer::Unchanged),
            // GitHub says so when it knows no App of the id in the JWT: that is our configuration, not the account's.
            StatusCode::NOT_FOUND
                if answer.message(call.credential.expose()).as_deref() == Some("Integration not found") =>
            {
                Err(call.unexpected(&answer))
            }
            StatusCode::NOT_FOUND => Ok(InstallationAnswer::Missing),
            _ => Err(call.unexpected(&answer)),
        }
    }
}

fn found(call: &Call<'_>, answer: &Answer, owner: &OwnerName) -> Result<InstallationAnswer, Error> {
    let body: Option<Body> = answer.json();
    let installation =
        body.map(Installation::from).ok_or_else(|| call.malformed(answer, "an installation"))?;
    // SECURITY: what follows is decided and minted for the account that was asked about, and no other.
    // To this one there is none, like to an account that does not exist; a failure would tell the two apart.
    if installation.owner == *owner {
        Ok(InstallationAnswer::Found { installation, etag: EntityTag::of(&answer.headers) })
    } else {
        Ok(InstallationAnswer::Missing)
    }
}

impl From<Body> for Installation {
    fn from(body: Body) -> Self {
        Self {
            id: body.id,
            owner_id: body.account.id,
            owner: body.account.login,
            app_slug: body.app_slug,
            suspended: body.suspended_at.is_some(),
            permissions: body.permissions.iter().filter_map(|(name, level)| entry(name, level)).collect(),
            single_file_paths: body
                .single_file_paths
                .into_iter()
                .flatten()
                .chain(body.single_file_name)
                .filter(|path| !path.is_empty())
                .collect(),
            repositories: body.repository_selection,
        }
    }
}

/// A permission in GitHub's spelling; none if this build does not know it.
pub(crate) fn entry(name: &str, level: &Value) -> Option<(Permission, Level)> {
    Some((name.parse().ok()?, level.as_str()?.parse().ok()?))
}

impl fmt::Display for InstallationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ErrorKind;
    use crate::fake_github::{FakeGitHub, Reply};

    fn body() -> Value {
        json!({
            "id": 7,
            "account": {"id": 9919, "login": "Octo-Org", "type": "Organization"},
            "app_slug": "access-token",
            "suspended_at": null,
            "permissions": {"contents": "write", "single_file": "read", "new_thing": "write", "issues": "sudo"},
            "single_file_name": "access-token.yaml",
            "single_file_paths": [".github/access-token.yaml", "access-token.yaml"],
            "repository_selection": "selected",
        })
    }

    async fn find(reply: Reply) -> Result<Option<Installation>, ErrorKind> {
        let github = FakeGitHub::start([reply]).await;
        github.client().find_installation(&"octo-org".parse().unwrap()).await.map_err(Error::into_kind)
    }

    async fn find_in(change: impl FnOnce(&mut Value)) -> Result<Option<Installation>, ErrorKind> {
        let mut body = body();
        change(&mut body);
        find(Reply::json(200, &body)).await
    }

    #[tokio::test]
    async fn reads_what_an_installation_may() {
        let github = FakeGitHub::start([Reply::json(200, &body())]).await;
        let found = github.client().find_installation(&"octo-org".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((found.id.to_string().as_str(), found.owner_id, found.suspended), ("7", 9919, false));
        assert_eq!((found.owner.as_str(), found.app_slug.as_str()), ("Octo-Org", "access-token"));
        assert_eq!(found.repositories, Reach::Selected);
        let permissions: Vec<_> =
            found.permissions.iter().map(|(name, level)| format!("{name}: {level}")).collect();
        assert_eq!(permissions, ["contents: write", "single-file: read"]);
        let paths: Vec<_> = found.single_file_paths.iter().map(String::as_str).collect();
        assert_eq!(paths, [".github/access-token.yaml", "access-token.yaml"]);

        let request = github.requests().pop().unwrap();
        assert_eq!(request.line, "GET /users/octo-org/installation HTTP/1.1");
        assert_eq!(request.header("accept"), Some("application/vnd.github+json"));
        assert_eq!(request.header("x-github-api-version"), Some("2022-11-28"));
        assert!(request.header("user-agent").unwrap().starts_with("access-token/"));
        let (scheme, jwt) = request.header("authorization").unwrap().split_once(' ').unwrap();
        assert_eq!((scheme, jwt.split('.').count()), ("Bearer", 3));
    }

    #[tokio::test]
    async fn does_without_what_older_servers_leave_out() {
        let found = find_in(|body| {
            body["single_file_name"] = json!(null);
            for name in ["single_file_paths", "app_slug", "suspended_at"] {
                body.as_object_mut().unwrap().remove(name);
            }
        });
        let found = found.await.unwrap().unwrap();
        assert!(found.single_file_paths.is_empty() && found.app_slug.is_empty() && !found.suspended);
    }

    #[tokio::test]
    async fn tells_a_suspended_installation() {
        let found = find_in(|body| body["suspended_at"] = json!("2026-01-01T00:00:00Z")).await;
        assert!(found.unwrap().unwrap().suspended);
    }

    #[tokio::test]
    async fn only_a_404_is_none() {
        assert_eq!(find(Reply::json(404, &json!({"message": "Not Found"}))).await.unwrap(), None);
        let unknown_app =
            find(Reply::json(404, &json!({"message": "Integration not found"}))).await.unwrap_err();
        assert!(matches!(unknown_app, ErrorKind::Unexpected { status: 404, .. }), "{unknown_app}");
        for status in [204, 301, 302, 307, 400, 401, 403, 410, 422] {
            let error = find(Reply::json(status, &body())).await.unwrap_err();
            assert!(
                matches!(error, ErrorKind::Unexpected { status: found, .. } if found == status),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn is_told_when_nothing_has_changed() {
        let known: EntityTag = "W/\"1\"".parse().unwrap();
        let new = Reply::bytes(
            200,
            &[("content-type", "application/json"), ("etag", "W/\"2\"")],
            body().to_string().as_bytes(),
        );
        let github = FakeGitHub::start([Reply::status(304, &[]), new, Reply::status(404, &[])]).await;
        let client = github.client();
        let ask = async || {
            client.find_installation_unless(&"octo-org".parse().unwrap(), Some(&known)).await.unwrap()
        };
        assert_eq!(ask().await, InstallationAnswer::Unchanged);
        let InstallationAnswer::Found { etag, .. } = ask().await else { panic!("not found") };
        assert_eq!(etag, Some("W/\"2\"".parse().unwrap()));
        assert_eq!(ask().await, InstallationAnswer::Missing);
        for request in github.requests() {
            assert_eq!(request.header("if-none-match"), Some("W/\"1\""));
        }
        // Who has asked for no version is told of none.
        assert!(matches!(
            find(Reply::status(304, &[])).await,
            Err(ErrorKind::Unexpected { status: 304, .. })
        ));
    }

    #[tokio::test]
    async fn the_installation_of_another_account_is_none() {
        assert_eq!(find_in(|body| body["account"]["login"] = json!("hubot")).await.unwrap(), None);
    }

    #[tokio::test]
    async fn refuses_answers_of_another_shape() {
        for name in ["id", "account", "permissions", "repository_selection"] {
            let error = find_in(|body| body[name] = json!("x")).await.unwrap_err();
            assert_eq!(error.to_string(), "GitHub's answer is not an installation", "{name}");
        }
        for reply in [Reply::text(200, "text/html", "<html>"), Reply::text(200, "application/json", "")] {
            assert!(matches!(find(reply).await, Err(ErrorKind::Malformed { .. })));
        }
        let endless = body().to_string() + &" ".repeat(MAX_JSON_BYTES);
        assert!(matches!(
            find(Reply::text(200, "application/json", &endless)).await,
            Err(ErrorKind::Malformed { .. })
        ));
    }
}
