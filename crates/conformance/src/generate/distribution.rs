//! What the verdicts on many scenarios were.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// Counts verdicts by kind, and denials by their first code.
#[derive(Debug, Clone, Default)]
pub struct Distribution {
    counts: BTreeMap<String, u64>,
    total: u64,
}

impl Distribution {
    /// Counts one verdict.
    pub fn add(&mut self, verdict: &Value) {
        let first_code =
            verdict.get("denied").and_then(|issues| issues.get(0)).and_then(|issue| issue.get("code"));
        let kind = match first_code.and_then(Value::as_str) {
            Some(code) => format!("denied: {code}"),
            None => {
                let kinds = ["granted", "bad_request", "unauthenticated"];
                let kind = kinds.into_iter().find(|kind| verdict.get(kind).is_some());
                kind.unwrap_or("something else").to_owned()
            }
        };
        *self.counts.entry(kind).or_default() += 1;
        self.total += 1;
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        for (kind, count) in &other.counts {
            *self.counts.entry(kind.clone()).or_default() += count;
        }
        self.total += other.total;
    }

    /// How many verdicts of this kind there were: `granted`, `bad_request`, `unauthenticated` or `denied: CODE`.
    pub fn count(&self, kind: &str) -> u64 {
        self.counts.get(kind).copied().unwrap_or_default()
    }

    /// How many there were in all.
    pub fn total(&self) -> u64 {
        self.total
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} scenarios", self.total)?;
        for (kind, count) in &self.counts {
            let permille = count * 1000 / self.total.max(1);
            writeln!(f, "{count:>9}  {:>3}.{} %  {kind}", permille / 10, permille % 10)?;
        }
        Ok(())
    }
}
