//! The policy core for JavaScript: decodes a call, calls the core, encodes the answer. No rules, no state.
//!
//! Arguments and results are plain objects. Wrong *user* input comes back as a value that says so; an exception
//! means that the caller broke the contract of a function.
//!
//! Between the two languages an object travels as JSON: JavaScript writes and reads that natively, and the core needs a
//! reader of JSON anyway, so that a second way to take objects apart would only be a tenth of the file more.

use js_sys::JSON;
use policy::answer::{Answer, Outcome, settle as settle_answer};
use policy::diagnostic::Diagnostic;
use policy::inputs::{InputProblem, Inputs, Job, Prepared, prepare as prepare_inputs};
use policy::parse::{PolicyKind, parse_owner_policy, parse_repository_policy};
use policy::scenario::{Scenario, simulate};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// The result of [`prepare`].
#[derive(Serialize)]
#[serde(untagged)]
enum Preparation {
    Ready {
        ok: bool,
        #[serde(flatten)]
        prepared: Prepared,
    },
    Wrong {
        ok: bool,
        problems: Vec<InputProblem>,
    },
}

/// The argument of [`check_policy`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyToCheck {
    kind: PolicyKind,
    text: String,
    repository: String,
}

/// The result of [`check_policy`].
#[derive(Serialize)]
struct Checked {
    valid: bool,
    diagnostics: Vec<Diagnostic>,
}

/// Reads the action's inputs: `{ok: true, request, appServer, audience, …}` or `{ok: false, problems}`.
///
/// # Errors
/// When an argument is not of the shape that [`Inputs`] and [`Job`] have.
#[wasm_bindgen]
pub fn prepare(inputs: JsValue, job: JsValue) -> Result<JsValue, JsValue> {
    let (inputs, job): (Inputs, Job) = (decode(inputs)?, decode(job)?);
    encode(&match prepare_inputs(&inputs, &job) {
        Ok(prepared) => Preparation::Ready { ok: true, prepared },
        Err(problems) => Preparation::Wrong { ok: false, problems },
    })
}

/// Judges the broker's answer: `{kind: "granted" | "mismatch" | "malformed" | "refused", …}`.
///
/// # Errors
/// When the argument is not of the shape that [`Answer`] has.
#[wasm_bindgen]
pub fn settle(answer: JsValue) -> Result<JsValue, JsValue> {
    let outcome: Outcome = settle_answer(&decode::<Answer>(answer)?);
    encode(&outcome)
}

/// Decides in a situation: what would be granted or denied, and why.
///
/// # Errors
/// When the argument is not of the shape that [`Scenario`] has.
#[wasm_bindgen]
pub fn decide(scenario: JsValue) -> Result<JsValue, JsValue> {
    encode(&simulate(&decode::<Scenario>(scenario)?))
}

/// Reads a policy file and reports everything that is wrong with it.
///
/// # Errors
/// When the argument is not `{kind, text, repository}`.
#[wasm_bindgen(js_name = checkPolicy)]
pub fn check_policy(policy: JsValue) -> Result<JsValue, JsValue> {
    let PolicyToCheck { kind, text, repository } = decode(policy)?;
    let found_in =
        repository.parse().map_err(|error| JsValue::from_str(&format!("`repository`: {error}")))?;
    let (valid, diagnostics) = match kind {
        PolicyKind::Owner => {
            let parsed = parse_owner_policy(&text, &found_in);
            (parsed.policy.is_some(), parsed.diagnostics)
        }
        PolicyKind::Repository => {
            let parsed = parse_repository_policy(&text, &found_in);
            (parsed.policy.is_some(), parsed.diagnostics)
        }
    };
    encode(&Checked { valid, diagnostics })
}

/// The version of the core.
#[wasm_bindgen(js_name = coreVersion)]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn decode<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    // What has no JSON, such as `undefined`, is the empty text: no shape is that.
    let text = JSON::stringify(&value)?.as_string().unwrap_or_default();
    // By way of `Value`: one reader and one writer of text for all shapes make a smaller file.
    let value: Value = serde_json::from_str(&text).map_err(thrown)?;
    serde_json::from_value(value).map_err(thrown)
}

fn encode<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    JSON::parse(&serde_json::to_value(value).map_err(thrown)?.to_string())
}

fn thrown(error: serde_json::Error) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}
