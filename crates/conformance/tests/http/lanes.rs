//! Runs cases side by side: much of a case's time is waiting.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::stage::Stage;

/// How many sandboxes run side by side.
const LANES: usize = 6;

/// What becomes of one case: the differences.
pub(crate) type Outcome<'a> = Pin<Box<dyn Future<Output = Vec<String>> + Send + 'a>>;

/// Runs `run` on each case, on as many sandboxes as there are lanes, and gives back all differences.
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
