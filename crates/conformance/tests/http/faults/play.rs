//! Plays the table, cell by cell, each with a broker and a world of its own.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use broker::Pace;
use conformance::case::{base, merge};
use serde_json::{Value, json};

use super::kinds::{calls, fault};
use super::memory::peak_mib;
use super::table::{self, Cell, Expected};
use crate::stage::{AUDIENCE, Answer, Broker, Stage};
use crate::{lanes, token, world};

/// How much more memory than at the beginning may be held at any time; each endless body is ten times as long.
const MORE_MIB: u64 = 100;
/// How often it is looked whether something has come to its end, with a moment in between.
const LOOKS: usize = 600;

pub(super) async fn all() {
    let cells = table::read();
    let count = cells.len();
    // Everything that is made once is there after this.
    let warm = lanes::run(vec![(); 24], |stage, ()| Box::pin(async move { granted(stage).await })).await;
    assert!(warm.is_empty(), "{warm:?}");
    let before = peak_mib();
    let differences = lanes::run(cases(cells), |stage, cell| {
        Box::pin(async move {
            let wrong = play(stage, cell).await;
            let about = |wrong| format!("{} × {}: {wrong}", cell.fault, cell.route);
            wrong.into_iter().map(about).collect()
        })
    })
    .await;
    let after = peak_mib();
    println!("{count} cells, memory at most {before} MiB before and {after} MiB in the end");
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    assert!(after < before + MORE_MIB, "memory grew from {before} to {after} MiB");
    println!("all is as documented");
}

/// Those that take long come first.
fn cases(mut cells: Vec<Cell>) -> Vec<Cell> {
    let is_short = |cell: &Cell| !["no answer", "late answer", "slow body"].contains(&cell.fault.as_str());
    cells.sort_by_key(is_short);
    cells
}

async fn granted(stage: &Stage) -> Vec<String> {
    let scenario = base().unwrap();
    world::set(stage, &scenario, &Value::Null).await;
    let broker = broker(stage).await;
    let answer = ask(stage, &broker, &scenario).await;
    if answer.status == 200 { Vec::new() } else { vec![answer.text] }
}

/// A broker that waits for less than others.
async fn broker(stage: &Stage) -> Broker {
    let github = github_app::Pace {
        try_limit: Duration::from_secs(2),
        mint_limit: Duration::from_secs(10),
        unavailable: vec![Duration::from_millis(10); 2],
        ..github_app::Pace::default()
    };
    let pace = Pace { github, exchange: Duration::from_secs(5), issuer: Duration::from_secs(2) };
    stage.broker_at(stage.settings(AUDIENCE), pace).await
}

async fn ask(stage: &Stage, broker: &Broker, scenario: &Value) -> Answer {
    let token = token::sound(stage, &scenario["claims"]).await;
    stage.ask(broker, &token, &scenario["request"]).await
}

async fn play(stage: &Stage, cell: &Cell) -> Vec<String> {
    let scenario = base().unwrap();
    stage.clear_faults().await;
    world::set(stage, &scenario, &Value::Null).await;
    let broker = broker(stage).await;
    if cell.route == "revocation" {
        // A token for something else than was asked for, which is to be revoked.
        let other = json!({"kind": "replace", "json": {"permissions": {"contents": "write"}}});
        stage.fault(&merge(calls("mint"), json!({"times": 1, "fault": other}))).await;
    }
    stage.fault(&merge(calls(&cell.route), json!({"fault": fault(&cell.fault)}))).await;
    let mut wrong = Vec::new();
    let answer = ask(stage, &broker, &scenario).await;
    let wait = answer.header("retry-after").map(|seconds| seconds.parse().unwrap());
    let found = Expected { status: answer.status, wait };
    if found != cell.answer {
        wrong.push(format!("expected {:?}, got {found:?} {}", cell.answer, answer.text));
    }
    if answer.status != 200 && answer.text.contains("ghs_") {
        wrong.push(format!("shows a token: {}", answer.text));
    }
    deliver(&answer);
    if cell.route != "revocation" {
        stage.clear_faults().await;
    }
    wrong.extend(recovers(stage, &broker, &scenario).await);
    // A mint whose answer holds other words than the token: nobody is told the token, and nobody can revoke it.
    if (cell.fault.as_str(), cell.route.as_str()) == ("body that is no JSON", "mint") {
        deliver_unknown(stage).await;
    }
    wrong.extend(lost(stage).await);
    wrong
}

/// All is as before, at the latest when what GitHub or an issuer asked for is over.
async fn recovers(stage: &Stage, broker: &Broker, scenario: &Value) -> Option<String> {
    let mut last = None;
    for _ in 0..LOOKS {
        let answer = ask(stage, broker, scenario).await;
        deliver(&answer);
        match answer.status {
            200 => return None,
            // Who joins those that wait for a call that is still slow is too late with them.
            503 | 504 => {}
            _ => return Some(format!("the next answer is {}", answer.text)),
        }
        last = Some(answer.text);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Some(format!("does not recover: {last:?}"))
}

/// The hashes of the tokens that went out, of all lanes.
static DELIVERED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn deliver(answer: &Answer) {
    if let Some(hash) = answer.json()["token_hash"].as_str() {
        DELIVERED.lock().unwrap().insert(hash.to_owned());
    }
}

/// The one token that only the sandbox has ever seen.
async fn deliver_unknown(stage: &Stage) {
    let lost = lost_now(stage).await;
    assert!(lost.len() <= 1, "{lost:?}");
    let hashes = lost.iter().map(|token| token["sha256"].as_str().unwrap().to_owned());
    DELIVERED.lock().unwrap().extend(hashes);
}

/// The tokens that are alive although nobody was given them, but for those by which single files are read.
async fn lost(stage: &Stage) -> Vec<String> {
    let mut lost = Vec::new();
    for _ in 0..LOOKS {
        lost = lost_now(stage).await;
        if lost.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    lost.into_iter().map(|token| format!("lost: {token}")).collect()
}

async fn lost_now(stage: &Stage) -> Vec<Value> {
    let mut lost = stage.tokens().await;
    lost.retain(|token| {
        let is_reader = token["permissions"] == json!({"single_file": "read", "metadata": "read"})
            || token["permissions"] == json!({"single_file": "read"});
        let is_delivered = DELIVERED.lock().unwrap().contains(token["sha256"].as_str().unwrap());
        token["revoked"] == false && !is_reader && !is_delivered
    });
    lost
}
