//! One scenario over HTTP.

use std::sync::LazyLock;

use conformance::engine::{Engine, Oracle};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::behaviour::{differs_from_the_token, told, verdict};
use crate::stage::{Answer, Broker, Stage};
use crate::{token, world};

/// How often a broker is asked that has not found out.
const TRIES: u32 = 4;

/// What came of a scenario.
pub(super) enum OverHttp {
    Played(Box<Played>),
    /// No sandbox can make it true, for this reason.
    Unplayable(&'static str),
}

/// A scenario that was played.
pub(super) struct Played {
    /// As it was played: its time may be another one.
    pub(super) scenario: Value,
    /// What the oracle has the broker say.
    pub(super) want: Value,
    /// What the broker said.
    pub(super) verdict: Value,
    /// Whether the time had to be another one.
    pub(super) at_present: bool,
    /// Whether the caller may not learn the reasons.
    pub(super) to_stranger: bool,
    /// Whether a token was looked at, at the sandbox.
    pub(super) token: bool,
    /// How often the broker had to be asked again, since it could not find out.
    pub(super) again: u32,
}

/// Makes the scenario true and asks the broker.
pub(super) async fn play(stage: &Stage, broker: &Broker, scenario: &Value) -> OverHttp {
    let Some((scenario, at_present)) = at_a_time_like_now(scenario) else {
        return OverHttp::Unplayable("a statement ends within a day of now, and a broker has no other clock");
    };
    let mut by_oracle = Oracle.decide(&scenario);
    // A world may have ordered some, to tell of permissions that the sandbox does not know.
    stage.clear_faults().await;
    let unknown = world::set(stage, &scenario, &Value::Null).await;
    let asked = by_oracle["permissions"].as_object().into_iter().flatten();
    if asked.map(|(name, _)| name.replace('-', "_")).any(|name| unknown.contains(&name)) {
        return OverHttp::Unplayable(
            "the sandbox mints by GitHub's published list of permissions, which lacks one",
        );
    }
    // Who obtains a token is not told its subjects.
    if by_oracle.get("granted").is_some() {
        by_oracle.as_object_mut().unwrap().remove("effective_subjects");
    }
    let want = told(&scenario, &by_oracle);
    let (answer, again) = ask(stage, broker, &scenario).await;
    let mut verdict = verdict(&answer);
    let token = answer.status == 200;
    if token && let Some(difference) = differs_from_the_token(stage, &answer).await {
        verdict = json!({"granted": difference});
    }
    let to_stranger = want != by_oracle;
    OverHttp::Played(Box::new(Played { scenario, want, verdict, at_present, to_stranger, token, again }))
}

/// Asks until the broker has found out.
async fn ask(stage: &Stage, broker: &Broker, scenario: &Value) -> (Answer, u32) {
    let mut again = 0;
    loop {
        let token = token::sound(stage, &scenario["claims"]).await;
        let answer = stage.ask(broker, &token, &scenario["request"]).await;
        if ![502, 503, 504].contains(&answer.status) || again + 1 == TRIES {
            return (answer, again);
        }
        again += 1;
    }
}

/// The scenario, if its time does not matter; else at the present, if that is as good as a day sooner or later.
fn at_a_time_like_now(scenario: &Value) -> Option<(Value, bool)> {
    let at = |now: &str| {
        let mut scenario = scenario.clone();
        scenario["now"] = json!(now);
        scenario
    };
    let [early, late] = ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"].map(|now| Oracle.decide(&at(now)));
    if early == late {
        return Some((scenario.clone(), false));
    }
    let [yesterday, tomorrow] = &*AROUND_NOW;
    (Oracle.decide(&at(yesterday)) == Oracle.decide(&at(tomorrow))).then(|| (at(yesterday), true))
}

/// A day before this began, and a day after.
static AROUND_NOW: LazyLock<[String; 2]> = LazyLock::new(|| {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    [now - Duration::days(1), now + Duration::days(1)].map(|time| time.format(&Rfc3339).unwrap())
});
