//! Every behaviour case, over HTTP.

use conformance::case::{self, Case, differences};
use conformance::engine::{Engine, Oracle};
use conformance::oracle::{Asked, Scenario};
use serde_json::{Value, json};

use crate::stage::{Answer, Broker, Stage};
use crate::{lanes, token, world};

/// Verdicts at these two times differ for cases that only the engines with a clock of their own can run: over HTTP the
/// time is what it is. `expiry.rs` shows that a broker heeds the end of a statement.
const EARLY: &str = "1970-01-01T00:00:00Z";
const LATE: &str = "9999-12-31T23:59:59Z";

/// Cases that no sandbox can play, each with the reason.
const UNPLAYABLE: [(&str, &str); 1] = [(
    "decision/owner-permissions.yaml: Permissions that reach beyond repositories: A permission that GitHub's published list lacks is known.",
    "the sandbox mints by that list",
)];

/// How many cases depend on the time. All are in `policy/expires.yaml`.
const TIMED: usize = 15;

#[tokio::test(flavor = "multi_thread")]
async fn every_case_passes_over_http() {
    let (timed, cases): (Vec<Case>, Vec<Case>) =
        case::behaviour().unwrap().into_iter().partition(depends_on_the_time);
    for case in &timed {
        println!("native and wasm only, depends on the time: {}", case.name);
        assert!(case.name.starts_with("policy/expires.yaml"), "{}", case.name);
    }
    assert_eq!(timed.len(), TIMED);
    let (unplayable, cases): (Vec<Case>, Vec<Case>) =
        cases.into_iter().partition(|case| UNPLAYABLE.iter().any(|(name, _)| *name == case.name));
    for (name, reason) in UNPLAYABLE {
        println!("native and wasm only, {reason}: {name}");
    }
    assert_eq!(unplayable.len(), UNPLAYABLE.len());
    let count = cases.len();
    let differences = lanes::run(cases, |stage, case| Box::pin(check(stage, case))).await;
    println!("{count} behaviour cases over HTTP, {} on other engines only", timed.len() + unplayable.len());
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

fn depends_on_the_time(case: &Case) -> bool {
    let verdict = |now: &str| {
        let mut scenario = case.scenario.clone();
        scenario["now"] = json!(now);
        Oracle.decide(&scenario)
    };
    verdict(EARLY) != verdict(LATE)
}

async fn check(stage: &Stage, case: &Case) -> Vec<String> {
    stage.clear_faults().await;
    world::set(stage, &case.scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    let token = token::sound(stage, &case.scenario["claims"]).await;
    let answer = stage.ask(&broker, &token, &case.scenario["request"]).await;
    let mut verdict = verdict(&answer);
    if case.want.get("granted").is_some() && case.want.get("effective_subjects").is_some() {
        // One that obtained a token obtains nothing else.
        let token = token::sound(stage, &case.scenario["claims"]).await;
        verdict["effective_subjects"] = subjects(stage, &broker, &token).await;
    }
    let mut wrong = differences(&told(&case.scenario, &case.want), &verdict);
    // A dry run has no token.
    if answer.status == 200 && answer.json().get("token").is_some() {
        wrong.extend(differs_from_the_token(stage, &answer).await);
    }
    wrong.into_iter().map(|difference| format!("{}\n  {difference}\n  {}", case.name, answer.text)).collect()
}

/// The answer in the form of a verdict.
pub(crate) fn verdict(answer: &Answer) -> Value {
    let body = answer.json();
    match answer.status {
        200 => json!({
            "granted": true,
            "owner": body["owner"],
            "repositories": body.get("repositories").cloned().unwrap_or(json!("ALL")),
            "permissions": body["permissions"],
        }),
        400 => json!({"bad_request": [body["message"]]}),
        401 => json!({"unauthenticated": body["message"]}),
        403 => json!({"denied": body["issues"], "effective_subjects": body["effective_subjects"]}),
        status => json!({"status": status}),
    }
}

/// What a caller is told of what is wanted: a stranger does not learn the reasons.
pub(crate) fn told(scenario: &Value, want: &Value) -> Value {
    let scenario: Scenario = serde_json::from_value(scenario.clone()).unwrap();
    let mut want = want.clone();
    if want.get("denied").is_some()
        && let Some(asked) = Asked::read(&scenario)
        && asked.by_stranger
    {
        want["denied"] = json!(asked.told_to_strangers());
    }
    want
}

/// The caller's effective subjects, which an answer with a token does not carry: the caller asks for what nobody grants.
async fn subjects(stage: &Stage, broker: &Broker, token: &str) -> Value {
    let body = json!({"owner": "nobody", "repositories": ["nothing"], "permissions": {"contents": "read"}});
    stage.ask(broker, token, &body).await.json()["effective_subjects"].clone()
}

/// Whether GitHub's token can do exactly what the answer says.
pub(crate) async fn differs_from_the_token(stage: &Stage, answer: &Answer) -> Option<String> {
    let body = answer.json();
    let minted = stage.token(&body["token_hash"]).await;
    let mut permissions = json!({"metadata": "read"});
    for (name, level) in body["permissions"].as_object().unwrap() {
        permissions[name.replace('-', "_")] = level.clone();
    }
    let names = |list: &Value| {
        let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut names: Vec<String> = names.map(str::to_lowercase).collect();
        names.sort();
        names
    };
    let same = minted["permissions"] == permissions
        && minted["repositories"].is_null() == body.get("repositories").is_none()
        && names(&minted["repositories"]) == names(&body["repositories"])
        && minted["revoked"] == false;
    (!same).then(|| format!("the token is another one: {minted}"))
}
