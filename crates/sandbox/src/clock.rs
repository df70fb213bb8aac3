//! The sandbox's clock: the machine's, which a test may put forward.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Tells the time in seconds since 1970 (UTC).
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead: AtomicI64,
}

impl Clock {
    pub(crate) fn now(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        seconds(since).saturating_add(self.ahead.load(Ordering::Relaxed))
    }

    /// Puts this clock, and no other, forward.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.fetch_add(seconds(by), Ordering::Relaxed);
    }
}

/// A moment as GitHub writes it: `2026-11-01T12:00:00Z`.
pub(crate) fn timestamp(moment: i64) -> String {
    OffsetDateTime::from_unix_timestamp(moment)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
