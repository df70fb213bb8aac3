//! A time that somebody wrote.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A text that is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time such as `2026-11-01T12:00:00Z`")]
pub struct NoMoment;

/// Reads a time, RFC 3339.
///
/// # Errors
/// When the text is no such time.
pub fn moment(text: &str) -> Result<OffsetDateTime, NoMoment> {
    OffsetDateTime::parse(text, &Rfc3339).map_err(|_| NoMoment)
}
