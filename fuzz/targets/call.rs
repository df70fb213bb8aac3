//! Any JSON at the boundary to JavaScript, as the WebAssembly reads it: refused as a shape, or answered in JSON.
//!
//! The first part says which function, the second is its argument.
#![no_main]

use fuzz::{first, parts};
use libfuzzer_sys::fuzz_target;
use policy::answer::{Answer, Outcome, settle};
use policy::inputs::{Inputs, Job, prepare};
use policy::scenario::{Scenario, simulate};
use serde::Serialize;
use serde::de::DeserializeOwned;

fuzz_target!(|data: &[u8]| {
    let Some(parts) = parts(data) else { return };
    let [function, one, other] = first(&parts);
    match function {
        "prepare" => {
            let (Some(inputs), Some(job)) = (decode::<Inputs>(one), decode::<Job>(other)) else { return };
            match prepare(&inputs, &job) {
                Ok(prepared) => encode(&prepared),
                Err(problems) => encode(&problems),
            }
        }
        "settle" => {
            let Some(answer) = decode::<Answer>(one) else { return };
            let is_success = (200..300).contains(&answer.status);
            let outcome = settle(&answer);
            assert!(
                is_success || !matches!(outcome, Outcome::Granted { .. }),
                "granted by {}",
                answer.status
            );
            encode(&outcome);
        }
        "decide" => {
            if let Some(scenario) = decode::<Scenario>(one) {
                encode(&simulate(&scenario));
            }
        }
        _ => {}
    }
});

fn decode<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

fn encode<T: Serialize>(value: &T) {
    serde_json::to_string(value).expect("JSON");
}
