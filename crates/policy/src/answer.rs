//! The broker's answer, judged: exactly what was asked, or not to be used.

mod dry_run;
mod refusal;
mod timestamp;

use std::collections::BTreeSet;

use github_types::Repository;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use timestamp::Timestamp;

use crate::bare_name::bare_name;

/// An answer, and what it answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The body that was sent.
    pub request: Value,
    /// The repository whose workflow asks, `owner/name`.
    #[serde(default)]
    pub repository: Option<String>,
    /// The payload of the OIDC token that was sent.
    #[serde(default)]
    pub claims: Option<Map<String, Value>>,
    /// The status of the answer.
    pub status: u16,
    /// Its body.
    pub body: String,
}

/// What an answer comes to.
///
/// It has no `Debug`, because it may hold a token.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// A token with exactly what was asked.
    Granted {
        /// The token.
        token: String,
        /// When it ends, as the broker says.
        expires_at: Timestamp,
        /// The owner of its repositories.
        owner: String,
        /// The names of its repositories, or `ALL`.
        repositories: Value,
        /// Its permissions, in kebab-case.
        permissions: Map<String, Value>,
        /// The App's name, where the broker tells it.
        #[serde(skip_serializing_if = "Option::is_none")]
        app_slug: Option<String>,
        /// The installation's id, where the broker tells it.
        #[serde(skip_serializing_if = "Option::is_none")]
        installation_id: Option<u64>,
        /// Whom commits of the App are attributed to, where the broker tells it.
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        committer: Option<Committer>,
    },
    /// The answer to a dry run: the request would be granted.
    #[serde(rename = "wouldGrant")]
    WouldGrant {
        /// What grants each part of it, a line each; at least one.
        reasons: Vec<String>,
    },
    /// A token with something else: it must be revoked.
    Mismatch {
        /// The token.
        token: String,
        /// What differs.
        message: String,
    },
    /// No usable token.
    Malformed {
        /// What is wrong.
        message: String,
    },
    /// A refusal or a failure.
    Refused {
        /// The status.
        status: u16,
        /// Whether the broker has decided, and this is its no.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        is_denial: bool,
        /// The broker's words; of a denial without the caller's subjects.
        message: String,
        /// The caller's effective subjects, where they matter.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        subjects: Vec<String>,
        /// What to do about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        /// The broker's name for the request.
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
}

/// Whom commits of the App are attributed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Committer {
    /// The id of the App's user.
    pub bot_user_id: u64,
    /// Git's `user.name`.
    pub git_name: String,
    /// Git's `user.email`.
    pub git_email: String,
}

/// The fields of a token answer.
#[derive(Deserialize)]
struct Granted {
    token: String,
    expires_at: String,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    repositories: Option<Vec<String>>,
    #[serde(default)]
    permissions: Option<Map<String, Value>>,
    /// Not part of the grant: of another type it is left out.
    #[serde(default)]
    app_slug: Value,
    #[serde(default)]
    installation_id: Value,
    #[serde(default)]
    bot_user_id: Value,
    #[serde(default)]
    git_name: Value,
    #[serde(default)]
    git_email: Value,
}

/// Judges an answer.
pub fn settle(answer: &Answer) -> Outcome {
    match answer.status {
        200 if asks_for_a_decision(answer) => dry_run::settle(&answer.body),
        200 => granted(answer),
        _ => refusal::settle(answer),
    }
}

fn asks_for_a_decision(answer: &Answer) -> bool {
    answer.request.get("dry_run").and_then(Value::as_bool).unwrap_or(false)
}

/// An answer that is no JSON. A page comes from what stands in the broker's place, such as a login or a gateway.
fn no_json(body: &str) -> Outcome {
    let message = if body.trim_start().starts_with('<') {
        "the answer is a page and not one of a broker's: is `app-server` the URL of your broker?"
    } else {
        "the broker's answer is not JSON, or was cut short"
    };
    Outcome::Malformed { message: message.to_owned() }
}

fn granted(answer: &Answer) -> Outcome {
    let malformed = |message: &str| Outcome::Malformed { message: message.to_owned() };
    let Ok(body) = serde_json::from_str::<Value>(&answer.body) else {
        return no_json(&answer.body);
    };
    let token = match body.get("token").and_then(Value::as_str) {
        Some(token) if !token.trim().is_empty() => token.to_owned(),
        _ => return malformed("the broker's answer has no token"),
    };
    let Ok(granted) = serde_json::from_value::<Granted>(body) else {
        let message = "the broker's answer has fields of other types than expected".to_owned();
        return Outcome::Mismatch { token, message };
    };
    let expires_at = granted.expires_at.parse::<Timestamp>();
    let expires_at = expires_at.map_err(|error| format!("the token's `expires_at` is no time: {error}"));
    match difference(&granted, answer).map_or(expires_at, Err) {
        Err(message) => Outcome::Mismatch { token, message },
        Ok(expires_at) => {
            let committer = committer(&granted);
            let owner = granted.owner.unwrap_or_default();
            let repositories = granted.repositories.map(|names| each_once(&names, &owner));
            Outcome::Granted {
                token: granted.token,
                expires_at,
                owner,
                repositories: repositories.map_or_else(|| "ALL".into(), Value::from),
                permissions: asked_permissions(&answer.request).cloned().unwrap_or_default(),
                app_slug: line(&granted.app_slug),
                installation_id: number(&granted.installation_id),
                committer,
            }
        }
    }
}

/// All of it or nothing: a name without its address would attribute commits to nobody.
fn committer(granted: &Granted) -> Option<Committer> {
    Some(Committer {
        bot_user_id: number(&granted.bot_user_id)?,
        git_name: line(&granted.git_name)?,
        git_email: line(&granted.git_email)?,
    })
}

/// A text that can stand in git's configuration, and in an output that is one line.
fn line(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let is_line =
        !text.is_empty() && !text.chars().any(|letter| letter.is_control() || "<>".contains(letter));
    is_line.then(|| text.to_owned())
}

/// A number, or a text that is one.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

const UNKNOWN: &str = "it is not known which repository was asked for: GITHUB_REPOSITORY is not set";

/// How a grant differs from what was asked; none when it is exactly that.
fn difference(granted: &Granted, answer: &Answer) -> Option<String> {
    let none = Map::new();
    let asked = permission_names(asked_permissions(&answer.request).unwrap_or(&none));
    let mut got = permission_names(granted.permissions.as_ref().unwrap_or(&none));
    // GitHub adds `metadata: read` to every token.
    got.retain(|entry| entry != "metadata: read" || asked.contains(entry));
    if asked != got {
        let (asked, got) = (list(&asked), list(&got));
        return Some(format!("the token's permissions are {got}, asked for were {asked}"));
    }

    let Some(owner) = asked_owner(answer) else { return Some(UNKNOWN.to_owned()) };
    let got = granted.owner.as_deref();
    if !got.is_some_and(|got| got.eq_ignore_ascii_case(&owner)) {
        let got = got.unwrap_or_default();
        return Some(format!("the token is for the owner `{got}`, asked for was `{owner}`"));
    }

    let Some(asked) = asked_repositories(answer, &owner) else { return Some(UNKNOWN.to_owned()) };
    let got =
        granted.repositories.as_ref().map(|names| repository_names(names.iter().map(String::as_str), &owner));
    (asked != got).then(|| {
        let list = |names: Option<BTreeSet<String>>| {
            names.map_or_else(|| "all repositories".to_owned(), |names| list(&names))
        };
        format!("the token reaches {}, asked for was {}", list(got), list(asked))
    })
}

fn asked_permissions(request: &Value) -> Option<&Map<String, Value>> {
    request.get("permissions").and_then(Value::as_object)
}

fn permission_names(permissions: &Map<String, Value>) -> BTreeSet<String> {
    let entry = |(name, level): (&String, &Value)| {
        let name = name.to_ascii_lowercase().replace('_', "-");
        format!("{name}: {}", level.as_str().unwrap_or("?").to_ascii_lowercase())
    };
    permissions.iter().map(entry).collect()
}

/// The names in small letters, without the owner where it is the one that was asked for.
fn repository_names<'a>(names: impl Iterator<Item = &'a str>, owner: &str) -> BTreeSet<String> {
    names.map(|name| bare_name(name, owner).to_ascii_lowercase()).collect()
}

/// The names in the letter case of the answer, without the owner.
fn each_once(names: &[String], owner: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for name in names.iter().map(|name| bare_name(name, owner)) {
        if !list.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            list.push(name.to_owned());
        }
    }
    list
}

/// The names that were asked for, without owner; none in the inner place for all, in the outer when unknown.
fn asked_repositories(answer: &Answer, owner: &str) -> Option<Option<BTreeSet<String>>> {
    let own = || {
        let repository: Repository = answer.repository.as_deref()?.parse().ok()?;
        Some(Some(repository_names([repository.name().as_str()].into_iter(), owner)))
    };
    match answer.request.get("repositories") {
        Some(Value::String(_)) => Some(None),
        Some(Value::Array(names)) if !names.is_empty() => {
            Some(Some(repository_names(names.iter().filter_map(Value::as_str), owner)))
        }
        _ => own(),
    }
}

fn asked_owner(answer: &Answer) -> Option<String> {
    let given = answer.request.get("owner").and_then(Value::as_str).map(str::to_owned);
    let named = || {
        let names = answer.request.get("repositories")?.as_array()?;
        let owners = names.iter().filter_map(|name| Some(name.as_str()?.split_once('/')?.0.to_owned()));
        owners.into_iter().next()
    };
    let own = || Some(answer.repository.as_deref()?.split_once('/')?.0.to_owned());
    given.or_else(named).or_else(own)
}

fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(status: u16, body: Value) -> Value {
        settled(
            status,
            &body.to_string(),
            json!({"repositories": ["Website"], "permissions": {"contents": "write"}}),
        )
    }

    fn settled(status: u16, body: &str, request: Value) -> Value {
        let answer =
            json!({"request": request, "repository": "octo-org/app", "status": status, "body": body});
        serde_json::to_value(settle(&serde_json::from_value(answer).unwrap())).unwrap()
    }

    fn good() -> Value {
        json!({
            "token": "ghs_x", "expires_at": "2026-11-01T13:00:00Z", "owner": "octo-org",
            "repositories": ["website"], "permissions": {"contents": "write", "metadata": "read"},
        })
    }

    #[test]
    fn takes_exactly_what_was_asked() {
        let outcome = outcome(200, good());
        assert_eq!(outcome["kind"], "granted");
        assert_eq!(outcome["permissions"], json!({"contents": "write"}));
        assert_eq!(outcome["repositories"], json!(["website"]));
    }

    #[test]
    fn tells_the_installation_where_the_broker_does() {
        for (sent, told) in [(json!(7), json!(7)), (json!("7"), json!(7)), (json!([]), json!(null))] {
            let mut body = good();
            body["installation_id"] = sent;
            assert_eq!(outcome(200, body)["installationId"], told);
        }
    }

    #[test]
    fn takes_no_token_without_a_moment_of_its_end() {
        for end in [
            "tomorrow",
            "",
            "2099-01-01T00:00:00Z\n::error::x",
            "2099-01-01T00:00:00",
            "2099-02-30T00:00:00Z",
        ] {
            let mut body = good();
            body["expires_at"] = json!(end);
            let outcome = outcome(200, body);
            assert_eq!((&outcome["kind"], &outcome["token"]), (&json!("mismatch"), &json!("ghs_x")), "{end}");
            let message = outcome["message"].as_str().unwrap();
            let expected =
                "the token's `expires_at` is no time: expected for example `2026-12-31T12:00:00Z`, found `";
            assert!(message.starts_with(expected) && !message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn tells_the_name_of_the_app_where_it_is_one_line() {
        for (slug, told) in
            [(json!("octo-app"), true), (json!("a\nb"), false), (json!(""), false), (json!(1), false)]
        {
            let mut body = good();
            body["app_slug"] = slug.clone();
            assert_eq!(outcome(200, body)["appSlug"], if told { slug } else { json!(null) });
        }
    }

    #[test]
    fn tells_all_of_the_committer_or_nothing() {
        let mut body = good();
        body["bot_user_id"] = json!(41_898_282);
        body["git_name"] = json!("octo-app[bot]");
        assert_eq!(outcome(200, body.clone())["gitName"], json!(null));
        for (email, told) in [
            (json!("41898282+octo-app[bot]@users.noreply.github.com"), true),
            (json!("a@b>\n[core]"), false),
            (json!(""), false),
            (json!(1), false),
        ] {
            body["git_email"] = email.clone();
            let outcome = outcome(200, body.clone());
            assert_eq!(outcome["kind"], "granted");
            assert_eq!(outcome["gitEmail"], if told { email } else { json!(null) });
            assert_eq!(outcome["botUserId"], if told { json!(41_898_282) } else { json!(null) });
        }
    }

    #[test]
    fn refuses_more_and_less() {
        for (key, value) in [
            ("permissions", json!({"contents": "read"})),
            ("permissions", json!({"contents": "write", "issues": "read"})),
            ("permissions", json!(null)),
            ("permissions", json!({"contents": "write", "metadata": "write"})),
            ("expires_at", json!(null)),
            ("owner", json!("hubot")),
            ("owner", json!(null)),
            ("owner", json!(1)),
            ("repositories", json!(null)),
            ("repositories", json!([])),
            ("repositories", json!(["website", "docs"])),
            ("repositories", json!(["hubot/website"])),
        ] {
            let mut body = good();
            body[key] = value.clone();
            let outcome = outcome(200, body);
            assert_eq!(outcome["kind"], "mismatch", "{key}: {value}");
            assert_eq!(outcome["token"], "ghs_x");
        }
    }

    #[test]
    fn knows_the_callers_repository_and_all() {
        let own = json!({"permissions": {"contents": "write"}});
        assert_eq!(settled(200, &good().to_string(), own.clone())["kind"], "mismatch");
        let mut body = good();
        body["repositories"] = json!(["app"]);
        assert_eq!(settled(200, &body.to_string(), own)["kind"], "granted");
        let all = json!({"repositories": "ALL", "permissions": {"contents": "write"}});
        assert_eq!(settled(200, &body.to_string(), all.clone())["kind"], "mismatch");
        body["repositories"] = json!(null);
        assert_eq!(settled(200, &body.to_string(), all)["repositories"], "ALL");
    }

    #[test]
    fn takes_an_empty_list_for_the_callers_repository() {
        let request = json!({"repositories": [], "permissions": {"contents": "write"}});
        assert_eq!(settled(200, &good().to_string(), request.clone())["kind"], "mismatch");
        let mut body = good();
        body["repositories"] = json!(["app"]);
        assert_eq!(settled(200, &body.to_string(), request)["kind"], "granted");
    }

    #[test]
    fn takes_the_names_with_and_without_the_owner() {
        for (asked, got, kind) in [
            ("Octo-Org/website", "website", "granted"),
            ("octo-org/website", "octo-org/Website", "granted"),
            ("website", "OCTO-ORG/website", "granted"),
            ("octo-org/website", "hubot/website", "mismatch"),
        ] {
            let mut body = good();
            body["repositories"] = json!([got]);
            let request = json!({"repositories": [asked], "permissions": {"contents": "write"}});
            assert_eq!(settled(200, &body.to_string(), request)["kind"], kind, "{asked}: {got}");
        }
    }

    #[test]
    fn tells_the_names_without_the_owner_and_each_once() {
        let mut body = good();
        body["repositories"] = json!(["Octo-Org/Website", "docs", "octo-org/docs", "website"]);
        let request =
            json!({"repositories": ["octo-org/website", "docs"], "permissions": {"contents": "write"}});
        assert_eq!(settled(200, &body.to_string(), request)["repositories"], json!(["Website", "docs"]));
    }

    #[test]
    fn says_how_a_token_differs_from_what_was_asked() {
        for (key, value, message) in [
            (
                "permissions",
                json!({"issues": "read", "contents": "write"}),
                "the token's permissions are `contents: write`, `issues: read`, asked for were `contents: write`",
            ),
            (
                "permissions",
                json!({"metadata": "read"}),
                "the token's permissions are none, asked for were `contents: write`",
            ),
            ("owner", json!("hubot"), "the token is for the owner `hubot`, asked for was `octo-org`"),
            (
                "repositories",
                json!(["docs", "Website"]),
                "the token reaches `docs`, `website`, asked for was `website`",
            ),
            ("repositories", json!(null), "the token reaches all repositories, asked for was `website`"),
        ] {
            let mut body = good();
            body[key] = value.clone();
            assert_eq!(outcome(200, body)["message"], message, "{key}: {value}");
        }
    }

    #[test]
    fn takes_no_token_where_only_the_decision_was_asked_for() {
        let asked = |dry_run: Value| json!({"repositories": ["website"], "permissions": {"contents": "write"}, "dry_run": dry_run});
        let would = json!({"granted": true, "by": [{"permission": "contents"}]}).to_string();
        assert_eq!(settled(200, &would, asked(json!(true)))["kind"], "wouldGrant");
        assert_eq!(settled(200, &would, asked(json!(false)))["kind"], "malformed");
        assert_eq!(settled(200, &good().to_string(), asked(json!(true)))["kind"], "mismatch");
        assert_eq!(settled(200, &good().to_string(), asked(json!(false)))["kind"], "granted");
    }

    #[test]
    fn is_never_content_without_a_token() {
        for body in [
            "",
            "{",
            "[]",
            "null",
            "\"ghs_x\"",
            "{\"token\":\"\"}",
            "{\"token\":\" \"}",
            "{\"token\":1}",
            "<html>",
        ] {
            assert_eq!(settled(200, body, json!({"permissions": {}}))["kind"], "malformed", "{body}");
        }
    }

    #[test]
    fn tells_a_page_from_an_answer_that_was_cut_short() {
        for request in [json!({"permissions": {}}), json!({"permissions": {}, "dry_run": true})] {
            let message = |body: &str| settled(200, body, request.clone())["message"].clone();
            assert_eq!(
                message("\n<!doctype html>"),
                "the answer is a page and not one of a broker's: is `app-server` the URL of your broker?"
            );
            assert_eq!(message("{"), "the broker's answer is not JSON, or was cut short");
        }
    }

    #[test]
    fn passes_on_what_the_broker_says() {
        let refusal =
            outcome(400, json!({"requestId": "r1", "status": 400, "error": "Bad Request", "message": "m"}));
        assert_eq!(refusal, json!({"kind": "refused", "status": 400, "message": "m", "requestId": "r1"}));
        for (status, body) in
            [(502, "<html>"), (502, ""), (201, "{\"token\":\"ghs_x\"}"), (500, "[\"ghs_x\"]")]
        {
            let message = "the answer is not one of a broker's: is `app-server` the URL of your broker?";
            assert_eq!(settled(status, body, json!({}))["message"], message);
        }
        let wrong_path = settled(404, "{\"message\":\"m\"}", json!({}));
        assert!(wrong_path["message"].as_str().unwrap().ends_with("`/access_tokens` is added to it"));
    }
}
