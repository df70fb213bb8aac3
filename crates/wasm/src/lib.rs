//! The policy core for JavaScript: decodes a call, calls the core, encodes the answer. No rules, no state.
//!
//! Arguments and results are plain objects. Wrong *user* input comes back as a value that says so; an exception
//! means that the caller broke the contract of a function.
//!
//! Between the two languages an object travels as JSON: JavaScript writes and reads that natively, and the core needs a
//! reader of JSON anyway, so that a second way to take objects apart would only be a tenth of the file more.
//!
//! There are two builds. The action's has no policies in it: it neither reads any nor decides by them, and the matcher of
//! patterns alone would double the file that each job loads. The whole one has the feature `policies`.

use js_sys::JSON;
use policy::answer::{Answer, Outcome, settle as settle_answer};
use policy::inputs::{InputProblem, Inputs, Job, Prepared, prepare as prepare_inputs};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[cfg(feature = "policies")]
mod checkup;
#[cfg(feature = "policies")]
mod policies;
#[cfg(feature = "policies")]
pub use checkup::check_up;
#[cfg(feature = "policies")]
pub use policies::{check_policy, decide};

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

fn decode<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    // What has no JSON, such as `undefined`, is the empty text: no shape is that.
    let text = JSON::stringify(&value)?.as_string().unwrap_or_default();
    serde_json::from_str(&text).map_err(thrown)
}

fn encode<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    JSON::parse(&serde_json::to_string(value).map_err(thrown)?)
}

fn thrown(error: serde_json::Error) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}
