//! Everything that may happen to a secret, once.

use std::fs;
use std::path::Path;
use std::time::Duration;

use broker::{LogFormat, Settings, start_log};
use conformance::case::{Signature, Token, base, merge};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::step;
use crate::stage::{AUDIENCE, Answer, Broker, Stage};
use crate::{token, world};

const MINT: &str = "POST /app/installations/{id}/access_tokens";

/// Plays all scenes, printing whatever comes out of them, and notes the secrets in a file.
pub(super) fn play(notes: &Path, format: &str) {
    let format = if format == "json" { LogFormat::Json } else { LogFormat::Pretty };
    let _log = start_log("trace".parse().unwrap(), Some(format)).unwrap();
    let secrets = Runtime::new().unwrap().block_on(scenes());
    fs::write(notes, serde_json::to_vec(&secrets).unwrap()).unwrap();
}

async fn scenes() -> Vec<String> {
    let stage = Stage::start().await;
    let audit =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secrets-audit-{}.log", std::process::id()));
    let settings = stage.settings(&format!("{AUDIENCE},127.0.0.1"));
    let audit_log = audit.to_str().unwrap().to_owned();
    let broker = stage.broker_with(Settings { audit_log, ..settings }).await;
    let pem = stage.sandbox.app_private_key_pem();
    let mut secrets: Vec<String> =
        pem.lines().filter(|line| !line.starts_with('-')).map(str::to_owned).collect();
    secrets.extend(exchanges(&stage, &broker).await);
    secrets.extend(odd_places(&stage, &broker).await);
    secrets.extend(steps(&stage, &broker).await);
    // What is revoked without keeping anybody waiting is to be logged, too.
    tokio::time::sleep(Duration::from_secs(1)).await;
    show_from_outside(&stage, &broker).await;
    println!("scene: the audit events");
    println!("{}", fs::read_to_string(&audit).unwrap());
    fs::remove_file(&audit).unwrap();
    secrets
}

/// What anybody can ask the broker.
async fn show_from_outside(stage: &Stage, broker: &Broker) {
    let paths = ["readyz", "openapi.json", "healthz", ""].map(|path| format!("{}/{path}", broker.url));
    for url in paths.iter().chain([&broker.metrics_url]) {
        println!("scene: GET {url}");
        let answer = stage.client.get(url).send().await.unwrap();
        println!("{} {:?}", answer.status(), answer.headers());
        println!("{}", answer.text().await.unwrap());
    }
}

/// Exchanges that end well, badly, and in the middle.
async fn exchanges(stage: &Stage, broker: &Broker) -> Vec<String> {
    let status = |status: u16| json!({"kind": "status", "status": status});
    let scenes = [
        ("granted", json!({}), Token::default(), vec![]),
        ("denied", json!({"owner_policy": null}), Token::default(), vec![]),
        ("refused", json!({}), Token { signature: Signature::Spoiled, ..Token::default() }, vec![]),
        ("bad request", json!({"request": {"permissions": {"contents": "all"}}}), Token::default(), vec![]),
        (
            "by contents",
            json!({"installation": {"permissions": {"single_file": null}}}),
            Token::default(),
            vec![],
        ),
        ("a failure", json!({}), Token::default(), vec![(MINT, 1, status(500))]),
        ("a refusal", json!({}), Token::default(), vec![(MINT, 1, status(422))]),
        ("no right", json!({}), Token::default(), vec![(MINT, 0, status(401))]),
        ("garbage", json!({}), Token::default(), vec![(MINT, 1, json!({"kind": "garbage"}))]),
        ("half an answer", json!({}), Token::default(), vec![(MINT, 1, json!({"kind": "truncate"}))]),
        ("a reset", json!({}), Token::default(), vec![(MINT, 1, json!({"kind": "reset"}))]),
        (
            "no end",
            json!({}),
            Token::default(),
            vec![(MINT, 1, json!({"kind": "replace", "json": {"expires_at": "soon"}}))],
        ),
        (
            "another token",
            json!({}),
            Token::default(),
            vec![(MINT, 1, json!({"kind": "replace", "json": {"permissions": {"contents": "write"}}}))],
        ),
        (
            "another token that stays",
            json!({}),
            Token::default(),
            vec![
                (MINT, 1, json!({"kind": "replace", "json": {"permissions": {"contents": "write"}}})),
                ("DELETE /installation/token", 0, status(400)),
            ],
        ),
        (
            "no policy to be had",
            json!({}),
            Token::default(),
            vec![("GET /repos/{owner}/{repo}/contents/{path}", 0, status(403))],
        ),
    ];
    let mut secrets = Vec::new();
    for (scene, over, order, faults) in scenes {
        println!("scene: {scene}");
        let scenario = set(stage, over).await;
        for (route, skip, fault) in faults {
            stage.fault(&json!({"route": route, "skip": skip, "times": 9, "fault": fault})).await;
        }
        let token = token::made(stage, None, &scenario["claims"], &order).await;
        let answer = stage.ask(broker, &token, &scenario["request"]).await;
        secrets.extend(parts(&token));
        secrets.extend(show(&answer));
        settle(stage, &answer).await;
    }
    secrets
}

/// Gives the broker a moment to revoke what the answer does not carry; then the next scene may change the world.
async fn settle(stage: &Stage, answer: &Answer) {
    let received = answer.json()["token_hash"].clone();
    for _ in 0..20 {
        let tokens = stage.tokens().await;
        // What reads single files is kept.
        let is_over = |token: &Value| {
            token["revoked"] == true
                || token["sha256"] == received
                || token["permissions"].get("single_file").is_some()
        };
        if tokens.last().is_none_or(is_over) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A token where none belongs, and a client that goes away.
async fn odd_places(stage: &Stage, broker: &Broker) -> Vec<String> {
    println!("scene: odd places");
    let scenario = set(stage, json!({})).await;
    let token = token::sound(stage, &scenario["claims"]).await;
    let url = format!("{}/access_tokens", broker.url);
    for authorization in
        [format!("Basic {token}"), token.clone(), format!("Bearer {token}.x"), format!("Bearer {token} x")]
    {
        let request =
            stage.client.post(&url).header("authorization", authorization).json(&scenario["request"]);
        show(&Answer::read(request.send().await.unwrap()).await);
    }
    let twice =
        stage.client.post(&url).bearer_auth(&token).header("x-authorization", &token).json(&json!({}));
    show(&Answer::read(twice.send().await.unwrap()).await);

    println!("scene: a client that goes away");
    stage.fault(&json!({"route": MINT, "times": 2, "fault": {"kind": "delay", "ms": 300}})).await;
    let pending = stage.client.post(&url).bearer_auth(&token).json(&scenario["request"]);
    let gone = tokio::time::timeout(Duration::from_millis(450), pending.send()).await;
    println!("went away: {}", gone.is_err());
    // The token comes after the one that reads the policies, and is revoked as soon as it is there.
    for _ in 0..100 {
        if stage.tokens().await.last().is_some_and(|token| token["revoked"] == true) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    parts(&token)
}

/// The action's steps against this broker.
async fn steps(stage: &Stage, broker: &Broker) -> Vec<String> {
    let mut secrets = Vec::new();
    for (scene, over, permissions, fault) in [
        ("a step that is granted a token", json!({}), "contents: read", None),
        ("a step that is refused", json!({}), "secrets: write", None),
        (
            "a step whose broker cannot be used",
            json!({}),
            "contents: read",
            Some((MINT, json!({"kind": "status", "status": 422}))),
        ),
        (
            "a step without an OIDC token",
            json!({}),
            "contents: read",
            Some(("runner", json!({"kind": "status", "status": 403}))),
        ),
        (
            "a step whose OIDC token is garbage",
            json!({}),
            "contents: read",
            Some(("runner", json!({"kind": "garbage"}))),
        ),
        (
            "a token that cannot be revoked",
            json!({}),
            "contents: read",
            Some(("DELETE /installation/token", json!({"kind": "status", "status": 400}))),
        ),
    ] {
        println!("scene: {scene}");
        let scenario = set(stage, over).await;
        if let Some((route, fault)) = fault {
            stage.fault(&json!({"route": route, "times": 9, "fault": fault})).await;
        }
        let url = format!("{}/sandbox/jobs", stage.sandbox.url());
        let order = json!({"claims": scenario["claims"]});
        let job: Value = stage.client.post(url).json(&order).send().await.unwrap().json().await.unwrap();
        secrets.push(job["request_token"].as_str().unwrap().to_owned());
        let (broker, api) = (broker.url.clone(), stage.sandbox.url().to_owned());
        let made = tokio::task::spawn_blocking(move || step::run(&broker, &api, permissions, &job)).await;
        secrets.extend(made.unwrap());
    }
    secrets
}

async fn set(stage: &Stage, over: Value) -> Value {
    stage.clear_faults().await;
    let scenario = merge(base().unwrap(), over);
    world::set(stage, &scenario, &Value::Null).await;
    scenario
}

/// A token, and each part of it that is long enough to be told from other text.
fn parts(token: &str) -> Vec<String> {
    token.split('.').filter(|part| part.len() > 40).chain([token]).map(str::to_owned).collect()
}

/// Prints an answer as it came, unless it is the one that carries a token: then the token is a secret, and covered.
fn show(answer: &Answer) -> Vec<String> {
    let body = answer.json();
    let secret = body["token"].as_str().map(str::to_owned);
    let covered =
        secret.iter().fold(answer.text.clone(), |text, secret| text.replacen(secret.as_str(), "***", 1));
    println!("{} {:?} {covered}", answer.status, answer.headers);
    secret.into_iter().collect()
}
