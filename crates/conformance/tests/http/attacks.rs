//! Tokens that somebody made to get in. Each is refused, and nothing is fetched from where it points.

use std::io::ErrorKind;
use std::net::TcpListener;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::case::{Signature, Token, base};
use serde_json::{Map, Value, json};

use crate::stage::{Answer, Stage};
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
        json!({"kid": "unknown", "x5c": ["MIIB"], "x5t": "AAAA", "x5t#S256": "AAAA"}),
        json!({"kid": format!("unknown\u{0}{place}")}),
        json!({"kid": "' OR '1'='1"}),
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"crit": ["b64"], "b64": false}),
        json!({"typ": "JWE"}),
        json!({"typ": "at+jwt"}),
        json!({"typ": ["JWT"]}),
        json!({"alg": "RSA-OAEP", "enc": "A256GCM"}),
        json!({"alg": "EdDSA"}),
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
        json!({"iss": format!("{issuer}.example")}),
        json!({"iss": issuer.trim_end_matches('c')}),
        json!({"iss": format!("{issuer}/octo-org")}),
        json!({"iss": format!("{issuer}/../oidc")}),
        json!({"iss": format!("{place}/{issuer}")}),
        json!({"iss": issuer.replacen("//", "//octocat@", 1)}),
        json!({"iss": issuer.replace("oidc", "\u{43e}idc")}),
        json!({"iss": format!("{issuer}\u{200b}")}),
        json!({"iss": format!(" {issuer}")}),
        json!({"iss": {"iss": issuer}}),
        json!({"iss": null}),
        json!({"aud": "https://example.com"}),
        json!({"aud": ["https://example.com"]}),
        json!({"aud": []}),
        json!({"aud": ""}),
        json!({"aud": null}),
        json!({"aud": [["access-token.example"]]}),
        json!({"aud": ["access-token.example", 7]}),
        json!({"aud": {"access-token.example": true}}),
        json!({"aud": "access-token.example,other.example"}),
        json!({"aud": "access-token.example.evil"}),
        json!({"aud": "Access-Token.example "}),
        json!({"exp": {"seconds_from_now": -61}}),
        json!({"exp": 0}),
        json!({"exp": -1}),
        json!({"exp": "tomorrow"}),
        json!({"exp": null}),
        json!({"exp": 1e300}),
        json!({"exp": u64::MAX}),
        json!({"exp": 4_102_444_800_u64}),
        json!({"exp": 4_102_444_800.5}),
        json!({"exp": [4_102_444_800_u64]}),
        json!({"exp": true}),
        json!({"nbf": "yesterday"}),
        json!({"nbf": -1}),
        json!({"nbf": 0.5}),
        json!({"nbf": u64::MAX}),
        json!({"iat": null, "nbf": {"seconds_from_now": 90}}),
        json!({"iat": 1e300}),
        json!({"iat": {"seconds_from_now": 90}}),
        json!({"jti": 7}),
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

/// Forms that a sound token can be bent into, each with what is said of it; none needs the issuer's key.
fn forms(sound: &str) -> Vec<(String, &'static str)> {
    let [header, payload, signature] = sound.split('.').collect::<Vec<_>>().try_into().unwrap();
    let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let with_payload = |text: String| format!("{header}.{}.{signature}", part(&text));
    let with_header = |text: String| format!("{}.{payload}.{signature}", part(&text));
    let twice = |part: &str, member: &str| text(part).replacen('{', &format!("{{{member},"), 1);
    let (form, json) = ("three parts joined by `.`", "a JSON object that names each member once");
    let base64 = "not base64url without padding";
    vec![
        (String::new(), "credentials of another scheme"),
        ("x".to_owned(), form),
        (format!("{header}.{payload}"), form),
        (format!("{header}.{payload}."), form),
        (format!("{sound}."), form),
        (format!("{sound}.AAAA"), form),
        // Encrypted tokens have five parts.
        (format!("{sound}.AAAA.AAAA"), form),
        (format!("{sound},{sound}"), form),
        (format!("{header}.{payload}.{signature}="), base64),
        (format!("{header}=.{payload}.{signature}"), base64),
        (format!("{header}.{payload}.{signature}%3D"), base64),
        (format!("{header}.{payload}. {signature}"), base64),
        (format!("{header}.{payload}.+/{signature}"), base64),
        (format!("{header}.{payload}.{}", other_last_letter(signature)), base64),
        (format!("{header}.{payload}.AAAA"), "the token's signature is wrong"),
        (format!("{header}.{payload}.{signature}{signature}"), "the token's"),
        (with_payload(twice(payload, r#""sub":"repo:octo-org/admin:ref:refs/heads/main""#)), json),
        (with_payload(twice(payload, r#""\u0073ub":"repo:octo-org/admin:ref:refs/heads/main""#)), json),
        (with_payload(twice(payload, r#""x":{"y":1,"y":2}"#)), json),
        (with_header(twice(header, r#""alg":"none""#)), json),
        (with_header(twice(header, r#""kid":"another""#)), json),
        (with_payload(format!("{} {{}}", text(payload))), json),
        (with_payload(format!("\u{feff}{}", text(payload))), json),
        (with_payload("[".repeat(8000)), json),
        (with_payload(format!("[{}]", text(payload))), json),
        (with_payload(sound.to_owned()), json),
        (with_header("null".to_owned()), json),
        (
            with_payload(text(payload).replace("octo-org/app", "octo-org/adm")),
            "the token's signature is wrong",
        ),
        (format!("{header}.{payload}.{}", "A".repeat(16 * 1024)), "longer than 16384 bytes"),
    ]
}

/// The same bytes in another spelling: the spare bits of the last letter are not zero.
fn other_last_letter(signature: &str) -> String {
    let last = signature.chars().last().unwrap();
    let other = char::from_u32(u32::from(last) + 1).unwrap();
    format!("{}{other}", signature.strip_suffix(last).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bent_form_of_a_sound_token_is_refused_in_words() {
    let stage = Stage::start().await;
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    let sound = token::sound(&stage, &scenario["claims"]).await;
    let forms = forms(&sound);
    for (token, expected) in &forms {
        let answer = stage.ask(&broker, token, &scenario["request"]).await;
        assert_eq!(answer.status, 401, "{token}: {}", answer.text);
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(expected), "{token}: {message}");
    }
    assert!(stage.tokens().await.is_empty());
    println!("{} bent forms refused", forms.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_more_than_one_token_is_refused_or_judged_by_the_gateways_header() {
    let stage = Stage::start().await;
    let scenario = base().unwrap();
    world::set(&stage, &scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    let spoiled = Token { signature: Signature::Spoiled, ..Token::default() };
    let sound = format!("Bearer {}", token::sound(&stage, &scenario["claims"]).await);
    let bad = format!("Bearer {}", token::made(&stage, None, &scenario["claims"], &spoiled).await);
    let (own, gateways) = ("authorization", "x-authorization");
    for (headers, status) in [
        (vec![(own, &sound), (own, &sound)], 401),
        (vec![(own, &sound), (own, &bad)], 401),
        (vec![(own, &bad), (own, &sound)], 401),
        (vec![(gateways, &sound), (gateways, &sound)], 401),
        (vec![(own, &sound), (gateways, &bad)], 401),
        (vec![(own, &bad), (gateways, &bad)], 401),
        // `authorization` is the gateway's then, whatever it says.
        (vec![(own, &bad), (gateways, &sound)], 200),
    ] {
        let mut request = stage.client.post(format!("{}/access_tokens", broker.url));
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let answer = Answer::read(request.json(&scenario["request"]).send().await.unwrap()).await;
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.text);
    }
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
    // Whoever fetches anything from there connects first, whatever it is that it wants.
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    canary.set_nonblocking(true).unwrap();
    let trap = format!("http://{}/oidc", canary.local_addr().unwrap());

    let mut orders = Vec::new();
    for place in [&place, &trap] {
        for header in headers(place, &kid) {
            orders.push(Token { header, ..Token::default() });
        }
        for claims in claims(place, &stage.sandbox.issuer()) {
            orders.push(Token { claims, ..Token::default() });
        }
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
    // All that was ever fetched are the trusted issuer's keys, and not once for each unknown key.
    let asked = stage.take_requests().await;
    let of_the_issuer = |request: &Value| request["path"].as_str().unwrap().starts_with("/oidc/.well-known/");
    assert!(asked.iter().all(of_the_issuer), "{asked:?}");
    assert!(asked.len() < orders.len() / 4, "{} requests to the issuer", asked.len());
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

    let visit = canary.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(visit, Err(ErrorKind::WouldBlock), "somebody followed a token to the canary");

    let token = token::sound(&stage, &scenario["claims"]).await;
    let answer = stage.ask(&broker, &token, &scenario["request"]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    println!("{} made-up tokens refused, nothing fetched, then a sound one granted", orders.len() + 3);
}
