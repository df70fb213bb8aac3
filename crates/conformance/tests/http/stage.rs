//! A sandbox and the brokers before it, all in this process, all on free ports of the loopback.

use std::time::Duration;

use broker::{Configuration, Pace, Server, Settings, StoreFailure, Switch};
use github_types::Secret;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use sandbox::{Options, Sandbox, World};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The audience that the brokers accept.
pub(crate) const AUDIENCE: &str = "access-token.example";

/// How many OIDC tokens are ordered at a time.
const ID_TOKENS_AT_ONCE: usize = 500;

/// A sandbox, and a client to talk with.
pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) client: Client,
}

/// What a broker must know of a sandbox.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) app_private_key_pem: String,
}

/// A broker; it stops when this is dropped.
pub(crate) struct Broker {
    pub(crate) url: String,
    pub(crate) metrics_url: String,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Broker {
    /// Orders the broker to stop, and waits until it has.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.ended.await.unwrap();
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        Self::start_with(Duration::ZERO).await
    }

    /// With a GitHub that takes so long for each answer.
    pub(crate) async fn start_with(api_latency: Duration) -> Self {
        let options = Options { api_latency, ..Options::new(World::new()) };
        let sandbox = Sandbox::start(options).await.unwrap();
        let client = Client::builder().redirect(Policy::none()).user_agent("conformance").build().unwrap();
        Self { sandbox, client }
    }

    /// A new broker, which knows nothing yet.
    pub(crate) async fn broker(&self, rate_limit_per_minute: u32) -> Broker {
        self.broker_for(AUDIENCE, rate_limit_per_minute).await
    }

    /// A new broker for another audience.
    pub(crate) async fn broker_for(&self, audience: &str, rate_limit_per_minute: u32) -> Broker {
        self.broker_with(Settings { rate_limit_per_minute, ..self.settings(audience) }).await
    }

    /// Settings of a broker that limits nobody and keeps nobody waiting.
    pub(crate) fn settings(&self, audience: &str) -> Settings {
        let url = self.sandbox.url().to_owned();
        let app_private_key_pem = self.sandbox.app_private_key_pem().to_owned();
        settings_for(&Place { url, app_private_key_pem }, audience)
    }

    /// A new broker with these settings.
    pub(crate) async fn broker_with(&self, settings: Settings) -> Broker {
        self.broker_at(settings, Pace::default()).await
    }

    /// A new broker with these settings and time limits.
    pub(crate) async fn broker_at(&self, settings: Settings, pace: Pace) -> Broker {
        let configuration = Configuration::try_from(settings).unwrap().at_pace(pace);
        let server = Server::bind(configuration).await.unwrap();
        let url = format!("http://{}", server.address());
        let metrics_url = format!("http://{}/metrics", server.metrics_address().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(async move {
            // The sender sends nothing: it is dropped with its `Broker`.
            server.run(async move { drop(stopped.await) }).await.unwrap();
        });
        Broker { url, metrics_url, stop, ended }
    }

    /// Asks a broker for what the body says.
    pub(crate) async fn ask(&self, broker: &Broker, token: &str, body: &Value) -> Answer {
        let request = self.client.post(format!("{}/access_tokens", broker.url)).bearer_auth(token).json(body);
        Answer::read(request.send().await.unwrap()).await
    }

    /// Asks as often as it is told that another request with the token is being answered: for a moment after an
    /// answer went out, it may still get lost.
    pub(crate) async fn ask_until_settled(&self, broker: &Broker, token: &str, body: &Value) -> Answer {
        for _ in 0..200 {
            let answer = self.ask(broker, token, body).await;
            if answer.status != 503 {
                return answer;
            }
            assert_eq!(answer.header("retry-after"), Some("1"), "{}", answer.text);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the reservation does not end");
    }

    /// Orders a fault.
    pub(crate) async fn fault(&self, order: &Value) {
        let url = format!("{}/sandbox/faults", self.sandbox.url());
        let answer = self.client.post(url).json(order).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{order}: {}", answer.text().await.unwrap());
    }

    /// Takes back all faults that did not happen yet.
    pub(crate) async fn clear_faults(&self) {
        let url = format!("{}/sandbox/faults", self.sandbox.url());
        assert_eq!(self.client.delete(url).send().await.unwrap().status(), 204);
    }

    /// What the sandbox was asked since the last time it was asked for that.
    pub(crate) async fn take_requests(&self) -> Vec<Value> {
        let url = format!("{}/sandbox/requests", self.sandbox.url());
        let requests = self.client.get(&url).send().await.unwrap().json().await.unwrap();
        assert_eq!(self.client.delete(&url).send().await.unwrap().status(), 204);
        requests
    }

    /// Every token that the sandbox minted.
    pub(crate) async fn tokens(&self) -> Vec<Value> {
        let url = format!("{}/sandbox/tokens", self.sandbox.url());
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// The sandbox's record of the token with this hash.
    pub(crate) async fn token(&self, hash: &Value) -> Value {
        let digest = hash.as_str().unwrap().replace('+', "%2B");
        let url = format!("{}/sandbox/tokens?sha256={digest}", self.sandbox.url());
        let tokens: Vec<Value> = self.client.get(url).send().await.unwrap().json().await.unwrap();
        tokens.into_iter().next().unwrap_or_default()
    }

    /// OIDC tokens of a job with these claims, each with an id of its own.
    pub(crate) async fn id_tokens(&self, claims: &Value, count: usize) -> Vec<String> {
        let url = format!("{}/sandbox/id-tokens", self.sandbox.url());
        let mut tokens = Vec::new();
        while tokens.len() < count {
            let some = (count - tokens.len()).min(ID_TOKENS_AT_ONCE);
            let order = json!({"claims": claims, "audience": AUDIENCE, "count": some});
            let answer = self.client.post(&url).json(&order).send().await.unwrap();
            let answer: Value = answer.json().await.unwrap();
            let values = answer["values"].as_array().unwrap().iter();
            tokens.extend(values.map(|token| token.as_str().unwrap().to_owned()));
        }
        tokens
    }

    /// Signs as the issuer; what is `null` in `header` is left out.
    pub(crate) async fn sign(&self, header: &Value, claims: &Value) -> String {
        let url = format!("{}/sandbox/sign", self.sandbox.url());
        let order = json!({"header": header, "claims": claims});
        let answer: Value = self.client.post(url).json(&order).send().await.unwrap().json().await.unwrap();
        answer["value"].as_str().unwrap().to_owned()
    }

    /// The id of the issuer's key.
    pub(crate) async fn key_id(&self) -> Value {
        let url = format!("{}/.well-known/jwks", self.sandbox.issuer());
        let keys: Value = self.client.get(url).send().await.unwrap().json().await.unwrap();
        keys["keys"][0]["kid"].clone()
    }
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` when it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// Settings of a broker before that sandbox that limits nobody and keeps nobody waiting.
pub(crate) fn settings_for(place: &Place, audience: &str) -> Settings {
    Settings {
        github_app_id: Some("12345".to_owned()),
        github_app_private_key: Some(Secret::new(place.app_private_key_pem.as_str())),
        github_app_private_key_file: None,
        github_actions_token_allowed_audience: Some(audience.to_owned()),
        github_actions_token_allowed_subjects: None,
        github_actions_token_issuer: format!("{}/oidc", place.url),
        github_api_url: place.url.clone(),
        port: 0,
        host: [127, 0, 0, 1].into(),
        rate_limit_per_minute: 0,
        owner_rate_limit_per_minute: 0,
        refused_limit_per_minute: 0,
        replay_guard: Switch::On,
        redis_url: None,
        store_failure: StoreFailure::Open,
        refusal_interval_ms: 0,
        max_in_flight: 1024,
        max_github_calls: 100,
        metrics_address: Some(([127, 0, 0, 1], 0).into()),
        log_level: "info".to_owned(),
        log_format: None,
        audit_log: "off".to_owned(),
        request_id_header: "x-request-id".to_owned(),
    }
}
