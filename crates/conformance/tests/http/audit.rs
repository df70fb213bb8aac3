//! The audit events of a broker: one for each exchange, and each a `CloudEvent`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use broker::Settings;
use conformance::case::{base, merge};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::stage::{AUDIENCE, Answer, Broker, Stage};
use crate::{token, world};

const MINT: &str = "POST /app/installations/{id}/access_tokens";

/// What CloudEvents 1.0 asks of an event in the JSON format, and what ours have beyond.
fn cloud_event() -> Validator {
    let text = json!({"type": "string", "minLength": 1});
    let data = json!({
        "type": "object",
        "required": ["request_id", "outcome", "status"],
        "additionalProperties": false,
        "properties": {
            "request_id": text, "outcome": text, "status": {"type": "integer"}, "reason": text,
            "caller": {
                "type": "object",
                "required": ["repository", "sub"],
                "additionalProperties": text,
            },
            "request": {"type": "object", "required": ["owner", "repositories", "permissions", "dry_run"]},
            "by": {"type": "array", "minItems": 1},
            "by_omitted": {"type": "integer", "minimum": 1},
            "issues": {"type": "array", "minItems": 1},
            "issues_omitted": {"type": "integer", "minimum": 1},
            "hashed_token": {"type": "string", "pattern": "^[A-Za-z0-9+/]{43}=$"},
            "expires_at": {"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$"},
            "github_request_id": text,
        },
    });
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["id", "source", "specversion", "type", "time", "datacontenttype", "data"],
        // The names of attributes are small letters and digits.
        "propertyNames": {"pattern": "^[a-z0-9]+$"},
        "properties": {
            "id": text,
            "source": {"type": "string", "pattern": "^https://[a-z0-9.-]+/access_tokens$"},
            "specversion": {"const": "1.0"},
            "type": {"enum": [
                "access-token.exchange.granted",
                "access-token.exchange.undelivered",
                "access-token.exchange.would-grant",
                "access-token.exchange.denied",
                "access-token.exchange.refused",
                "access-token.exchange.failed",
            ]},
            "subject": text,
            "time": {"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$"},
            "datacontenttype": {"const": "application/json"},
            "data": data,
        },
        "additionalProperties": false,
    });
    jsonschema::validator_for(&schema).unwrap()
}

/// A broker that writes its events to a file.
struct Scene {
    stage: Stage,
    broker: Broker,
    file: PathBuf,
    scenario: Value,
}

impl Scene {
    async fn start(name: &str) -> Self {
        let stage = Stage::start().await;
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("audit-{name}.log"));
        let _ = std::fs::remove_file(&file);
        let audit_log = file.to_str().unwrap().to_owned();
        let broker = stage.broker_with(Settings { audit_log, ..stage.settings(AUDIENCE) }).await;
        let scenario = base().unwrap();
        world::set(&stage, &scenario, &Value::Null).await;
        Self { stage, broker, file, scenario }
    }

    /// Asks for what the body says, with this request id.
    fn request(&self, id: &str, token: &str, body: &Value) -> reqwest::RequestBuilder {
        let url = format!("{}/access_tokens", self.broker.url);
        self.stage.client.post(url).bearer_auth(token).header("x-request-id", id).json(body)
    }

    async fn ask(&self, id: &str, body: &Value) -> Answer {
        let token = token::sound(&self.stage, &self.scenario["claims"]).await;
        Answer::read(self.request(id, &token, body).send().await.unwrap()).await
    }

    /// The events, once there are so many; the broker works on by itself.
    async fn events(&self, count: usize) -> Vec<Value> {
        let mut lines = Vec::new();
        for _ in 0..400 {
            let text = std::fs::read_to_string(&self.file).unwrap();
            lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            if lines.len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        lines
    }
}

/// The one event with this request id.
fn event<'a>(events: &'a [Value], id: &str) -> &'a Value {
    let mut found = events.iter().filter(|event| event["data"]["request_id"] == id);
    let event = found.next().unwrap_or_else(|| panic!("no event of `{id}`"));
    assert!(found.next().is_none(), "more than one event of `{id}`");
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn every_exchange_leaves_exactly_one_event() {
    let scene = Scene::start("all").await;
    let asked = scene.scenario["request"].clone();
    let granted = scene.ask("granted", &asked).await;
    assert_eq!(granted.status, 200, "{}", granted.text);
    assert_eq!(scene.ask("dry", &merge(asked.clone(), json!({"dry_run": true}))).await.status, 200);
    let too_much = merge(asked.clone(), json!({"permissions": {"secrets": "write"}}));
    assert_eq!(scene.ask("denied", &too_much).await.status, 403);
    assert_eq!(scene.ask("bad", &json!({"permissions": {}})).await.status, 400);
    let garbage = scene.request("unknown", "garbage", &asked).send().await.unwrap();
    assert_eq!(garbage.status(), 401);
    let status = json!({"kind": "replace", "json": {"permissions": {"contents": "write"}}});
    scene.stage.fault(&json!({"route": MINT, "times": 1, "fault": status})).await;
    assert_eq!(scene.ask("failed", &asked).await.status, 502);

    // The client goes away while GitHub mints.
    let delay = json!({"kind": "delay", "ms": 700});
    scene.stage.fault(&json!({"route": MINT, "times": 1, "fault": delay})).await;
    let token = token::sound(&scene.stage, &scene.scenario["claims"]).await;
    let pending = scene.request("gone", &token, &asked).send();
    assert!(tokio::time::timeout(Duration::from_millis(400), pending).await.is_err());

    // None of these is an exchange.
    for path in ["access_tokens", "nowhere", "metrics"] {
        let url = format!("{}/{path}", scene.broker.url);
        scene.stage.client.get(url).header("x-request-id", "none").send().await.unwrap();
    }

    let events = scene.events(7).await;
    assert_eq!(events.len(), 7, "{events:#?}");
    let schema = cloud_event();
    for event in &events {
        let errors: Vec<String> = schema.iter_errors(event).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {event:#}");
        assert!(!event.to_string().contains("ghs_"), "{event:#}");
    }
    for (id, kind, outcome, status) in [
        ("granted", "granted", "granted", 200),
        ("dry", "would-grant", "would_grant", 200),
        ("denied", "denied", "denied", 403),
        ("bad", "refused", "bad_request", 400),
        ("unknown", "refused", "unauthorized", 401),
        ("failed", "failed", "github_failed", 502),
        ("gone", "undelivered", "granted", 200),
    ] {
        let event = event(&events, id);
        assert_eq!(event["type"], format!("access-token.exchange.{kind}"), "{event:#}");
        let data = &event["data"];
        assert_eq!((&data["outcome"], &data["status"]), (&json!(outcome), &json!(status)), "{event:#}");
        let knows_the_caller = data["caller"]["sub"] == scene.scenario["claims"]["sub"];
        assert_eq!(knows_the_caller, id != "unknown", "{event:#}");
        let decided = ["granted", "dry", "denied", "gone", "failed"].contains(&id);
        assert_eq!(data["request"]["owner"] == "octo-org", decided, "{event:#}");
    }
    let data = &event(&events, "granted")["data"];
    assert_eq!(data["hashed_token"], granted.json()["token_hash"]);
    assert_eq!(data["expires_at"], granted.json()["expires_at"]);
    assert!(data["github_request_id"].is_string(), "{data:#}");
    assert_eq!(event(&events, "denied")["data"]["issues"][0]["permission"], "secrets");
    let gone = &event(&events, "gone")["data"]["hashed_token"];
    for _ in 0..200 {
        if scene.stage.token(gone).await["revoked"] == true {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(scene.stage.token(gone).await["revoked"], true, "{gone}");
    std::fs::remove_file(&scene.file).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_exchanges_at_once_leave_one_event_each() {
    let scene = Scene::start("many").await;
    let asked = scene.scenario["request"].clone();
    let mut pending = Vec::new();
    for number in 0..100 {
        let token = token::sound(&scene.stage, &scene.scenario["claims"]).await;
        let request = scene.request(&format!("request-{number}"), &token, &asked);
        pending.push(tokio::spawn(async move { request.send().await.unwrap().status().as_u16() }));
    }
    let mut granted = 0;
    for one in pending {
        granted += usize::from(one.await.unwrap() == 200);
    }
    let events = scene.events(100).await;
    assert_eq!(events.len(), 100);
    for number in 0..100 {
        event(&events, &format!("request-{number}"));
    }
    let count = events.iter().filter(|event| event["type"] == "access-token.exchange.granted").count();
    assert_eq!(count, granted);
    let mut ids: Vec<&str> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 100);
    std::fs::remove_file(&scene.file).unwrap();
}
