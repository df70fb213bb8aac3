//! What a token shall be able to do, and what GitHub says that it can.

use std::collections::BTreeMap;

use github_types::{
    Level, OwnerName, Permission, PermissionSet, Repository, RepositoryName, RepositorySelection, Secret,
};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::Instant;

use crate::find_installation::entry;
use crate::{InstallationId, InstallationToken, Reach};

/// What to ask GitHub for.
///
/// INVARIANT: by the types of its fields neither the permissions nor a list of repositories can be empty, which
/// GitHub would read as "all".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenScope {
    /// The permissions and their levels.
    pub permissions: PermissionSet,
    /// The repositories, by name, of the installation's account.
    pub repositories: RepositorySelection,
}

/// A new token, and what it can do by GitHub's own account.
#[derive(Clone, Debug)]
pub struct MintedToken {
    /// The token.
    pub token: InstallationToken,
    /// When it expires: an hour after it was minted.
    pub expires_at: OffsetDateTime,
    /// Its permissions, as far as this build knows them.
    pub permissions: BTreeMap<Permission, Level>,
    /// Its other permissions, as `name: level`.
    pub unknown_permissions: Vec<String>,
    /// Its repositories, when it is limited to some.
    pub repositories: Option<Vec<RepositoryName>>,
    /// Whose repositories these are, when GitHub says so and says the same of each.
    pub owner: Option<OwnerName>,
    /// Whether it reaches all or some of the account's repositories.
    pub reach: Reach,
    /// GitHub's id of the request that minted it.
    pub request_id: Option<String>,
}

/// A token that can do something else than was asked for, in words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("GitHub minted a token for {found}: asked for {asked}")]
pub struct Mismatch {
    found: String,
    asked: String,
}

/// The fields that count of GitHub's schema `installation-token`.
#[derive(Deserialize)]
struct Body {
    #[serde(deserialize_with = "secret")]
    token: Secret,
    expires_at: String,
    permissions: BTreeMap<String, Value>,
    repositories: Option<Vec<Named>>,
    repository_selection: Reach,
}

#[derive(Deserialize)]
struct Named {
    name: RepositoryName,
    full_name: Option<String>,
}

/// A token that a header can carry.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    let secret = Secret::new(String::deserialize(deserializer)?);
    let text = secret.expose();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(secret)
    } else {
        Err(serde::de::Error::custom("not a token"))
    }
}

/// The one owner of these repositories.
fn owner(repositories: &[Named]) -> Option<OwnerName> {
    let mut owners = repositories.iter().map(|named| {
        let repository: Repository = named.full_name.as_deref()?.parse().ok()?;
        Some(repository.owner().clone())
    });
    let first = owners.next()??;
    owners.all(|owner| owner.as_ref() == Some(&first)).then_some(first)
}

impl TokenScope {
    /// The body of the request.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let permissions = json!(self.permissions.to_api());
        let body = match &self.repositories {
            RepositorySelection::All => json!({ "permissions": permissions }),
            RepositorySelection::Listed(list) => json!({ "permissions": permissions, "repositories": list }),
        };
        body.to_string().into_bytes()
    }
}

impl MintedToken {
    /// The same, known to be of that installation.
    pub(crate) fn of(self, installation: InstallationId) -> Self {
        Self { token: self.token.of(installation), ..self }
    }

    /// Reads GitHub's answer; none if it is not one that could be checked.
    pub(crate) fn read(body: &[u8], minted_at: Instant) -> Option<Self> {
        let body: Body = serde_json::from_slice(body).ok()?;
        let (mut permissions, mut unknown_permissions) = (BTreeMap::new(), Vec::new());
        for (name, level) in &body.permissions {
            match entry(name, level) {
                Some((permission, level)) => drop(permissions.insert(permission, level)),
                None => unknown_permissions.push(format!("{name}: {}", level.as_str().unwrap_or_default())),
            }
        }
        let owner = body.repositories.as_deref().and_then(owner);
        Some(Self {
            token: InstallationToken::new(body.token, minted_at),
            expires_at: OffsetDateTime::parse(&body.expires_at, &Rfc3339).ok()?,
            permissions,
            unknown_permissions,
            repositories: body.repositories.map(|list| list.into_iter().map(|named| named.name).collect()),
            owner,
            reach: body.repository_selection,
            request_id: None,
        })
    }

    /// Checks that the token can do exactly what was asked for.
    ///
    /// GitHub adds `metadata: read` to every token, which does not count. A token for all repositories may reach
    /// all or some of the account's: which, the installation says.
    ///
    /// # Errors
    /// When it can do more, less or something else. Such a token is to be revoked, and nobody is to have it.
    pub fn check(&self, asked: &TokenScope) -> Result<(), Mismatch> {
        if self.has_permissions(&asked.permissions) && self.has_repositories(&asked.repositories) {
            return Ok(());
        }
        let found = self.permissions.iter().map(|(permission, level)| format!("{permission}: {level}"));
        let found = found.chain(self.unknown_permissions.iter().cloned()).collect();
        let wanted =
            asked.permissions.iter().map(|(permission, level)| format!("{permission}: {level}")).collect();
        let listed = match &asked.repositories {
            RepositorySelection::All => None,
            RepositorySelection::Listed(list) => Some(list.as_slice()),
        };
        Err(Mismatch {
            found: scope_text(found, self.repositories.as_deref()),
            asked: scope_text(wanted, listed),
        })
    }

    fn has_permissions(&self, asked: &PermissionSet) -> bool {
        let metadata =
            |permission: Permission, level| permission.name() == "metadata" && level == Level::Read;
        self.unknown_permissions.is_empty()
            && asked.iter().all(|(permission, level)| self.permissions.get(&permission) == Some(&level))
            && self.permissions.iter().all(|(permission, level)| {
                asked.get(*permission) == Some(*level)
                    || (asked.get(*permission).is_none() && metadata(*permission, *level))
            })
    }

    fn has_repositories(&self, asked: &RepositorySelection) -> bool {
        let RepositorySelection::Listed(asked) = asked else { return true };
        let Some(found) = &self.repositories else { return false };
        self.reach == Reach::Selected
            && asked.iter().all(|name| found.contains(name))
            && found.iter().all(|name| asked.as_slice().contains(name))
    }
}

fn scope_text(permissions: Vec<String>, repositories: Option<&[RepositoryName]>) -> String {
    const SHOWN: usize = 40;
    let repositories = match repositories {
        None => "all repositories".to_owned(),
        Some(names) => names.iter().take(SHOWN).map(RepositoryName::as_str).collect::<Vec<_>>().join(", "),
    };
    format!("`{}` on `{repositories}`", permissions.into_iter().take(SHOWN).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use github_types::RepositoryList;

    use super::*;

    fn body() -> Value {
        json!({
            "token": "ghs_value",
            "expires_at": "2026-11-01T13:00:00Z",
            "permissions": {"contents": "write", "metadata": "read"},
            "repository_selection": "selected",
            "repositories": [{"id": 1, "name": "Website", "full_name": "octo-org/Website"}],
        })
    }

    fn scope(repositories: &[&str]) -> TokenScope {
        let repositories = match repositories {
            [] => RepositorySelection::All,
            names => {
                let names = names.iter().map(|name| name.parse().unwrap());
                RepositorySelection::Listed(RepositoryList::new(names).unwrap())
            }
        };
        TokenScope {
            permissions: PermissionSet::one("contents".parse().unwrap(), Level::Write),
            repositories,
        }
    }

    fn check(change: impl FnOnce(&mut Value), asked: &[&str]) -> Result<(), Mismatch> {
        let mut body = body();
        change(&mut body);
        MintedToken::read(body.to_string().as_bytes(), Instant::now()).unwrap().check(&scope(asked))
    }

    #[test]
    fn accepts_exactly_what_was_asked_for() {
        assert_eq!(check(|_| {}, &["website"]), Ok(()));
        assert_eq!(
            check(|body| drop(body["permissions"].as_object_mut().unwrap().remove("metadata")), &["website"]),
            Ok(())
        );
        assert_eq!(check(|body| drop(body.as_object_mut().unwrap().remove("repositories")), &[]), Ok(()));
        assert_eq!(check(|body| body["repository_selection"] = json!("all"), &[]), Ok(()));
    }

    #[test]
    fn tells_whose_the_repositories_are() {
        let owner = |repositories: Value| {
            let mut body = body();
            body["repositories"] = repositories;
            MintedToken::read(body.to_string().as_bytes(), Instant::now()).unwrap().owner
        };
        let website = json!({"name": "website", "full_name": "octo-org/website"});
        let docs = json!({"name": "docs", "full_name": "Octo-Org/docs"});
        assert_eq!(owner(json!([website, docs])), Some("octo-org".parse().unwrap()));
        for other in [json!({"name": "docs", "full_name": "hubot/docs"}), json!({"name": "docs"})] {
            assert_eq!(owner(json!([website, other])), None, "{other}");
        }
        for none in [json!(null), json!([]), json!([{"name": "docs", "full_name": "docs"}])] {
            assert_eq!(owner(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn tells_every_other_permission() {
        for permissions in [
            json!({}),
            json!({"metadata": "read"}),
            json!({"contents": "read", "metadata": "read"}),
            json!({"contents": "write", "metadata": "write"}),
            json!({"contents": "write", "issues": "read"}),
            json!({"contents": "write", "new_thing": "read"}),
            json!({"contents": "write", "issues": "sudo"}),
        ] {
            let error = check(|body| body["permissions"] = permissions.clone(), &["website"]);
            assert!(error.is_err(), "{permissions}");
        }
        let error = check(
            |body| body["permissions"] = json!({"contents": "read", "new_thing": "read"}),
            &["website"],
        );
        assert_eq!(
            error.unwrap_err().to_string(),
            "GitHub minted a token for `contents: read, new_thing: read` on `Website`: \
             asked for `contents: write` on `website`"
        );
    }

    #[test]
    fn tells_every_other_repository() {
        let repositories =
            |names: &[&str]| names.iter().map(|name| json!({ "name": name })).collect::<Value>();
        assert!(check(|_| {}, &["docs"]).is_err());
        assert!(check(|_| {}, &["website", "docs"]).is_err());
        assert!(
            check(|body| body["repositories"] = repositories(&["website", "docs"]), &["website"]).is_err()
        );
        assert!(check(|body| body["repositories"] = json!([]), &["website"]).is_err());
        assert!(check(|body| body["repositories"] = json!(null), &["website"]).is_err());
        assert!(check(|body| body["repository_selection"] = json!("all"), &["website"]).is_err());
    }

    #[test]
    fn reads_no_answer_that_could_not_be_checked() {
        for (name, value) in [
            ("token", json!("")),
            ("token", json!("gh s")),
            ("token", json!("ghs_\n")),
            ("token", json!(null)),
            ("expires_at", json!("tomorrow")),
            ("permissions", json!(null)),
            ("repositories", json!([{"name": "a/b"}])),
            ("repository_selection", json!("some")),
        ] {
            let mut body = body();
            body[name] = value.clone();
            let read = MintedToken::read(body.to_string().as_bytes(), Instant::now());
            assert!(read.is_none(), "{name}: {value}");
        }
    }

    #[test]
    fn writes_names_as_github_does_and_never_an_empty_list() {
        let json = |scope: &TokenScope| serde_json::from_slice::<Value>(&scope.to_json()).unwrap();
        let mut some = scope(&["website", "docs"]);
        some.permissions = PermissionSet::one("pull-requests".parse().unwrap(), Level::Read);
        assert_eq!(
            json(&some),
            json!({"permissions": {"pull_requests": "read"}, "repositories": ["website", "docs"]})
        );
        assert_eq!(json(&scope(&[])), json!({"permissions": {"contents": "write"}}));
    }

    #[test]
    fn prints_no_token() {
        let minted = MintedToken::read(body().to_string().as_bytes(), Instant::now()).unwrap();
        assert!(!format!("{minted:?}").contains("ghs_"));
    }
}
