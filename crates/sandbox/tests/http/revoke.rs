//! Revoking a token.

use serde_json::json;

use crate::bench::Bench;

#[tokio::test]
async fn a_revoked_token_is_dead_and_others_live_on() {
    let bench = Bench::start().await;
    let (token, other) = (bench.token(json!({})).await, bench.token(json!({})).await);
    let revoked = bench.delete("/installation/token", &token).await;
    assert_eq!((revoked.status.as_u16(), revoked.text.as_str()), (204, ""));
    assert_eq!(bench.delete("/installation/token", &token).await.refusal(), (401, "Bad credentials".into()));
    assert_eq!(
        bench.get("/installation/repositories", &token).await.refusal(),
        (401, "Bad credentials".into())
    );
    assert_eq!(bench.get("/installation/repositories", &other).await.status, 200);
    let listed = bench.get("/sandbox/tokens", "").await.json();
    assert_eq!(json!([listed[0]["revoked"], listed[1]["revoked"]]), json!([true, false]));
}

#[tokio::test]
async fn only_a_token_can_revoke_itself() {
    let bench = Bench::start().await;
    assert_eq!(bench.delete("/installation/token", "").await.status, 401);
    assert_eq!(bench.delete("/installation/token", &bench.app_jwt()).await.status, 403);
    assert_eq!(bench.delete("/installation/token", "ghs_unknown").await.status, 401);
}
