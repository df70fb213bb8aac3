//! The hourly quota.

use std::time::Duration;

use sandbox::App;
use serde_json::json;

use crate::bench::{Bench, now, world};

async fn limited(limit: u64) -> Bench {
    Bench::on(world().app(App { rate_limit: limit, ..App::default() })).await
}

#[tokio::test]
async fn asking_how_much_is_left_is_free() {
    let bench = limited(5).await;
    let token = bench.token(json!({})).await;
    bench.get("/repos/octo-org/website", &token).await;
    for _ in 0..2 {
        let reply = bench.get("/rate_limit", &token).await;
        assert_eq!(reply.json()["rate"]["used"], 1);
        assert_eq!(reply.json()["resources"]["core"]["remaining"], 4);
        assert_eq!(reply.header("x-ratelimit-remaining"), "4");
    }
    assert_eq!(bench.get("/rate_limit", "").await.json()["rate"]["used"], 0);
}

#[tokio::test]
async fn refuses_more_than_the_limit_until_the_hour_is_over() {
    let bench = limited(2).await;
    let token = bench.token(json!({})).await;
    for left in ["1", "0"] {
        assert_eq!(bench.get("/repos/octo-org/website", &token).await.header("x-ratelimit-remaining"), left);
    }
    let refused = bench.get("/repos/octo-org/website", &token).await;
    assert_eq!(refused.refusal(), (403, "API rate limit exceeded for installation ID 1.".into()));
    assert_eq!(refused.header("x-ratelimit-remaining"), "0");
    assert_eq!(bench.get("/rate_limit", &token).await.status, 200);
    bench.sandbox.advance_clock(Duration::from_secs(3600));
    let claims = json!({"iss": "12345", "iat": now() + 3540, "exp": now() + 4140});
    let jwt = bench.sign(&json!({"alg": "RS256"}), &claims);
    let minted = bench.post("/app/installations/1/access_tokens", &jwt, &json!({})).await.json();
    let fresh = minted["token"].as_str().unwrap();
    assert_eq!(bench.get("/repos/octo-org/website", fresh).await.header("x-ratelimit-remaining"), "1");
}

#[tokio::test]
async fn all_tokens_of_an_installation_share_its_quota() {
    let bench = limited(2).await;
    let (first, second) = (bench.token(json!({})).await, bench.token(json!({})).await);
    assert_eq!(bench.get("/repos/octo-org/website", &first).await.header("x-ratelimit-used"), "1");
    assert_eq!(bench.get("/repos/octo-org/website", &second).await.header("x-ratelimit-used"), "2");
}
