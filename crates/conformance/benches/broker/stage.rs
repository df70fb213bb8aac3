//! The two servers: a sandbox GitHub, and a broker that works for it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Instant;

use reqwest::Client;
use serde_json::{Value, json};

use crate::load::{self, Load};
use crate::process::Process;
use crate::report::Start;

/// How many OIDC tokens the sandbox signs for one order, and how many orders it gets at once.
const TOKENS_AT_ONCE: usize = 500;
const ORDERS_AT_ONCE: usize = 2;

/// A sandbox in its own process.
pub(crate) struct Github {
    process: Process,
    ready: Value,
    http: Client,
}

impl Github {
    /// Starts one that adds this many milliseconds to every answer of its REST API.
    pub(crate) async fn start(latency_ms: u32) -> Self {
        let world = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sandbox/world");
        let latency = latency_ms.to_string();
        let arguments =
            ["sandbox", "--latency-ms", &latency, "--format", "json", "--until-stdin-closes", "--world"];
        let arguments = [&arguments[..], &[world.to_str().unwrap()]].concat();
        let (process, ready) = Process::start(&arguments, &[]).await;
        Self { process, ready, http: Client::new() }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    fn text(&self, key: &str) -> &str {
        self.ready[key].as_str().unwrap()
    }

    pub(crate) async fn set_world(&self, world: &Value) {
        let url = format!("{}/sandbox/world", self.text("url"));
        let answer = self.http.put(url).json(world).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// That many OIDC tokens of a job on the branch `main` of `octo-org/app`, each with its own id.
    pub(crate) async fn oidc_tokens(&self, count: usize) -> Vec<String> {
        let orders = (0..count.div_ceil(TOKENS_AT_ONCE)).collect::<Vec<_>>();
        let mut tokens = Vec::new();
        for some in orders.chunks(ORDERS_AT_ONCE) {
            let asked: Vec<_> = some
                .iter()
                .map(|_| tokio::spawn(order(self.http.clone(), self.text("url").to_owned())))
                .collect();
            for order in asked {
                tokens.extend(order.await.unwrap());
            }
        }
        tokens.truncate(count);
        tokens
    }
}

async fn order(http: Client, url: String) -> Vec<String> {
    let claims = json!({"repository": "octo-org/app", "ref": "refs/heads/main", "event_name": "push"});
    let order = json!({"claims": claims, "audience": "127.0.0.1", "count": TOKENS_AT_ONCE});
    let answer = http.post(format!("{url}/sandbox/id-tokens")).json(&order).send().await.unwrap();
    let mut answer: Value = answer.json().await.unwrap();
    serde_json::from_value(answer["values"].take()).unwrap()
}

/// A broker in its own process.
pub(crate) struct Broker {
    process: Process,
    pub(crate) address: SocketAddr,
}

impl Broker {
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn peak_mib(&self) -> f64 {
        self.process.peak_mib()
    }
}

/// Starts a broker for this GitHub, without limits on how often somebody may ask, and asks it for a first token with
/// this body and OIDC token.
pub(crate) async fn start_broker(
    github: &Github,
    (bodies, tokens): (&[String], &[String]),
) -> (Broker, Start) {
    let http = Client::new();
    let begun = Instant::now();
    let (process, listening) = Process::start(
        &["serve"],
        &[
            ("GITHUB_APP_ID", github.text("app_id")),
            ("GITHUB_APP_PRIVATE_KEY_FILE", github.text("private_key_file")),
            ("GITHUB_ACTIONS_TOKEN_ALLOWED_AUDIENCE", "127.0.0.1"),
            ("GITHUB_ACTIONS_TOKEN_ISSUER", github.text("issuer")),
            ("GITHUB_API_URL", github.text("api_url")),
            ("HOST", "127.0.0.1"),
            ("PORT", "0"),
            ("LOG_FORMAT", "json"),
            ("RATE_LIMIT_PER_MINUTE", "0"),
            ("OWNER_RATE_LIMIT_PER_MINUTE", "0"),
            ("REFUSED_LIMIT_PER_MINUTE", "0"),
        ],
    )
    .await;
    let address = listening["address"].as_str().unwrap().parse().unwrap();
    http.get(format!("http://{address}/healthz")).send().await.unwrap();
    let first_answer = begun.elapsed();
    load::run(Load { address, connections: 1, bodies, tokens }).await;
    let first_token = begun.elapsed();
    (Broker { process, address }, Start { first_answer, first_token })
}
