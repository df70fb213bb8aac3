//! Tokens that somebody made to get in. Each is refused, and nothing is fetched from where it points.

use conformance::case::{Signature, Token, base};
use serde_json::{Map, Value, json};

use crate::stage::Stage;
use crate::{token, world};

fn fields(json: Value) -> Map<String, Value> {
    json.as_object().unwrap().clone()
}

/// Token headers that ask to be believed, pointing to `place`.
fn headers(place: &str, kid: &Value) -> Vec<Map<String, Value>> {
    let key = json!({"kty": "RSA", "kid": kid, "n": "AQAB", "e": "AQAB", "alg": "RS256", "use": "sig"});
    [
        json!({"alg": "none"}),
        json!({"alg": "None"}),
        json!({"alg": ""}),
        json!({"alg": null}),
        json!({"alg": ["RS256"]}),
        // The sandbox signs this one with the PEM of the public key as the shared secret.
        json!({"alg": "HS256"}),
        json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "c2VjcmV0"}}),
        json!({"alg": "RS384"}),
        json!({"alg": "PS256"}),
        json!({"alg": "ES256"}),
        json!({"alg": "rs256"}),
        json!({"kid": ""}),
        json!({"kid": "../../etc/passwd"}),
        json!({"kid": format!("{place}/jwks")}),
        json!({"kid": [kid]}),
        json!({"kid": "unknown", "jku": format!("{place}/jwks")}),
        json!({"kid": "unknown", "x5u": format!("{place}/x5u")}),
        json!({"kid": "unknown", "jwk": key}),
        json!({"crit": ["exp"]}),
        json!({"crit": ["b64"], "b64": false}),
    ]
    .into_iter()
    .map(fields)
    .collect()
}

/// Claims that ask to be believed, pointing to `place`.
fn claims(place: &str, issuer: &str) -> Vec<Map<String, Value>> {
    [
        json!({"iss": place}),
        json!({"iss": format!("{issuer}/")}),
        json!({"iss": format!("{issuer}@127.0.0.1")}),
        json!({"iss": [issuer]}),
        json!({"iss": issuer.to_uppercase()}),
        json!({"iss": null}),
        json!({"aud": "https://example.com"}),
        json!({"aud": ["https://example.com"]}),
        json!({"aud": []}),
        json!({"aud": ""}),
        json!({"aud": null}),
        json!({"aud": "access-token.example.evil"}),
        json!({"aud": "Access-Token.example "}),
        json!({"exp": {"seconds_from_now": -61}}),
        json!({"exp": 0}),
        json!({"exp": -1}),
        json!({"exp": "tomorrow"}),
        json!({"exp": null}),
        json!({"exp": 1e300}),
        json!({"nbf": {"seconds_from_now": 3600}}),
        json!({"iat": {"seconds_from_now": 3600}, "nbf": {"seconds_from_now": 3600}}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": 7}),
        json!({"repository": "octocat/app"}),
        json!({"repository_owner": "octocat"}),
        json!({"repository": "octo-org/app/x"}),
        json!({"repository": ["octo-org/app"]}),
        json!({"repository_id": "1001 OR 1=1"}),
        json!({"repository_owner_id": 9919}),
        json!({"ref": ["refs/heads/main"]}),
    ]
    .into_iter()
    .map(fields)
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_made_up_token_is_refused_and_nothing_is_fetched_for_it() {
    let (stage, stranger) = (Stage::start().await, Stage::start().await);
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    let kid = stage.key_id().await;
    let place = stranger.sandbox.issuer();
    stranger.take_requests().await;

    let mut orders = Vec::new();
    for header in headers(&place, &kid) {
        orders.push(Token { header, ..Token::default() });
    }
    for claims in claims(&place, &stage.sandbox.issuer()) {
        orders.push(Token { claims, ..Token::default() });
    }
    orders.push(Token { signature: Signature::Spoiled, ..Token::default() });
    for order in &orders {
        let token = token::made(&stage, None, &scenario["claims"], order).await;
        let answer = stage.ask(&broker, &token, &scenario["request"]).await;
        assert_eq!(answer.status, 401, "{order:?}: {}", answer.text);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert!(!answer.text.contains(&token));
    }
    assert!(stage.tokens().await.is_empty(), "GitHub was asked for a token");
    let asked = stage
        .take_requests()
        .await
        .into_iter()
        .filter(|request| request["path"].as_str().unwrap().starts_with("/users"));
    assert_eq!(asked.count(), 0);
    // The stranger's own signing is a control request, which is not logged.
    assert_eq!(
        stranger.take_requests().await,
        Vec::<Value>::new(),
        "something was fetched from the stranger"
    );

    // Another issuer's sound signature, under its own key id and under the trusted one's.
    for header in
        [json!({}), json!({"kid": kid}), json!({"kid": kid, "jku": format!("{place}/.well-known/jwks")})]
    {
        let claims = token::all_claims(&stage, &scenario["claims"]);
        let token = stranger.sign(&header, &claims).await;
        let answer = stage.ask(&broker, &token, &scenario["request"]).await;
        assert_eq!(answer.status, 401, "{}", answer.text);
    }
    assert_eq!(
        stranger.take_requests().await,
        Vec::<Value>::new(),
        "something was fetched from the stranger"
    );

    let token = token::sound(&stage, &scenario["claims"]).await;
    let answer = stage.ask(&broker, &token, &scenario["request"]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    println!("{} made-up tokens refused, nothing fetched, then a sound one granted", orders.len() + 3);
}
