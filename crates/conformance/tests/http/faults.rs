//! Each fault on each route that the broker calls: the answer is the one that `docs/broker.md` says, nothing panics,
//! no token is lost, memory stays flat, and afterwards all is as before.
//!
//! The test starts itself as a child, so that what is measured and what panics is its own.

mod kinds;
mod memory;
mod play;
mod table;

use std::env;
use std::process::Command;

use tokio::runtime::Runtime;

/// Tells the child that it is one.
const CHILD: &str = "CONFORMANCE_FAULTS";

#[test]
fn each_fault_on_each_route_gets_the_documented_answer() {
    if env::var_os(CHILD).is_some() {
        Runtime::new().unwrap().block_on(play::all());
        return;
    }
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "faults::each_fault_on_each_route_gets_the_documented_answer", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&[child.stdout, child.stderr].concat()).into_owned();
    println!("{output}");
    assert!(child.status.success(), "see above");
    assert!(output.contains("all is as documented"), "the child did not come to its end");
    assert!(!output.contains("panicked at"), "something panicked");
}
