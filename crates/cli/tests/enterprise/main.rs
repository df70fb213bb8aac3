//! A GitHub with a name, a path and a certificate authority of its own, directly and behind a proxy.
//!
//! The sandbox stands behind a server that speaks TLS; the broker is the built binary with nothing in its environment but
//! what a test sets.

#![cfg(test)]

mod authority;
mod broker;
mod front;
mod proxy;

use std::path::Path;

use sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::authority::Authority;
use crate::broker::Broker;
use crate::front::Front;
use crate::proxy::Proxy;

const WORLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sandbox/world");

/// A sandbox behind TLS.
struct Stage {
    sandbox: Sandbox,
    authority: Authority,
    front: Front,
}

impl Stage {
    /// With certificates for these names.
    async fn start(names: &[&str]) -> Self {
        let sandbox = Sandbox::start(Options::new(Path::new(WORLD))).await.unwrap();
        let authority = Authority::new();
        let front = Front::start(authority.server(names), sandbox.url(), &sandbox.issuer()).await;
        Self { sandbox, authority, front }
    }

    /// The front's address under a name.
    fn at(&self, name: &str) -> String {
        format!("https://{name}:{}", self.front.port)
    }

    /// The settings of a broker for this GitHub.
    fn settings(&self, api: &str, issuer: &str) -> Vec<(&'static str, String)> {
        vec![
            ("GITHUB_APP_ID", "12345".to_owned()),
            ("GITHUB_APP_PRIVATE_KEY", self.sandbox.app_private_key_pem().to_owned()),
            ("GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE", "broker.example".to_owned()),
            ("GITHUB_ACTIONS_TOKEN_ISSUER", issuer.to_owned()),
            ("GITHUB_API_URL", api.to_owned()),
            ("SSL_CERT_FILE", self.authority.file()),
        ]
    }

    /// What a job of the branch `main` of `octo-org/app` is told when it asks for what it may have.
    async fn ask(&self, broker: &Broker, issuer: &str) -> (u16, Value) {
        let order = json!({"header": {}, "claims": {
            "iss": issuer, "aud": "broker.example", "jti": "1", "iat": now(), "nbf": now(), "exp": now() + 300,
            "sub": "repo:octo-org/app:ref:refs/heads/main", "ref": "refs/heads/main",
            "repository": "octo-org/app", "repository_owner": "octo-org",
        }});
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}/sandbox/sign", self.sandbox.url());
        let signed: Value = client.post(url).json(&order).send().await.unwrap().json().await.unwrap();
        let answer = client
            .post(format!("{}/access_tokens", broker.url))
            .bearer_auth(signed["value"].as_str().unwrap())
            .json(&json!({"repositories": ["website"], "permissions": {"contents": "read"}}))
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

fn granted((status, answer): (u16, Value)) {
    assert_eq!((status, &answer["permissions"]), (200, &json!({"contents": "read"})), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_server_with_an_authority_of_its_own_is_served_below_its_paths() {
    let stage = Stage::start(&["localhost"]).await;
    let api = format!("{}/api/v3", stage.at("localhost"));
    // GitHub Enterprise Server, and an enterprise with an issuer of its own.
    let issuers =
        ["_services/token", "octo-enterprise"].map(|path| format!("{}/{path}", stage.at("localhost")));
    let broker = Broker::start(stage.settings(&api, &issuers.join(",")));
    for issuer in &issuers {
        granted(stage.ask(&broker, issuer).await);
    }
    let asked = stage.front.asked();
    let of_issuers = ["/_services/token/.well-known/", "/octo-enterprise/.well-known/"];
    let (keys, calls): (Vec<_>, Vec<_>) =
        asked.iter().partition(|path| of_issuers.iter().any(|prefix| path.starts_with(prefix)));
    assert_eq!(keys.len(), 4, "{asked:?}");
    assert!(calls.len() >= 4 && calls.iter().all(|path| path.starts_with("/api/v3/")), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_github_with_data_residency_is_reached_through_a_proxy_that_sees_no_credential() {
    let names = ["api.octo.ghe.example", "token.actions.octo.ghe.example"];
    for variable in ["HTTPS_PROXY", "https_proxy"] {
        let stage = Stage::start(&names).await;
        let proxy = Proxy::start(stage.front.port).await;
        let [api, issuer] = names.map(|name| stage.at(name));
        let mut settings = stage.settings(&api, &issuer);
        settings.push((variable, proxy.url()));
        let broker = Broker::start(settings);
        granted(stage.ask(&broker, &issuer).await);
        let asked = proxy.asked();
        assert!(!asked.is_empty());
        for head in &asked {
            let line = head.lines().next().unwrap();
            let is_known =
                names.iter().any(|name| line == format!("CONNECT {name}:{} HTTP/1.1", stage.front.port));
            assert!(is_known, "{head}");
            let head = head.to_ascii_lowercase();
            assert!(
                !head.contains("authorization") && !head.contains("bearer") && !head.contains("eyj"),
                "{head}"
            );
        }
        for name in names {
            assert!(asked.iter().any(|head| head.contains(name)), "{name}: {asked:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_no_proxy_is_asked_directly() {
    for (variable, value) in
        [("NO_PROXY", "localhost"), ("no_proxy", "x.example, localhost"), ("NO_PROXY", "*")]
    {
        let stage = Stage::start(&["localhost"]).await;
        let proxy = Proxy::start(stage.front.port).await;
        let issuer = format!("{}/_services/token", stage.at("localhost"));
        let mut settings = stage.settings(&format!("{}/api/v3", stage.at("localhost")), &issuer);
        settings.extend([("HTTPS_PROXY", proxy.url()), (variable, value.to_owned())]);
        let broker = Broker::start(settings);
        granted(stage.ask(&broker, &issuer).await);
        assert!(proxy.asked().is_empty(), "{variable}={value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_is_not_trusted_is_a_failure_with_advice() {
    let (stage, other) = (Stage::start(&["localhost"]).await, Stage::start(&["localhost"]).await);
    let advice = "put the certificate of its authority into the file that SSL_CERT_FILE names";
    // The API's certificate: who asks is known, but nothing can be found out for them.
    let issuer = format!("{}/_services/token", stage.at("localhost"));
    let mut broker = Broker::start(stage.settings(&other.at("localhost"), &issuer));
    let (status, answer) = stage.ask(&broker, &issuer).await;
    assert_eq!((status, &answer["message"]), (503, &json!("GitHub is unavailable at the moment")));
    let line = broker.line("GitHub failed");
    assert!(line["help"].as_str().is_some_and(|help| help.contains(advice)), "{line}");
    // The issuer's: not even that is known.
    let issuer = format!("{}/_services/token", other.at("localhost"));
    let mut broker = Broker::start(stage.settings(&stage.at("localhost"), &issuer));
    assert_eq!(stage.ask(&broker, &issuer).await.0, 503);
    let line = broker.line("the issuer's keys cannot be fetched");
    assert!(line["help"].as_str().is_some_and(|help| help.contains(advice)), "{line}");
    assert!(other.front.asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_authority_it_does_not_start() {
    let stage = Stage::start(&["localhost"]).await;
    let mut settings = stage.settings(&stage.at("localhost"), &stage.at("localhost"));
    settings.push(("SSL_CERT_FILE", "/nonexistent.pem".to_owned()));
    let (code, stderr) = broker::run_to_its_end(settings);
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stderr.contains("SSL_CERT_FILE"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}
