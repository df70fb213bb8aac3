//! One sandbox with a broker before it, one wasm core, and the scenarios that they are asked.

use std::time::Duration;

use broker::Pace;
use conformance::engine::{Engine, Native, Oracle, Wasm};
use conformance::generate::Generator;
use serde_json::Value;

use super::over_http::{OverHttp, play};
use super::tally::Tally;
use crate::stage::{AUDIENCE, Stage};

pub(super) struct Lane {
    stage: Stage,
    /// `None` while a thread has it.
    wasm: Option<Wasm>,
}

impl Lane {
    pub(super) async fn start() -> Self {
        Self { stage: Stage::start().await, wasm: Some(Wasm::start().unwrap()) }
    }

    pub(super) async fn end(self) {
        self.stage.sandbox.shutdown().await;
    }

    /// Asks all engines about so many scenarios of a seed.
    pub(super) async fn run(&mut self, seed: u64, count: u64, tally: &mut Tally) {
        let mut generator = Generator::new(seed);
        let scenarios: Vec<Value> = (0..count).map(|_| generator.scenario()).collect();
        // Node decides while the broker does.
        let (mut wasm, lines) = (self.wasm.take().unwrap(), scenarios.clone());
        let by_wasm = tokio::task::spawn_blocking(move || (wasm.decide(&lines).unwrap(), wasm));
        let broker = self.stage.broker_at(self.stage.settings(AUDIENCE), pace()).await;
        let mut over_http = Vec::new();
        for scenario in &scenarios {
            over_http.push(play(&self.stage, &broker, scenario).await);
        }
        broker.stop().await;
        let (by_wasm, wasm) = by_wasm.await.unwrap();
        self.wasm = Some(wasm);
        for ((scenario, by_wasm), over_http) in scenarios.iter().zip(by_wasm).zip(over_http) {
            let by_oracle = Oracle.decide(scenario);
            tally.scenario(&by_oracle);
            let place = format!("seed {seed}");
            tally.compare("native", &place, scenario, &by_oracle, &Native.decide(scenario));
            tally.compare("wasm", &place, scenario, &by_oracle, &by_wasm);
            match over_http {
                OverHttp::Unplayable(reason) => tally.unplayable(reason),
                OverHttp::Played(played) => {
                    tally.compare("HTTP", &place, &played.scenario, &played.want, &played.verdict);
                    tally.played(&played);
                }
            }
        }
    }
}

/// As many tries as ever, without their waits: this GitHub knows at once what it did, and a scenario would take twenty
/// times as long for want of a policy.
fn pace() -> Pace {
    let at_once = |waits: Vec<Duration>| waits.into_iter().map(|_| Duration::from_millis(1)).collect();
    let github = github_app::Pace::default();
    let (replication, revocation) = (at_once(github.replication), at_once(github.revocation));
    Pace {
        github: github_app::Pace { replication, revocation, ..github_app::Pace::default() },
        ..Pace::default()
    }
}
