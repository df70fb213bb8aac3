//! What goes wrong during the load: about one call in twenty, the same ones in every run.

use conformance::case::merge;
use serde_json::{Value, json};

use crate::stage::Stage;

const MINT: &str = "POST /app/installations/{id}/access_tokens";
const CONTENTS: &str = "GET /repos/{owner}/{repo}/contents/{path}";
const ROUTES: [&str; 6] = [
    "GET /users/{username}/installation",
    MINT,
    CONTENTS,
    "DELETE /installation/token",
    "GET /oidc/.well-known/openid-configuration",
    "GET /oidc/.well-known/jwks",
];

/// Orders all faults; `patient` adds those for which one waits until the time is up.
pub(super) async fn order(stage: &Stage, patient: bool) {
    let mut seed = 0;
    for route in ROUTES {
        for (percent, fault) in quick().into_iter().chain(slow().into_iter().filter(|_| patient)) {
            seed += 1;
            if says_something_else(route, &fault) {
                continue;
            }
            let chance = json!({"percent": percent, "seed": seed});
            stage.fault(&json!({"route": route, "times": u32::MAX, "chance": chance, "fault": fault})).await;
        }
    }
    // What is minted is not always what was asked for.
    let wrong = json!({"kind": "replace", "json": {"permissions": {"contents": "write"}}});
    let order = json!({"route": MINT, "times": u32::MAX, "fault": wrong});
    stage.fault(&merge(order, json!({"chance": {"percent": 0.5, "seed": 1000}}))).await;
}

/// What is no failure but another answer: a policy that is no text or too long is refused as such, and a token in
/// whose place other words stand is known to nobody, who could revoke it.
fn says_something_else(route: &str, fault: &Value) -> bool {
    match fault["kind"].as_str() {
        Some("garbage") => route == MINT || route == CONTENTS,
        Some("endless") => route == CONTENTS,
        _ => false,
    }
}

fn quick() -> Vec<(f64, Value)> {
    let status = |status: u16| json!({"kind": "status", "status": status});
    let limit = |status: u16| json!({"kind": "status", "status": status, "headers": {"retry-after": "1"}});
    vec![
        (0.7, status(500)),
        (0.7, status(502)),
        (0.4, status(503)),
        (0.7, json!({"kind": "reset"})),
        (0.7, json!({"kind": "truncate"})),
        (0.4, json!({"kind": "garbage"})),
        (0.4, json!({"kind": "endless", "bytes": 4 << 20})),
        (0.3, json!({"kind": "mislabel", "content_type": "text/html"})),
        (0.3, json!({"kind": "delay", "ms": 300})),
        (0.3, json!({"kind": "late", "ms": 300})),
        // Rarely: each of these stops the App or the installation for a second.
        (0.03, limit(429)),
        (0.03, limit(403)),
    ]
}

fn slow() -> Vec<(f64, Value)> {
    vec![
        (0.05, json!({"kind": "hang"})),
        (0.05, json!({"kind": "late", "ms": 17_000})),
        (0.05, json!({"kind": "dribble", "ms": 100})),
    ]
}
