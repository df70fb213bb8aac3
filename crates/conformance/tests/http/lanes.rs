//! Runs cases side by side: much of a case's time is waiting.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::stage::Stage;

/// How many sandboxes run side by side.
const LANES: usize = 6;

/// What becomes of one case: the differences.
pub(crate) type Outcome<'a> = Pin<Box<dyn Future<Output = Vec<String>> + Send + 'a>>;

/// Runs `run` on each case, on as many sandboxes as there are lanes, and gives back all differences.
///
/// Afterwards no token may be alive that nobody was given, but for those by which single files are read.
pub(crate) async fn run<C: Send + Sync + 'static>(
    cases: Vec<C>,
    run: impl for<'a> Fn(&'a Stage, &'a C) -> Outcome<'a> + Send + Sync + 'static,
) -> Vec<String> {
    let work = Arc::new((cases, AtomicUsize::new(0), run));
    let lanes: Vec<_> = (0..LANES)
        .map(|_| {
            let work = Arc::clone(&work);
            tokio::spawn(async move {
                let (cases, next, run) = &*work;
                let stage = Stage::start().await;
                let mut differences = Vec::new();
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    differences.extend(run(&stage, case).await);
                }
                differences.extend(lost_tokens(&stage).await);
                stage.sandbox.shutdown().await;
                differences
            })
        })
        .collect();
    let mut differences = Vec::new();
    for lane in lanes {
        differences.extend(lane.await.unwrap());
    }
    differences
}

/// Tokens that can read all contents and were not revoked.
///
/// The broker revokes them without keeping anybody waiting, so they are given a moment.
pub(crate) async fn lost_tokens(stage: &Stage) -> Vec<String> {
    let reads_contents = json!({"contents": "read", "metadata": "read"});
    let mut lost = Vec::new();
    for _ in 0..100 {
        let tokens = stage.tokens().await.into_iter();
        lost = tokens
            .filter(|token| {
                let is_reader = token["permissions"] == reads_contents && includes_policies(token);
                is_reader && token["revoked"] == false
            })
            .map(|token| format!("a token was not revoked: {token}"))
            .collect();
        if lost.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    lost
}

/// Whether the token reaches the repository of the owner policy, which no case asks for together with contents.
fn includes_policies(token: &serde_json::Value) -> bool {
    token["repositories"].as_array().is_some_and(|list| list.contains(&json!(".github-access-token")))
}
