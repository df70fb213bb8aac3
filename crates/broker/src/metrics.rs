//! The metrics: their names, what they mean, and the page that shows them to Prometheus.
//!
//! They are of the process. Whoever knows something counts it where it happens, through the crate `metrics`.
//!
//! SECURITY: no label has values that a stranger can make up or multiply.

mod catalogue;

use std::sync::OnceLock;
use std::time::Duration;

use metrics::{Counter, Histogram, counter, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::time::{MissedTickBehavior, interval};

use self::catalogue::CATALOGUE;
use crate::outcome::Outcome;

/// The upper ends of the buckets of all times, in seconds.
const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// How often the times that were noted are counted into their buckets; until then each takes up memory.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// What alerts wait for: shown as zero from the start, since the first one is no increase where nothing was before.
const WAITED_FOR: [(&str, &str); 3] = [
    ("access_token_revocations_total", "failed"),
    ("access_token_revocations_total", "given_up"),
    ("access_token_key_changes_total", "refused"),
];

/// The page of the metrics.
#[derive(Clone)]
pub(crate) struct Page(PrometheusHandle);

impl Page {
    /// The one page of this process; none when the process counts its metrics in another way.
    pub(crate) fn of_the_process() -> Option<Self> {
        static PAGE: OnceLock<Option<Page>> = OnceLock::new();
        PAGE.get_or_init(Self::start).clone()
    }

    fn start() -> Option<Self> {
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?;
        let recorder = builder.build_recorder();
        let page = Self(recorder.handle());
        metrics::set_global_recorder(recorder).ok()?;
        for metric in &CATALOGUE {
            metric.describe();
        }
        for (name, result) in WAITED_FOR {
            counter!(name, "result" => result).absolute(0);
        }
        counter!("access_token_log_lines_lost_total").absolute(0);
        counter!("access_token_shed_total").absolute(0);
        Some(page)
    }

    /// What Prometheus reads.
    pub(crate) fn text(&self) -> String {
        self.0.render()
    }

    /// Keeps the memory of the histograms small, for ever.
    pub(crate) async fn keep(self) {
        let mut ticks = interval(COUNT_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.0.run_upkeep();
        }
    }
}

/// What is counted of every exchange, looked up once.
pub(crate) struct Exchanges {
    outcomes: [Counter; Outcome::ALL.len()],
    seconds: Histogram,
    decision_seconds: Histogram,
}

impl Exchanges {
    pub(crate) fn new() -> Self {
        Self {
            outcomes: Outcome::ALL
                .map(|outcome| counter!("access_token_requests_total", "outcome" => outcome.name())),
            seconds: histogram!("access_token_request_seconds"),
            decision_seconds: histogram!("access_token_decision_seconds"),
        }
    }

    /// A request was answered after that time.
    pub(crate) fn answered(&self, outcome: Outcome, took: Duration) {
        self.counted(outcome);
        self.seconds.record(took);
    }

    /// A request was answered that is no exchange.
    pub(crate) fn counted(&self, outcome: Outcome) {
        if let Some(counter) = self.outcomes.get(outcome as usize) {
            counter.increment(1);
        }
    }

    /// It took that time from knowing the caller to the decision.
    pub(crate) fn decided(&self, took: Duration) {
        self.decision_seconds.record(took);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::catalogue::Kind;
    use super::*;

    #[test]
    fn the_table_of_the_documentation_is_the_catalogue() {
        let document = include_str!("../../../docs/broker.md");
        let rows: Vec<String> = CATALOGUE.iter().map(catalogue::Metric::row).collect();
        let expected = rows.join("\n");
        assert!(document.contains(&expected), "docs/broker.md should have these rows:\n{expected}");
    }

    #[test]
    fn the_alerts_of_the_documentation_are_of_metrics_that_there_are() {
        let document = include_str!("../../../docs/operations.md");
        let names = document.split("access_token_").skip(1).map(|rest| {
            let name = rest.split(|character: char| !character.is_ascii_lowercase() && character != '_');
            format!("access_token_{}", name.into_iter().next().unwrap())
        });
        let known: BTreeSet<&str> = CATALOGUE.iter().map(|metric| metric.name).collect();
        let names: BTreeSet<String> = names.collect();
        assert!(names.len() > 8, "{names:?}");
        for name in names {
            assert!(known.contains(name.strip_suffix("_bucket").unwrap_or(&name)), "{name}");
        }
    }

    /// The names that the sources below a folder record.
    fn recorded(folder: &Path) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                names.extend(recorded(&path));
            } else if !path.ends_with("metrics/catalogue.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.replace(char::is_whitespace, "");
                for kind in ["counter!(\"", "gauge!(\"", "histogram!(\""] {
                    let found = text.split(kind).skip(1).map(|part| part.split('"').next().unwrap());
                    names.extend(found.filter(|name| name.starts_with("access_token_")).map(str::to_owned));
                }
            }
        }
        names
    }

    #[test]
    fn every_metric_that_is_recorded_is_in_the_catalogue() {
        let broker = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut names = recorded(&broker.join("src"));
        names.extend(recorded(&broker.join("../github-app/src")));
        assert!(names.len() > 10, "{names:?}");
        let known: BTreeSet<String> = CATALOGUE.iter().map(|metric| metric.name.to_owned()).collect();
        let unknown: Vec<&String> = names.difference(&known).collect();
        assert!(unknown.is_empty(), "not in the catalogue: {unknown:?}");
    }

    #[test]
    fn every_counter_of_an_outcome_is_its_own() {
        for (place, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, place);
        }
    }

    #[test]
    fn times_are_histograms_with_the_unit_in_their_name() {
        for metric in &CATALOGUE {
            assert_eq!(metric.kind == Kind::Histogram, metric.name.ends_with("_seconds"), "{}", metric.name);
            assert_eq!(metric.kind == Kind::Counter, metric.name.ends_with("_total"), "{}", metric.name);
        }
    }
}
