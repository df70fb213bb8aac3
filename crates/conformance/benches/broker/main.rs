//! How many tokens a broker gives out, and what that costs: the built binary in its own process, a sandbox GitHub in
//! another, and this process as the callers, each of which asks again as soon as it has its answer.
//!
//! `cargo build --release -p cli && cargo bench -p conformance --bench broker`, with the names of rows (`warm`,
//! `slow/64`) behind `--` to measure only those. Every row has a broker of its own. It prints Markdown, and fails for a
//! wrong answer but not for a slow one.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark states what it expects, and prints"
)]

mod load;
mod process;
mod report;
mod situation;
mod stage;

use crate::load::Load;
use crate::process::cpu_seconds;
use crate::report::{Costs, Row, Start};
use crate::situation::{Situation, rows};
use crate::stage::{Github, start_broker};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // `cargo test --benches` asks for the list of tests, of which there are none.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|text| name.contains(text.as_str()));

    let (near, far) = (Github::start(0).await, Github::start(50).await);
    let (mut starts, mut measured) = (Vec::new(), Vec::new());
    for situation in rows().filter(|situation| is_wanted(&situation.name())) {
        let github = if situation.is_far() { &far } else { &near };
        let (row, start) = measure(situation, github).await;
        eprintln!("{}: {:.0} tokens/s, p50 {:.1} ms", situation.name(), row.rate(), row.permille(500));
        if !situation.is_far() {
            starts.push(start);
        }
        measured.push(row);
    }
    println!("{}", report::text(&starts, &measured));
}

async fn measure(situation: Situation, github: &Github) -> (Row, Start) {
    github.set_world(&situation.world()).await;
    let (warm_up, requests) = (situation.warm_up(), situation.requests());
    let tokens = github.oidc_tokens(warm_up.len() + requests.len()).await;
    let (broker, start) = start_broker(github, (&warm_up[..1], &tokens[..1])).await;
    let load =
        |bodies, tokens| Load { address: broker.address, connections: situation.connections, bodies, tokens };
    load::run(load(&warm_up[1..], &tokens[1..warm_up.len()])).await;
    let ids = [broker.id(), github.id(), std::process::id()];
    let before = ids.map(cpu_seconds);
    let (latencies, elapsed) = load::run(load(&requests, &tokens[warm_up.len()..])).await;
    let after = ids.map(cpu_seconds);
    let [broker_cpu, github_cpu, load_cpu] = [0, 1, 2].map(|at| after[at] - before[at]);
    let costs = Costs { broker_cpu, github_cpu, load_cpu, peak_mib: broker.peak_mib() };
    (Row::new(situation, latencies, elapsed, costs), start)
}
