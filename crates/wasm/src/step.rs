//! What a step of the action asks.

use policy::answer::{Answer, Outcome, settle as settle_answer};
use policy::inputs::{InputProblem, Inputs, Job, Prepared, prepare as prepare_inputs};
use serde::Serialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{decode, encode};

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
