//! The whole wasm core, in Node, decides as the native core and the oracle do.

#![cfg(test)]

use std::thread;

use conformance::case::{self, comparable, differences};
use conformance::engine::{Engine, Native, Oracle, Wasm};
use conformance::generate::Generator;
use serde_json::Value;

/// How many generated scenarios are compared.
const SCENARIOS: usize = 50_000;
/// How many are compared at a time.
const AT_ONCE: usize = 500;

#[test]
fn every_case_passes_on_the_wasm_core() {
    let cases = case::behaviour().unwrap();
    let verdicts = Wasm::start().unwrap().decide(cases.iter().map(|case| &case.scenario)).unwrap();
    let mut failures = Vec::new();
    for (case, verdict) in cases.iter().zip(&verdicts) {
        for difference in differences(&case.want, verdict) {
            failures.push(format!("{}\n  {difference}", case.name));
        }
        let native = Native.decide(&case.scenario);
        if native != *verdict {
            failures.push(format!("{}\n  native: {native}\n  wasm: {verdict}", case.name));
        }
    }
    println!("{} cases on the wasm core", cases.len());
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_wasm_core_decides_as_the_native_core_and_the_oracle_do() {
    let lanes = thread::available_parallelism().map_or(1, usize::from);
    let mut wrong: Vec<String> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes)
            .map(|lane| scope.spawn(move || differing(20_000 + lane as u64, SCENARIOS.div_ceil(lanes))))
            .collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    println!("{SCENARIOS} generated scenarios on the wasm core, {} differ", wrong.len());
    wrong.truncate(3);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Compares so many scenarios of one seed.
fn differing(seed: u64, count: usize) -> Vec<String> {
    let (mut generator, mut wasm) = (Generator::new(seed), Wasm::start().unwrap());
    let mut wrong = Vec::new();
    for begin in (0..count).step_by(AT_ONCE) {
        let scenarios: Vec<Value> =
            (begin..count.min(begin + AT_ONCE)).map(|_| generator.scenario()).collect();
        for (scenario, verdict) in scenarios.iter().zip(wasm.decide(&scenarios).unwrap()) {
            let (native, oracle) = (Native.decide(scenario), Oracle.decide(scenario));
            let differences = differences(&comparable(oracle), &verdict);
            if native != verdict || !differences.is_empty() {
                wrong.push(format!(
                    "native: {native}\nwasm: {verdict}\noracle: {differences:?}\n{scenario:#}"
                ));
            }
        }
    }
    wrong
}
