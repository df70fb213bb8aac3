//! Every metric there is.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// How a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only grows.
    Counter,
    /// It is as it is now.
    Gauge,
    /// How often something took how long.
    Histogram,
}

/// One metric.
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    unit: Unit,
    #[cfg_attr(not(test), expect(dead_code, reason = "for the documentation, which a test compares"))]
    labels: &'static [&'static str],
    help: &'static str,
}

const fn metric(
    name: &'static str,
    kind: Kind,
    unit: Unit,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind, unit, labels, help }
}

/// In the order of the documentation.
pub(super) const CATALOGUE: [Metric; 21] = [
    metric(
        "access_token_requests_total",
        Kind::Counter,
        Unit::Count,
        &["outcome"],
        "requests that were answered, by how they ended",
    ),
    metric(
        "access_token_request_seconds",
        Kind::Histogram,
        Unit::Seconds,
        &[],
        "from a request for a token to its answer",
    ),
    metric(
        "access_token_decision_seconds",
        Kind::Histogram,
        Unit::Seconds,
        &[],
        "from knowing the caller to the decision, reading policies included",
    ),
    metric(
        "access_token_in_flight",
        Kind::Gauge,
        Unit::Count,
        &[],
        "exchanges that are decided and minted at the moment",
    ),
    metric(
        "access_token_shed_total",
        Kind::Counter,
        Unit::Count,
        &[],
        "requests that were refused because too many were in progress",
    ),
    metric(
        "access_token_rate_limited_total",
        Kind::Counter,
        Unit::Count,
        &["by"],
        "requests over the rate limit of their repository or owner, or over the limit of refusals by other owners",
    ),
    metric(
        "access_token_replays_total",
        Kind::Counter,
        Unit::Count,
        &[],
        "requests with an OIDC token that had obtained a token already",
    ),
    metric(
        "access_token_github_requests_total",
        Kind::Counter,
        Unit::Count,
        &["route", "status"],
        "calls to GitHub; without an answer the status is `timeout` or `connection`",
    ),
    metric(
        "access_token_github_retries_total",
        Kind::Counter,
        Unit::Count,
        &["result"],
        "calls that might be tried again: `sent`, or there was `no_budget` or `no_time` for it",
    ),
    metric(
        "access_token_github_spared_total",
        Kind::Counter,
        Unit::Count,
        &["reason"],
        "calls that were not made because GitHub wants to be left alone, or too many were under way",
    ),
    metric(
        "access_token_github_quota_remaining",
        Kind::Gauge,
        Unit::Count,
        &[],
        "what GitHub last said is left of a rate limit",
    ),
    metric(
        "access_token_github_circuit_open",
        Kind::Gauge,
        Unit::Count,
        &[],
        "1 while GitHub counts as down and is not called",
    ),
    metric(
        "access_token_cache_requests_total",
        Kind::Counter,
        Unit::Count,
        &["cache", "result"],
        "look-ups in a cache: `hit`, `revalidated` or `miss`",
    ),
    metric(
        "access_token_cache_entries",
        Kind::Gauge,
        Unit::Count,
        &["cache"],
        "what a cache holds, in entries",
    ),
    metric("access_token_cache_bytes", Kind::Gauge, Unit::Bytes, &["cache"], "what a cache holds, in bytes"),
    metric(
        "access_token_revocations_total",
        Kind::Counter,
        Unit::Count,
        &["result"],
        "tokens that the broker revoked or could not revoke",
    ),
    metric(
        "access_token_key_changes_total",
        Kind::Counter,
        Unit::Count,
        &["result"],
        "times that the file of the App's key had changed",
    ),
    metric(
        "access_token_store_failures_total",
        Kind::Counter,
        Unit::Count,
        &["operation"],
        "operations of the shared store that failed",
    ),
    metric(
        "access_token_audit_events_total",
        Kind::Counter,
        Unit::Count,
        &["result"],
        "audit events that were `written` or `lost`",
    ),
    metric(
        "access_token_log_lines_lost_total",
        Kind::Counter,
        Unit::Count,
        &[],
        "lines of the log that nobody took from standard output in time",
    ),
    metric(
        "access_token_ready",
        Kind::Gauge,
        Unit::Count,
        &[],
        "1 if `/readyz` last said that requests can be served",
    ),
];

impl Metric {
    /// Tells the recorder of this process what it is.
    pub(super) fn describe(&self) {
        match self.kind {
            Kind::Counter => describe_counter!(self.name, self.unit, self.help),
            Kind::Gauge => describe_gauge!(self.name, self.unit, self.help),
            Kind::Histogram => describe_histogram!(self.name, self.unit, self.help),
        }
    }

    /// Its row in the documentation.
    #[cfg(test)]
    pub(super) fn row(&self) -> String {
        let kind = match self.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let labels: Vec<String> = self.labels.iter().map(|label| format!("`{label}`")).collect();
        format!("| `{}` | {kind} | {} | {} |", self.name, labels.join(", "), self.help)
    }
}
