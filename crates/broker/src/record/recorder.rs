//! Where records come from, and where they end.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::{Facts, Record};
use crate::audit::{Audit, Event, Place};
use crate::metrics::Exchanges;
use crate::outcome::Outcome;
use crate::request_id::RequestId;

/// Makes a record for each exchange.
pub(crate) struct Recorder {
    pub(crate) exchanges: Exchanges,
    audit: Option<Audit>,
    /// Who writes audit events.
    source: String,
}

impl Recorder {
    /// For a broker that workflows reach by the name `audience`.
    pub(crate) fn new(audit: Option<Audit>, audience: &str) -> Self {
        let source = format!("https://{audience}/access_tokens");
        // An audience need not be a host name; a reference relative to nothing in particular will do then.
        let source = Url::parse(&source).map_or_else(|_| "/access_tokens".to_owned(), String::from);
        Self { exchanges: Exchanges::new(), audit, source }
    }

    /// Waits for a place for the audit event of an exchange; none where there are no events.
    pub(crate) async fn place(&self) -> Option<Place> {
        match &self.audit {
            Some(audit) => Some(audit.place().await),
            None => None,
        }
    }

    /// An exchange begins, with a place for its event.
    pub(crate) fn begin(self: &Arc<Self>, request_id: RequestId, place: Option<Place>) -> Arc<Record> {
        let recorder = Arc::clone(self);
        let facts = Mutex::new(Facts { place, ..Facts::default() });
        Arc::new(Record { request_id, recorder, began: Instant::now(), facts })
    }

    /// A request was refused for want of such a place, after that time.
    pub(crate) fn not_recorded(&self, outcome: Outcome, took: Duration) {
        self.exchanges.answered(outcome, took);
        self.audit.iter().for_each(Audit::refused);
    }

    /// A request that is no exchange was answered.
    pub(crate) fn not_found(&self) {
        self.exchanges.counted(Outcome::NotFound);
    }

    /// Whether there are audit events; what only they need is not worth gathering otherwise.
    pub(super) fn audits(&self) -> bool {
        self.audit.is_some()
    }

    /// Everything about an exchange is known.
    pub(super) fn settled(&self, request_id: &RequestId, facts: &Facts, place: Option<Place>) {
        if let Some(audit) = &self.audit {
            let place = place.unwrap_or_else(|| audit.place_if_free());
            audit.write(&Event::of(&self.source, request_id, facts), place);
        }
    }

    /// Waits until the audit events are written.
    pub(crate) async fn finish(&self) {
        if let Some(audit) = &self.audit {
            audit.finish().await;
        }
    }
}
