//! Every case of `cases/http`, and after each a sound request that must be granted.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use conformance::case::{self, HttpCase, Signature, Want, base};
use reqwest::Method;
use serde_json::{Value, json};

use crate::contract::Contract;
use crate::stage::{Answer, Broker, Stage};
use crate::{lanes, token, world};

#[tokio::test(flavor = "multi_thread")]
async fn every_http_case_passes_and_the_next_request_works() {
    let cases = case::http().unwrap();
    let exchanges: usize = cases.iter().map(|case| 1 + case.alike.len()).sum();
    let count = cases.len();
    let durations: Arc<Mutex<Vec<(Duration, String)>>> = Arc::default();
    let noted = Arc::clone(&durations);
    let contract = Arc::new(Contract::load().await);
    let described = Arc::clone(&contract);
    let differences = lanes::run(cases, move |stage, case| {
        let (noted, described) = (Arc::clone(&noted), Arc::clone(&described));
        Box::pin(async move {
            let (wrong, took) = check(stage, case, &described).await;
            noted.lock().unwrap().push((took, case.name.clone()));
            wrong
        })
    })
    .await;
    print_slowest(&mut durations.lock().unwrap());
    println!(
        "{count} HTTP cases, {exchanges} exchanges, held against the description of {:?}",
        contract.statuses()
    );
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    let statuses = [200, 400, 401, 403, 404, 405, 413, 415, 429, 502, 503];
    assert!(statuses.iter().all(|status| contract.statuses().contains(status)), "{:?}", contract.statuses());
}

/// For people: a test must not depend on the time that something takes.
fn print_slowest(durations: &mut [(Duration, String)]) {
    durations.sort_by_key(|(took, _)| *took);
    for (took, name) in durations.iter().rev() {
        println!("{:>8.1} ms  {name}", took.as_secs_f64() * 1000.0);
    }
}

async fn check(stage: &Stage, case: &HttpCase, contract: &Contract) -> (Vec<String>, Duration) {
    let broker = stage.broker(case.rate_limit_per_minute).await;
    let mut wrong = Vec::new();
    let mut answers = Vec::new();
    let mut took = Duration::ZERO;
    for scenario in [&case.scenario].into_iter().chain(&case.alike) {
        stage.clear_faults().await;
        world::set(stage, scenario, &case.world).await;
        for fault in &case.faults {
            stage.fault(fault).await;
        }
        for _ in 0..case.before {
            let token = order_token(stage, case, scenario).await;
            send(stage, &broker, case, scenario, &token).await;
        }
        let token = order_token(stage, case, scenario).await;
        let begin = Instant::now();
        let answer = send(stage, &broker, case, scenario, &token).await;
        took = took.max(begin.elapsed());
        wrong.extend(differences(&case.want, &answer));
        wrong.extend(contract.violations(&case.request.method, &case.request.path, &answer));
        if answer.json().get("token").is_some() {
            let body = case.request.body.as_ref().unwrap_or(&scenario["request"]);
            wrong.extend(contract.violations_of_request(body));
        }
        answers.push(answer);
    }
    if let Some(other) = answers.iter().find(|answer| without_id(answer) != without_id(&answers[0])) {
        wrong.push(format!("not alike: {} {}", other.status, other.text));
    }
    if !case.lasting {
        wrong.extend(refuses_a_sound_request(stage, &broker).await);
    }
    let text = &answers[0].text;
    let text: String = text.chars().take(500).collect();
    let wrong = wrong.into_iter().map(|difference| format!("{}\n  {difference}\n  {text}", case.name));
    (wrong.collect(), took)
}

async fn order_token(stage: &Stage, case: &HttpCase, scenario: &Value) -> String {
    let stranger = match case.token.signature {
        Signature::Foreign => Some(Stage::start().await),
        Signature::Sound | Signature::Spoiled => None,
    };
    token::made(stage, stranger.as_ref(), &scenario["claims"], &case.token).await
}

async fn send(stage: &Stage, broker: &Broker, case: &HttpCase, scenario: &Value, token: &str) -> Answer {
    let order = &case.request;
    let method: Method = order.method.parse().unwrap();
    let mut request = stage.client.request(method.clone(), format!("{}{}", broker.url, order.path));
    if let Some(authorization) = &order.authorization {
        request = request.header("authorization", authorization.replace("$token", token));
    }
    let body = match (&order.raw, &order.body) {
        (Some(raw), _) => Some(raw.clone()),
        (None, Some(body)) => Some(body.to_string()),
        (None, None) => (method == Method::POST).then(|| scenario["request"].to_string()),
    };
    if body.is_some() && !order.headers.contains_key("content-type") {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in &order.headers {
        if !(name == "content-type" && value.is_empty()) {
            request = request.header(name, value.replace("$token", token));
        }
    }
    if let Some(body) = body {
        request = request.body(body);
    }
    Answer::read(request.send().await.unwrap()).await
}

/// A caller who is granted what it asks must be granted it, whatever the broker went through before.
async fn refuses_a_sound_request(stage: &Stage, broker: &Broker) -> Option<String> {
    stage.clear_faults().await;
    let scenario = base().unwrap();
    world::set(stage, &scenario, &Value::Null).await;
    let token = token::sound(stage, &scenario["claims"]).await;
    let answer = stage.ask(broker, &token, &scenario["request"]).await;
    (answer.status != 200).then(|| format!("the next request got {} {}", answer.status, answer.text))
}

fn differences(want: &Want, answer: &Answer) -> Vec<String> {
    let mut wrong = Vec::new();
    if answer.status != want.status {
        wrong.push(format!("status: want {}, got {}", want.status, answer.status));
    }
    for (name, value) in &want.headers {
        let actual = answer.header(name).map_or(Value::Null, |text| json!(text));
        if !fits(value, &actual) {
            wrong.push(format!("header `{name}`: want {value}, got {actual}"));
        }
    }
    if let Some(want) = &want.json
        && !fits(want, &answer.json())
    {
        wrong.push(format!("body: want {want}"));
    }
    if let Some(want) = &want.text
        && !fits(want, &json!(answer.text))
    {
        wrong.push(format!("text: want {want}"));
    }
    wrong
}

/// Whether the value is the wanted one; `$any`, `{contains: TEXT}` and `{not: VALUE}` stand for many.
fn fits(want: &Value, actual: &Value) -> bool {
    match want {
        Value::String(any) if any == "$any" => {
            !actual.is_null() && *actual != json!("") && *actual != json!([])
        }
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("contains") => {
            let text = fields["contains"].as_str().unwrap();
            actual.as_str().is_some_and(|actual| actual.contains(text))
        }
        Value::Object(fields) if fields.len() == 1 && fields.contains_key("not") => *actual != fields["not"],
        Value::Object(fields) => actual.as_object().is_some_and(|actual| {
            fields.len() == actual.len()
                && fields.iter().all(|(name, want)| actual.get(name).is_some_and(|actual| fits(want, actual)))
        }),
        Value::Array(list) => actual.as_array().is_some_and(|actual| {
            list.len() == actual.len() && list.iter().zip(actual).all(|(want, actual)| fits(want, actual))
        }),
        other => other == actual,
    }
}

/// The answer without what is different each time.
fn without_id(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let mut answer = answer.clone();
    let id = answer.header("x-request-id").unwrap_or_default().to_owned();
    answer.headers.retain(|(name, _)| name != "x-request-id" && name != "date");
    (answer.status, answer.headers, answer.text.replace(&id, ""))
}
