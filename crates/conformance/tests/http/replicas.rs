//! Several brokers that share a store.

mod failover;
mod outage;
mod policy_texts;
mod tls;

use std::env;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use broker::{LogFormat, Settings, StoreFailure, start_log};
use conformance::case::{base, merge};
use github_types::Secret;
use serde_json::{Value, json};

use crate::redis_server::RedisServer;
use crate::stage::{AUDIENCE, Answer, Broker, Stage};
use crate::{token, world};

/// A world, brokers before it, and their store.
struct Replicas {
    stage: Arc<Stage>,
    store: RedisServer,
    brokers: Vec<Arc<Broker>>,
    scenario: Value,
}

impl Replicas {
    async fn start(over: impl Fn(Settings) -> Settings) -> Self {
        Self::start_with(RedisServer::start(), over).await
    }

    async fn start_with(store: RedisServer, over: impl Fn(Settings) -> Settings) -> Self {
        let stage = Stage::start().await;
        let scenario = base().unwrap();
        world::set(&stage, &scenario, &Value::Null).await;
        let mut brokers = Vec::new();
        for _ in 0..2 {
            let redis_url = Some(Secret::new(store.url.as_str()));
            let settings = over(Settings { redis_url, ..stage.settings(AUDIENCE) });
            brokers.push(Arc::new(stage.broker_with(settings).await));
        }
        let this = Self { stage: Arc::new(stage), store, brokers, scenario };
        // From here on each broker has its token that reads policies, and its connection.
        for number in 0..2 {
            assert_eq!(this.ask_dry(number).await.status, 200);
        }
        this
    }

    async fn token(&self) -> String {
        token::sound(&self.stage, &self.scenario["claims"]).await
    }

    async fn ask(&self, number: usize, token: &str) -> Answer {
        self.stage.ask(&self.brokers[number], token, &self.scenario["request"]).await
    }

    async fn ask_dry(&self, number: usize) -> Answer {
        let request = merge(self.scenario["request"].clone(), json!({"dry_run": true}));
        self.stage.ask(&self.brokers[number], &self.token().await, &request).await
    }

    async fn ask_until_settled(&self, number: usize, token: &str) -> Answer {
        self.stage.ask_until_settled(&self.brokers[number], token, &self.scenario["request"]).await
    }
}

/// Tells a child that it is one.
const CHILD: &str = "CONFORMANCE_CHILD";

/// Plays a test in a child, which has an environment and a log of its own; gives what that printed. `name` is the
/// test's, within this module.
fn in_a_child(name: &str, environment: &[(&str, &str)], play: impl Future<Output = ()>) -> Option<String> {
    if env::var(CHILD).is_ok_and(|child| child == name) {
        let _log = start_log("info".parse().unwrap(), Some(LogFormat::Json)).unwrap();
        tokio::runtime::Runtime::new().unwrap().block_on(play);
        return None;
    }
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", &format!("replicas::{name}"), "--nocapture"])
        .env(CHILD, name)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&[child.stdout, child.stderr].concat()).into_owned();
    assert!(child.status.success(), "{output}");
    Some(output)
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_refuse_each_others_used_tokens() {
    let replicas = Replicas::start(|settings| settings).await;
    for (first, second) in [(0, 1), (1, 0)] {
        let token = replicas.token().await;
        assert_eq!(replicas.ask(first, &token).await.status, 200);
        let answer = replicas.ask_until_settled(second, &token).await;
        assert_eq!(answer.status, 401, "{}", answer.text);
        assert!(answer.text.contains("has obtained a token already"), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_at_one_replica_may_be_tried_at_another() {
    let replicas = Replicas::start(|settings| settings).await;
    let token = replicas.token().await;
    let over = json!({"kind": "replace", "json": {"permissions": {"contents": "write"}}});
    let route = "POST /app/installations/{id}/access_tokens";
    replicas.stage.fault(&json!({"route": route, "times": 1, "fault": over})).await;
    assert_eq!(replicas.ask(0, &token).await.status, 502);
    // Not even for a moment is it in use.
    assert_eq!(replicas.ask(1, &token).await.status, 200);
    assert_eq!(replicas.ask_until_settled(0, &token).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_at_all_replicas_one_gets_a_token() {
    let replicas = Arc::new(Replicas::start(|settings| settings).await);
    for _ in 0..5 {
        let token = replicas.token().await;
        let asked: Vec<_> = (0..40)
            .map(|number| {
                let (replicas, token) = (Arc::clone(&replicas), token.clone());
                tokio::spawn(async move { replicas.ask(number % 2, &token).await.status })
            })
            .collect();
        let mut statuses = Vec::new();
        for asked in asked {
            statuses.push(asked.await.unwrap());
        }
        let granted = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(granted, 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 401, 503].contains(status)), "{statuses:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_count_together() {
    let limits = |settings| Settings { rate_limit_per_minute: 4, ..settings };
    // Two are spent already.
    let replicas = Replicas::start(limits).await;
    for number in [0, 1] {
        assert_eq!(replicas.ask(number, &replicas.token().await).await.status, 200);
    }
    for number in [0, 1] {
        let answer = replicas.ask(number, &replicas.token().await).await;
        assert_eq!(answer.status, 429, "{}", answer.text);
        assert!(answer.text.contains("the repository asks too often"), "{}", answer.text);
        let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=15).contains(&wait), "one in fifteen seconds, but wait {wait}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_count_an_owners_repositories_together() {
    let limits = |settings| Settings { rate_limit_per_minute: 5, owner_rate_limit_per_minute: 4, ..settings };
    let replicas = Replicas::start(limits).await;
    for number in [0, 1] {
        assert_eq!(replicas.ask(number, &replicas.token().await).await.status, 200);
    }
    for number in [0, 1] {
        let answer = replicas.ask(number, &replicas.token().await).await;
        assert_eq!(answer.status, 429, "{}", answer.text);
        assert!(answer.text.contains("the owner's repositories ask too often"), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_the_store() {
    let limits = |settings| Settings { rate_limit_per_minute: 1000, ..settings };
    let replicas = Replicas::start(limits).await;
    let mut secrets: Vec<String> =
        replicas.stage.sandbox.app_private_key_pem().lines().map(str::to_owned).collect();
    for number in 0..6 {
        let token = replicas.token().await;
        let answer = replicas.ask(number % 2, &token).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        secrets.push(answer.json()["token"].as_str().unwrap().to_owned());
        secrets.extend(token.split('.').map(str::to_owned));
    }
    let dump = replicas.store.dump();
    let of = |kind: &str| dump.iter().filter(|(key, _)| key.contains(kind)).count();
    assert_eq!((of(":oidc-token:"), of(":repository:")), (6, 1), "{dump:?}");
    for (key, value) in &dump {
        let value = String::from_utf8_lossy(value);
        for text in [key.as_str(), &value] {
            assert!(!secrets.iter().any(|secret| text.contains(secret.as_str())), "{key}: {value}");
            assert!(!text.contains("ghs_") && !text.contains("eyJ") && !text.contains("octo"), "{text}");
        }
    }
    println!("{} entries, {} secrets looked for", dump.len(), secrets.len());
}
