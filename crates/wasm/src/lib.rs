//! The policy core for JavaScript: decodes a call, calls the core, encodes the answer. No rules, no state.
//!
//! Arguments and results are plain objects. Wrong *user* input comes back as a value that says so; an exception
//! means that the caller broke the contract of a function.
//!
//! Between the two languages an object travels as JSON: JavaScript writes and reads that natively, and the core needs a
//! reader of JSON anyway, so that a second way to take objects apart would only be a tenth of the file more.
//!
//! There are two builds. The action's has no policies in it: it neither reads any nor decides by them, and the matcher of
//! patterns alone would double the file that each job loads. The whole one has the feature `policies` instead of `action`:
//! whoever looks at policies has no step to run.

use js_sys::JSON;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::JsValue;

#[cfg(feature = "policies")]
mod checkup;
#[cfg(feature = "policies")]
mod policies;
#[cfg(feature = "action")]
mod step;
#[cfg(feature = "policies")]
pub use checkup::check_up;
#[cfg(feature = "policies")]
pub use policies::{check_policy, decide};
#[cfg(feature = "action")]
pub use step::{prepare, settle};

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
