//! The issuer, the runner and the signing of anything.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::bench::{Bench, Reply, now};

/// Starts a job with these claims and returns where and with what to ask for tokens.
async fn job(bench: &Bench, claims: Value) -> (String, String) {
    let reply = bench.post("/sandbox/jobs", "", &json!({"claims": claims})).await;
    assert_eq!(reply.status, 201);
    let text = |name: &str| reply.json()[name].as_str().unwrap().to_owned();
    (text("request_url"), text("request_token"))
}

async fn ask(bench: &Bench, claims: Value, audience: &str) -> Reply {
    let (url, token) = job(bench, claims).await;
    bench.get(&format!("{url}&audience={audience}"), &token).await
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Header and claims of a JWT.
fn read(jwt: &str) -> (Value, Value) {
    let parts: Vec<&str> = jwt.split('.').collect();
    (decoded(parts[0]), decoded(parts[1]))
}

/// Whether a JWT is signed by the key of the issuer.
async fn is_genuine(bench: &Bench, jwt: &str) -> bool {
    let configuration = bench.get("/oidc/.well-known/openid-configuration", "").await.json();
    assert_eq!(configuration["issuer"], bench.sandbox.issuer());
    let keys = bench.get(configuration["jwks_uri"].as_str().unwrap(), "").await.json();
    let key = &keys["keys"][0];
    assert_eq!(json!([key["kty"], key["alg"], key["use"]]), json!(["RSA", "RS256", "sig"]));
    assert_eq!(key["kid"], read(jwt).0["kid"]);
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let (input, signature) = jwt.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    RsaPublicKeyComponents { n: bytes("n"), e: bytes("e") }
        .verify(&RSA_PKCS1_2048_8192_SHA256, input.as_bytes(), &signature)
        .is_ok()
}

#[tokio::test]
async fn a_job_gets_a_token_for_its_audience() {
    let bench = Bench::start().await;
    let before = now();
    let reply = ask(&bench, json!({"repository": "octo-org/website"}), "broker.example").await.json();
    let jwt = reply["value"].as_str().unwrap();
    assert_eq!(reply["count"], jwt.len());
    assert!(is_genuine(&bench, jwt).await);
    let (header, claims) = read(jwt);
    assert_eq!(json!([header["alg"], header["typ"]]), json!(["RS256", "JWT"]));
    assert_eq!(claims["sub"], "repo:octo-org/website:ref:refs/heads/main");
    assert_eq!(claims["aud"], "broker.example");
    assert_eq!(claims["iss"], bench.sandbox.issuer());
    assert_eq!(claims["repository_id"], "42");
    assert_eq!(claims["repository_owner_id"], "9919");
    assert_eq!(claims["workflow_ref"], "octo-org/website/.github/workflows/ci.yml@refs/heads/main");
    let issued = claims["iat"].as_i64().unwrap();
    assert!((before..=now()).contains(&issued));
    assert_eq!(json!([claims["nbf"], claims["exp"]]), json!([issued, issued + 300]));
}

#[tokio::test]
async fn every_token_is_another_one() {
    let bench = Bench::start().await;
    let (url, token) = job(&bench, json!({})).await;
    let first = bench.get(&url, &token).await.json();
    let second = bench.get(&url, &token).await.json();
    let id = |reply: &Value| read(reply["value"].as_str().unwrap()).1["jti"].clone();
    assert_ne!(id(&first), id(&second));
}

#[tokio::test]
async fn many_tokens_come_at_once_and_each_is_another_one() {
    let bench = Bench::start().await;
    let order =
        json!({"claims": {"repository": "octo-org/website"}, "audience": "broker.example", "count": 3});
    let reply = bench.post("/sandbox/id-tokens", "", &order).await.json();
    let tokens: Vec<&str> =
        reply["values"].as_array().unwrap().iter().map(|token| token.as_str().unwrap()).collect();
    assert_eq!(tokens.len(), 3);
    let mut ids = std::collections::BTreeSet::new();
    for token in tokens {
        assert!(is_genuine(&bench, token).await);
        let claims = read(token).1;
        assert_eq!(claims["sub"], "repo:octo-org/website:ref:refs/heads/main");
        assert_eq!(claims["aud"], "broker.example");
        ids.insert(claims["jti"].to_string());
    }
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn without_an_audience_it_is_the_url_of_the_owner() {
    let bench = Bench::start().await;
    let (url, token) = job(&bench, json!({})).await;
    let reply = bench.get(&url, &token).await.json();
    assert_eq!(read(reply["value"].as_str().unwrap()).1["aud"], "https://github.com/octo-org");
}

#[tokio::test]
async fn given_claims_win_and_null_leaves_one_out() {
    let bench = Bench::start().await;
    let claims = json!({"sub": "anything", "exp": 1, "iss": "https://issuer.example", "actor": null, "environment": "production"});
    let reply = ask(&bench, claims, "broker.example").await.json();
    let claims = read(reply["value"].as_str().unwrap()).1;
    assert_eq!(
        json!([claims["sub"], claims["exp"], claims["iss"], claims["environment"], claims.get("actor")]),
        json!(["anything", 1, "https://issuer.example", "production", null])
    );
}

#[tokio::test]
async fn only_the_jobs_own_token_asks() {
    let bench = Bench::start().await;
    let (url, token) = job(&bench, json!({})).await;
    let (_, other) = job(&bench, json!({})).await;
    for credential in ["", "wrong", &other] {
        assert_eq!(bench.get(&url, credential).await.status, 401, "{credential}");
    }
    let other_job = format!("{}/runner/idtoken/unknown?api-version=2.0", bench.sandbox.url());
    assert_eq!(bench.get(&other_job, &token).await.status, 401);
    let basic = bench.request(Method::GET, &url).header("authorization", format!("Basic {token}"));
    assert_eq!(bench.send(basic).await.status, 401);
    let lower = bench.request(Method::GET, &url).header("authorization", format!("bearer {token}"));
    assert_eq!(bench.send(lower).await.status, 200);
}

#[tokio::test]
async fn signs_exactly_the_claims_it_is_given() {
    let bench = Bench::start().await;
    let order = json!({"header": {"kid": "other", "typ": null}, "claims": {"sub": "x"}});
    let jwt = bench.post("/sandbox/sign", "", &order).await.json()["value"].as_str().unwrap().to_owned();
    assert_eq!(read(&jwt), (json!({"alg": "RS256", "kid": "other"}), json!({"sub": "x"})));
    let plain = bench.post("/sandbox/sign", "", &json!({"claims": {"sub": "x"}})).await.json();
    assert!(is_genuine(&bench, plain["value"].as_str().unwrap()).await);
}

#[tokio::test]
async fn signs_in_the_ways_of_attackers() {
    let bench = Bench::start().await;
    let sign = async |algorithm: &str| {
        let order = json!({"header": {"alg": algorithm}, "claims": {"sub": "x"}});
        bench.post("/sandbox/sign", "", &order).await.json()["value"].as_str().unwrap().to_owned()
    };
    let unsigned = sign("none").await;
    assert!(unsigned.ends_with('.'), "{unsigned}");
    assert!(is_genuine(&bench, &sign("RS512").await).await, "an RS256 signature under another name");
    let confused = sign("HS256").await;
    assert!(!is_genuine(&bench, &confused).await);
    let tag = URL_SAFE_NO_PAD.decode(confused.rsplit_once('.').unwrap().1).unwrap();
    assert_eq!(tag.len(), hmac::HMAC_SHA256.digest_algorithm().output_len());
}

#[tokio::test]
async fn refuses_orders_that_it_does_not_understand() {
    let bench = Bench::start().await;
    for (path, body) in [
        ("/sandbox/jobs", json!({"claim": {}})),
        ("/sandbox/jobs", json!({"claims": []})),
        ("/sandbox/id-tokens", json!({})),
        ("/sandbox/id-tokens", json!({"count": 1001})),
        ("/sandbox/sign", json!({"header": {}})),
    ] {
        assert_eq!(bench.post(path, "", &body).await.refusal().0, 400, "{path} {body}");
    }
}
