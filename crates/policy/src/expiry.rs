//! When a statement ends.

use std::fmt;
use std::str::FromStr;

use time::format_description::well_known::{Iso8601, Rfc3339};
use time::{Date, OffsetDateTime, UtcOffset};

/// The last moment at which a statement is in force.
///
/// Read from a date, `2026-12-31` (in force until its end, UTC), or an RFC 3339 timestamp (in force up to and
/// including it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    text: String,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Moment(OffsetDateTime),
    Day(Date),
}

/// Neither a date nor a timestamp.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither a date such as `2026-12-31` nor a timestamp such as `2026-12-31T12:00:00Z`")]
pub struct ExpiryError(String);

impl Expiry {
    /// Whether the statement is void at `now`.
    pub fn is_past(&self, now: OffsetDateTime) -> bool {
        match self.end {
            End::Moment(last) => now > last,
            End::Day(last) => now.to_offset(UtcOffset::UTC).date() > last,
        }
    }

    /// Which of two statements ends first.
    #[cfg(feature = "review")]
    pub(crate) fn cmp_end(&self, other: &Self) -> std::cmp::Ordering {
        self.end.after().cmp(&other.end.after())
    }

    /// Whether this ends before the other does.
    #[cfg(feature = "review")]
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.cmp_end(other).is_lt()
    }
}

#[cfg(feature = "review")]
impl End {
    /// The first nanosecond after it, counted from 1970; later than all others after the last day that there is.
    fn after(self) -> i128 {
        match self {
            Self::Moment(last) => last.unix_timestamp_nanos() + 1,
            Self::Day(last) => {
                last.next_day().map_or(i128::MAX, |next| next.midnight().assume_utc().unix_timestamp_nanos())
            }
        }
    }
}

impl FromStr for Expiry {
    type Err = ExpiryError;

    fn from_str(text: &str) -> Result<Self, ExpiryError> {
        let end = if text.len() == "2026-12-31".len() { date(text) } else { timestamp(text) };
        let end = end.ok_or_else(|| ExpiryError(text.chars().take(60).collect()))?;
        Ok(Self { text: text.to_owned(), end })
    }
}

fn date(text: &str) -> Option<End> {
    // Ten characters also hold other ISO 8601 dates, such as those with a week.
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    Date::parse(text, &Iso8601::DATE).ok().filter(|_| digits == 8).map(End::Day)
}

fn timestamp(text: &str) -> Option<End> {
    // The parser also takes a space, which RFC 3339 §5.6 leaves to the applications.
    let has_t = text.as_bytes().get(10).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'T'));
    OffsetDateTime::parse(text, &Rfc3339).ok().filter(|_| has_t).map(End::Moment)
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_past(expiry: &str, now: &str) -> bool {
        expiry.parse::<Expiry>().unwrap().is_past(OffsetDateTime::parse(now, &Rfc3339).unwrap())
    }

    #[test]
    fn a_date_lasts_to_its_end_in_utc() {
        assert!(!is_past("2026-12-31", "2026-12-31T23:59:59.9Z"));
        assert!(is_past("2026-12-31", "2027-01-01T00:00:00Z"));
        assert!(!is_past("9999-12-31", "2027-01-01T00:00:00Z"));
        assert!(!is_past("2026-12-31", "2027-01-01T00:30:00+01:00"));
    }

    #[test]
    fn a_timestamp_lasts_to_itself() {
        assert!(!is_past("2026-12-31T12:00:00+01:00", "2026-12-31T11:00:00Z"));
        assert!(is_past("2026-12-31T12:00:00+01:00", "2026-12-31T11:00:01Z"));
    }

    #[cfg(feature = "review")]
    #[test]
    fn what_ends_first_is_before_the_other() {
        let ends = [
            "2026-12-30",
            "2026-12-31T23:59:59.999999998Z",
            "2026-12-31",
            "2027-01-01T00:00:00Z",
            "9999-12-31",
        ]
        .map(|text| text.parse::<Expiry>().unwrap());
        for (at, one) in ends.iter().enumerate() {
            for (later, other) in ends.iter().enumerate() {
                assert_eq!(one.cmp_end(other), at.cmp(&later), "{one} {other}");
                assert_eq!(one.is_before(other), at < later, "{one} {other}");
            }
        }
        // A day ends with its last nanosecond.
        let last: Expiry = "2026-12-31T23:59:59.999999999Z".parse().unwrap();
        assert!(last.cmp_end(&ends[2]).is_eq());
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "tomorrow",
            "2026-13-01",
            "2026-02-30",
            "2026-W01-1",
            "2026-12-31T12:00:00",
            "20261231",
            "2026-1-1",
        ] {
            assert!(text.parse::<Expiry>().is_err(), "{text}");
        }
    }
}
