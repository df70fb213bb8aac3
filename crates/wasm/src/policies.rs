//! What the whole core can besides: read policies, and decide by them.

use policy::diagnostic::Diagnostic;
use policy::parse::{PolicyKind, parse_owner_policy, parse_repository_policy};
use policy::scenario::{Scenario, simulate};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::{decode, encode};

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
