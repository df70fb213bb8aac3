//! The whole wasm core, in Node, decides as the native core and the oracle do.

#![cfg(test)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use conformance::case::{self, differences};
use conformance::engine::{Engine, Native, Oracle};
use conformance::generate::Generator;
use serde_json::Value;

/// How many generated scenarios are compared.
const SCENARIOS: usize = 5_000;

/// The verdicts of the wasm core, one for each scenario.
fn decide(scenarios: Vec<String>) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("wasm/run-cases.mjs");
    let mut node = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs `node` on the PATH");
    let mut input = node.stdin.take().unwrap();
    let output = BufReader::new(node.stdout.take().unwrap());
    let writer = thread::spawn(move || {
        for scenario in scenarios {
            writeln!(input, "{scenario}").unwrap();
        }
    });
    let verdicts = output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    writer.join().unwrap();
    assert!(node.wait().unwrap().success());
    verdicts
}

#[test]
fn every_case_passes_on_the_wasm_core() {
    let cases = case::behaviour().unwrap();
    let verdicts = decide(cases.iter().map(|case| case.scenario.to_string()).collect());
    assert_eq!(verdicts.len(), cases.len());
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
    let mut generator = Generator::new(20_000);
    let scenarios: Vec<Value> = (0..SCENARIOS).map(|_| generator.scenario()).collect();
    let verdicts = decide(scenarios.iter().map(Value::to_string).collect());
    assert_eq!(verdicts.len(), SCENARIOS);
    let mut wrong = Vec::new();
    for (scenario, verdict) in scenarios.iter().zip(&verdicts) {
        let (native, oracle) = (Native.decide(scenario), Oracle.decide(scenario));
        let is_granted = |verdict: &Value| verdict.get("granted").is_some();
        if native != *verdict || is_granted(&oracle) != is_granted(verdict) {
            wrong.push(format!("native: {native}\nwasm: {verdict}\noracle: {oracle}\n{scenario:#}"));
        }
    }
    println!("{SCENARIOS} generated scenarios on the wasm core, {} differ", wrong.len());
    wrong.truncate(3);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
