//! The door to what the check action tells. Files are read by JavaScript, when they are needed.

use std::path::Path;

use js_sys::Function;
use preview::checkup::{Checkout, run};
use preview::files::{Files, Unreadable};
use serde::Deserialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{decode, encode};

/// Checks the policies of a checkout, runs their tests and compares them with their base: `{passed, annotations, …}`.
///
/// `read` and `read_base` are functions from a path to `{text}`, or `{missing, message}` where there is none.
///
/// # Errors
/// When the argument is not of the shape that [`Checkout`] has.
#[wasm_bindgen(js_name = checkUp)]
pub fn check_up(checkout: JsValue, read: &Function, read_base: &Function) -> Result<JsValue, JsValue> {
    let checkout: Checkout = decode(checkout)?;
    encode(&run(&checkout, &Reader(read), &Reader(read_base)))
}

/// Files that a function of JavaScript reads.
struct Reader<'a>(&'a Function);

/// What the function answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, untagged)]
enum Answer {
    Text { text: String },
    None { missing: bool, message: String },
}

impl Files for Reader<'_> {
    fn text(&self, path: &Path) -> Result<String, Unreadable> {
        // What is no answer is no text either.
        let unusable =
            || Unreadable { is_missing: false, message: format!("cannot read `{}`", path.display()) };
        let path = JsValue::from_str(&path.display().to_string());
        let answer = self.0.call1(&JsValue::NULL, &path).map_err(|_| unusable())?;
        match decode(answer).map_err(|_| unusable())? {
            Answer::Text { text } => Ok(text),
            Answer::None { missing, message } => Err(Unreadable { is_missing: missing, message }),
        }
    }
}
