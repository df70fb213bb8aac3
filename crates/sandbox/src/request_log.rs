//! What clients asked and what they were told, for tests to look at.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};

/// One request, in the shape that `GET /sandbox/requests` shows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    pub(crate) method: String,
    /// The path without the query.
    pub(crate) path: String,
    /// `None` while there is no answer, and for a connection that was reset.
    pub(crate) status: Option<u16>,
    pub(crate) user_agent: Option<String>,
    /// What kind of credential the client showed, good or bad: `app`, `installation` or `none`.
    pub(crate) auth: &'static str,
}

/// The last requests, in order of arrival.
#[derive(Debug)]
pub(crate) struct RequestLog {
    on: bool,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<Record>,
    /// The number of the first record that is kept.
    first: u64,
}

impl RequestLog {
    pub(crate) fn new(on: bool) -> Self {
        Self { on, kept: Mutex::default() }
    }

    /// Notes a request and returns its number; the record is not even made if the log is off.
    pub(crate) fn begin(&self, record: impl FnOnce() -> Record) -> Option<u64> {
        if !self.on {
            return None;
        }
        let record = record();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.records.len() >= RECORD_LIMIT {
            kept.records.pop_front();
            kept.first += 1;
        }
        kept.records.push_back(record);
        Some(kept.first + kept.records.len() as u64 - 1)
    }

    /// Notes the status that the request got.
    pub(crate) fn finish(&self, number: Option<u64>, status: u16) {
        let Some(number) = number else { return };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = number.checked_sub(kept.first).and_then(|index| usize::try_from(index).ok());
        if let Some(record) = place.and_then(|index| kept.records.get_mut(index)) {
            record.status = Some(status);
        }
    }

    pub(crate) fn describe(&self) -> Value {
        json!(self.kept.lock().unwrap_or_else(PoisonError::into_inner).records)
    }

    /// Forgets all requests; those still running are not noted again.
    pub(crate) fn clear(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.first += kept.records.len() as u64;
        kept.records.clear();
    }
}

/// How many requests are kept; one more forgets the oldest.
const RECORD_LIMIT: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn record(path: &str) -> Record {
        Record { method: "GET".into(), path: path.into(), status: None, user_agent: None, auth: "none" }
    }

    #[test]
    fn keeps_the_last_ten_thousand() {
        let log = RequestLog::new(true);
        let first = log.begin(|| record("/first"));
        for _ in 0..RECORD_LIMIT {
            log.begin(|| record("/next"));
        }
        log.finish(first, 200);
        let shown = log.describe();
        assert_eq!(shown.as_array().unwrap().len(), RECORD_LIMIT);
        assert!(shown.as_array().unwrap().iter().all(|record| record["path"] == "/next"));
        assert!(shown.as_array().unwrap().iter().all(|record| record["status"].is_null()));
    }

    #[test]
    fn a_request_that_outlives_a_clearing_is_not_noted_on_another() {
        let log = RequestLog::new(true);
        let old = log.begin(|| record("/old"));
        log.clear();
        log.begin(|| record("/new"));
        log.finish(old, 200);
        assert!(log.describe()[0]["status"].is_null());
    }

    #[test]
    fn notes_nothing_when_off() {
        let log = RequestLog::new(false);
        assert_eq!(log.begin(|| record("/")), None);
        assert_eq!(log.describe(), json!([]));
    }
}
