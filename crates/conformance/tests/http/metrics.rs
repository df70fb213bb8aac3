//! The metrics of a broker, counted after a known sequence of requests.
//!
//! They are of a process, so the test starts itself as a child, in which nothing else happens.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use conformance::case::{base, merge};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::stage::{Broker, Stage};
use crate::{token, world};

/// Tells the child that it is one.
const CHILD: &str = "CONFORMANCE_METRICS";

#[test]
fn every_request_is_counted_once() {
    if env::var_os(CHILD).is_some() {
        Runtime::new().unwrap().block_on(counts());
        return;
    }
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "metrics::every_request_is_counted_once", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{output}");
}

async fn counts() {
    let stage = Stage::start().await;
    let broker = stage.broker(0).await;
    assert_eq!(
        samples(&stage, &broker).await.get("access_token_requests_total{outcome=\"granted\"}"),
        Some(&0.0)
    );
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &Value::Null).await;
    let asked = scenario["request"].clone();
    let too_much = merge(asked.clone(), json!({"permissions": {"secrets": "write"}}));
    let dry = merge(asked.clone(), json!({"dry_run": true}));
    let bodies =
        [(&asked, 200), (&asked, 200), (&asked, 200), (&dry, 200), (&too_much, 403), (&json!({}), 400)];
    for (body, status) in bodies {
        let token = token::sound(&stage, &scenario["claims"]).await;
        assert_eq!(stage.ask(&broker, &token, body).await.status, status);
    }
    assert_eq!(stage.ask(&broker, "garbage", &asked).await.status, 401);
    for path in ["nowhere", "access_tokens"] {
        stage.client.get(format!("{}/{path}", broker.url)).send().await.unwrap();
    }
    assert_eq!(stage.client.get(format!("{}/readyz", broker.url)).send().await.unwrap().status(), 200);

    let samples = samples(&stage, &broker).await;
    for (name, count) in [
        ("requests_total{outcome=\"granted\"}", 3.0),
        ("requests_total{outcome=\"would_grant\"}", 1.0),
        ("requests_total{outcome=\"denied\"}", 1.0),
        ("requests_total{outcome=\"bad_request\"}", 1.0),
        ("requests_total{outcome=\"unauthorized\"}", 1.0),
        ("requests_total{outcome=\"not_found\"}", 2.0),
        ("requests_total{outcome=\"internal\"}", 0.0),
        ("request_seconds_count", 7.0),
        ("request_seconds_bucket{le=\"+Inf\"}", 7.0),
        ("decision_seconds_count", 5.0),
        ("in_flight", 0.0),
        ("ready", 1.0),
    ] {
        assert_eq!(samples.get(&format!("access_token_{name}")), Some(&count), "{name}: {samples:#?}");
    }
    let mint = "access_token_github_requests_total{\
                route=\"POST /app/installations/{installation_id}/access_tokens\",status=\"201\"}";
    // Three tokens, and the one that reads policies.
    assert_eq!(samples.get(mint), Some(&4.0), "{samples:#?}");
}

/// The page of the metrics, read: every sample with its labels. Each must have been described before.
async fn samples(stage: &Stage, broker: &Broker) -> BTreeMap<String, f64> {
    let answer = stage.client.get(&broker.metrics_url).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text().await.unwrap();
    let (mut samples, mut family) = (BTreeMap::new(), (String::new(), false));
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = (help.split(' ').next().unwrap().to_owned(), false);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            family.1 = name == family.0;
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            let bare = name.split('{').next().unwrap();
            let suffix = bare.strip_prefix(&family.0).unwrap_or_else(|| panic!("not described: {line}"));
            assert!(family.1 && ["", "_bucket", "_sum", "_count"].contains(&suffix), "{line}");
            assert!(bare.starts_with("access_token_"), "{line}");
            assert!(samples.insert(name.to_owned(), value.parse().unwrap()).is_none(), "twice: {line}");
        }
    }
    samples
}
