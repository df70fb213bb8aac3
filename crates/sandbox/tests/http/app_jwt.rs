//! The JWT of an App: every rule, one bend each.

use serde_json::{Value, json};

use crate::bench::{Bench, app_claims, now};

/// How `GET /app` answers a JWT that is good but for these claims (`null` takes one away) and header fields.
async fn refusal(bench: &Bench, header: Value, claims: Value) -> (u16, String) {
    let mut good = app_claims();
    for (name, value) in claims.as_object().unwrap() {
        if value.is_null() {
            good.as_object_mut().unwrap().remove(name);
        } else {
            good[name] = value.clone();
        }
    }
    bench.get("/app", &bench.sign(&header, &good)).await.refusal()
}

fn rs256() -> Value {
    json!({"alg": "RS256", "typ": "JWT"})
}

#[tokio::test]
async fn accepts_app_id_as_text_or_number_and_client_id() {
    let bench = Bench::start().await;
    for issuer in [json!("12345"), json!(12345), json!("Iv1.sandbox")] {
        let mut claims = app_claims();
        claims["iss"] = issuer.clone();
        assert_eq!(bench.get("/app", &bench.sign(&rs256(), &claims)).await.status, 200, "{issuer}");
    }
}

#[tokio::test]
async fn refuses_another_app_as_not_found() {
    let bench = Bench::start().await;
    for issuer in [json!("54321"), json!(54321), json!("Iv1.other")] {
        assert_eq!(
            refusal(&bench, rs256(), json!({"iss": issuer})).await,
            (404, "Integration not found".into())
        );
    }
}

#[tokio::test]
async fn refuses_an_issuer_that_is_no_app_at_all() {
    let bench = Bench::start().await;
    let expected = (401, "'Issuer' claim ('iss') must be an Integer".to_owned());
    assert_eq!(refusal(&bench, rs256(), json!({"iss": "my-app"})).await, expected);
    let expected = (401, "Missing 'issuer' claim ('iss') in assertion".to_owned());
    assert_eq!(refusal(&bench, rs256(), json!({"iss": null})).await, expected);
}

#[tokio::test]
async fn refuses_more_than_ten_minutes_of_life() {
    let bench = Bench::start().await;
    let expected = (401, "'Expiration time' claim ('exp') is too far in the future".to_owned());
    assert_eq!(refusal(&bench, rs256(), json!({"exp": now() + 660})).await, expected);
    let mut longest = app_claims();
    longest["exp"] = json!(now() + 600);
    assert_eq!(bench.get("/app", &bench.sign(&rs256(), &longest)).await.status, 200);
}

#[tokio::test]
async fn refuses_an_expired_assertion_and_one_whose_time_is_no_number() {
    let bench = Bench::start().await;
    for exp in [json!(now() - 1), json!("tomorrow"), json!(1.5)] {
        let (status, message) = refusal(&bench, rs256(), json!({"exp": exp})).await;
        assert_eq!(status, 401);
        assert!(message.starts_with("'Expiration time' claim ('exp') must be a numeric value"), "{message}");
    }
    let expected = (401, "Missing 'expiration' claim ('exp') in assertion".to_owned());
    assert_eq!(refusal(&bench, rs256(), json!({"exp": null})).await, expected);
}

#[tokio::test]
async fn allows_a_minute_of_drift_in_the_time_of_issue_but_not_more() {
    let bench = Bench::start().await;
    let mut drifting = app_claims();
    drifting["iat"] = json!(now() + 30);
    assert_eq!(bench.get("/app", &bench.sign(&rs256(), &drifting)).await.status, 200);
    for iat in [json!(now() + 120), json!("now"), Value::Null] {
        let (status, message) = refusal(&bench, rs256(), json!({"iat": iat})).await;
        assert_eq!(status, 401);
        assert!(message.starts_with("'Issued at' claim ('iat') must be an Integer"), "{message}");
    }
}

#[tokio::test]
async fn refuses_another_algorithm_even_with_a_good_signature() {
    let bench = Bench::start().await;
    for algorithm in ["none", "HS256", "RS512", "rs256"] {
        let header = json!({"alg": algorithm, "typ": "JWT"});
        let expected = (401, "A JSON web token could not be decoded".to_owned());
        assert_eq!(refusal(&bench, header, json!({})).await, expected, "{algorithm}");
    }
}

#[tokio::test]
async fn refuses_a_changed_payload_or_signature() {
    let bench = Bench::start().await;
    let jwt = bench.app_jwt();
    let (input, signature) = jwt.rsplit_once('.').unwrap();
    let (header, _) = input.split_once('.').unwrap();
    let other = bench.sign(&rs256(), &json!({"iss": "12345", "iat": 0, "exp": now() + 500}));
    let other_payload = other.split('.').nth(1).unwrap();
    for bad in [
        format!("{header}.{other_payload}.{signature}"),
        format!("{input}."),
        format!("{input}.{}", signature.chars().rev().collect::<String>()),
        format!("{header}..{signature}"),
    ] {
        let expected = (401, "A JSON web token could not be decoded".to_owned());
        assert_eq!(bench.get("/app", &bad).await.refusal(), expected, "{bad}");
    }
}

#[tokio::test]
async fn refuses_a_jwt_with_the_scheme_of_tokens() {
    let bench = Bench::start().await;
    let request = bench.request(reqwest::Method::GET, "/app");
    let request = request.header("authorization", format!("token {}", bench.app_jwt()));
    assert_eq!(bench.send(request).await.refusal(), (401, "Bad credentials".into()));
}

#[tokio::test]
async fn routes_of_the_app_want_a_jwt() {
    let bench = Bench::start().await;
    let token = bench.token(json!({})).await;
    for credential in ["", &token] {
        for path in [
            "/app",
            "/orgs/octo-org/installation",
            "/users/octo-org/installation",
            "/repos/octo-org/docs/installation",
        ] {
            let expected = (401, "A JSON web token could not be decoded".to_owned());
            assert_eq!(bench.get(path, credential).await.refusal(), expected, "{path}");
        }
        let minted = bench.post("/app/installations/1/access_tokens", credential, &json!({})).await;
        assert_eq!(minted.refusal(), (401, "A JSON web token could not be decoded".into()));
    }
}

#[tokio::test]
async fn the_app_is_told_about_itself() {
    let bench = Bench::start().await;
    let app = bench.get("/app", &bench.app_jwt()).await.json();
    assert_eq!(
        json!([app["id"], app["client_id"], app["slug"], app["installations_count"]]),
        json!([12345, "Iv1.sandbox", "access-token-sandbox", 1])
    );
}
