//! What the rows and columns of the table are to the sandbox.

use serde_json::{Value, json};

/// The rows, in the words of the table.
pub(super) const FAULTS: [&str; 12] = [
    "500",
    "502",
    "429 with `retry-after: 2`",
    "403 of a secondary limit, `retry-after: 2`",
    "connection reset",
    "no answer",
    "late answer",
    "slow body",
    "body cut short",
    "body without end",
    "body that is no JSON",
    "other content type",
];

/// The columns, in the words of the table.
pub(super) const ROUTES: [&str; 8] = [
    "installation",
    "reading token",
    "owner policy",
    "repository policy",
    "mint",
    "revocation",
    "discovery document",
    "issuer's keys",
];

/// The fault as the sandbox takes it. What is slow is slower than the broker of this test waits.
pub(super) fn fault(name: &str) -> Value {
    // GitHub's page on rate limits, and what it answers in such a case.
    let secondary = json!({
        "documentation_url": "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
        "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    });
    match name {
        "500" | "502" => json!({"kind": "status", "status": name.parse::<u16>().unwrap()}),
        "429 with `retry-after: 2`" => {
            json!({"kind": "status", "status": 429, "headers": {"retry-after": "2"}})
        }
        "403 of a secondary limit, `retry-after: 2`" => json!({
            "kind": "status", "status": 403, "body": secondary.to_string(),
            "headers": {"retry-after": "2", "x-ratelimit-limit": "5000", "x-ratelimit-remaining": "4987"},
        }),
        "connection reset" => json!({"kind": "reset"}),
        "no answer" => json!({"kind": "hang"}),
        "late answer" => json!({"kind": "late", "ms": 6_000}),
        "slow body" => json!({"kind": "dribble", "ms": 80}),
        "body cut short" => json!({"kind": "truncate"}),
        "body without end" => json!({"kind": "endless", "bytes": 1_u64 << 30}),
        "body that is no JSON" => json!({"kind": "garbage"}),
        "other content type" => json!({"kind": "mislabel", "content_type": "text/html; charset=utf-8"}),
        other => panic!("`{other}` is no fault"),
    }
}

/// Which calls to GitHub fail, as a part of an order: all of the route, whatever the broker tries.
pub(super) fn calls(route: &str) -> Value {
    const MINT: &str = "POST /app/installations/{id}/access_tokens";
    const CONTENTS: &str = "GET /repos/{owner}/{repo}/contents/{path}";
    match route {
        "installation" => json!({"route": "GET /users/{username}/installation", "times": 1000}),
        "reading token" => json!({"route": MINT, "times": 1000}),
        "owner policy" => json!({"route": CONTENTS, "path": "/.github-access-token/", "times": 1000}),
        "repository policy" => json!({"route": CONTENTS, "path": "/website/", "times": 1000}),
        // After the one by which the policies are read.
        "mint" => json!({"route": MINT, "skip": 1, "times": 1000}),
        // Not for ever, because the broker does not give up.
        "revocation" => json!({"route": "DELETE /installation/token", "times": 2}),
        "discovery document" => {
            json!({"route": "GET /oidc/.well-known/openid-configuration", "times": 1000})
        }
        "issuer's keys" => json!({"route": "GET /oidc/.well-known/jwks", "times": 1000}),
        other => panic!("`{other}` is no route"),
    }
}
