//! Any payload of a token: core and oracle agree whether it says who asks, and on the subjects that it makes.
#![no_main]

use conformance::oracle::effective_subjects;
use github_types::Claims;
use libfuzzer_sys::fuzz_target;
use policy::caller::Caller;
use serde_json::{Map, Value};

fuzz_target!(|data: &[u8]| {
    let Ok(payload) = serde_json::from_slice::<Map<String, Value>>(data) else { return };
    let by_core = Claims::new(&payload).map(|claims| Caller::new(claims).subjects().to_vec());
    match (by_core, effective_subjects(&payload)) {
        (Ok(core), Ok(oracle)) => assert_eq!(core, oracle),
        (Err(_), Err(_)) => {}
        (core, oracle) => panic!("core: {core:?}, oracle: {oracle:?}"),
    }
});
