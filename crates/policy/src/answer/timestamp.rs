//! When a token ends, as a broker's answer says it.

use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::Serialize;
use time::util::is_leap_year;

use crate::denial::one_line;

/// A timestamp of RFC 3339 §5.6: what the output `expires-at` promises, and what JavaScript can read.
///
/// Nanoseconds are the finest, a leap second is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timestamp(String);

/// A text that is no such timestamp.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected for example `2026-12-31T12:00:00Z`, found `{0}`")]
pub struct TimestampError(String);

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        match read(&mut Reader(text.as_bytes())) {
            Some(()) => Ok(Self(text.to_owned())),
            None => Err(TimestampError(one_line(&text.chars().take(40).collect::<String>()))),
        }
    }
}

/// By hand and small, since every job loads it.
fn read(at: &mut Reader) -> Option<()> {
    let year = u16::from(at.number(0..=99)?) * 100 + u16::from(at.number(0..=99)?);
    let month = at.behind(b"-", 1..=12)?;
    at.behind(b"-", 1..=days(year, month))?;
    at.behind(b"Tt", 0..=23)?;
    at.behind(b":", 0..=59)?;
    at.behind(b":", 0..=59)?;
    if at.one_of(b".").is_some() {
        at.one_of(DIGITS)?;
        for _ in 1..9 {
            at.one_of(DIGITS);
        }
    }
    if matches!(at.one_of(b"Zz+-")?, b'+' | b'-') {
        at.number(0..=23)?;
        at.behind(b":", 0..=59)?;
    }
    at.0.is_empty().then_some(())
}

/// The days of a month.
fn days(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap_year(year.into()) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const DIGITS: &[u8] = b"0123456789";

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// The next byte, if it is one of these.
    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first().filter(|(first, _)| wanted.contains(first))?;
        self.0 = rest;
        Some(*first)
    }

    /// Two digits.
    fn number(&mut self, within: RangeInclusive<u8>) -> Option<u8> {
        let (tens, ones) = (self.one_of(DIGITS)?, self.one_of(DIGITS)?);
        Some((tens - b'0') * 10 + (ones - b'0')).filter(|number| within.contains(number))
    }

    /// Two digits behind one of these.
    fn behind(&mut self, mark: &[u8], within: RangeInclusive<u8>) -> Option<u8> {
        self.one_of(mark)?;
        self.number(within)
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    use super::*;

    fn is_one(text: &str) -> bool {
        text.parse::<Timestamp>().is_ok()
    }

    #[test]
    fn is_read_in_every_form_of_the_rfc() {
        for text in [
            "2026-11-01T13:00:00Z",
            "2026-11-01t13:00:00z",
            "2026-11-01T13:00:00.5Z",
            "2026-11-01T13:00:00.123456789Z",
            "2026-11-01T13:00:00-00:00",
            "2026-11-01T13:00:00.000+23:59",
            "0024-02-29T00:00:00Z",
        ] {
            assert_eq!(text.parse(), Ok(Timestamp(text.to_owned())));
        }
    }

    #[test]
    fn is_nothing_else() {
        for text in [
            "",
            "tomorrow",
            "2026-11-01",
            "2026-11-01 13:00:00Z",
            "2026-11-01T13:00:00",
            "2026-11-01T13:00Z",
            "2026-11-01T13:00:00.Z",
            "2026-11-01T13:00:00.1234567891Z",
            "2026-11-01T13:00:00,5Z",
            "2026-11-01T13:00:00+0100",
            "2026-11-01T13:00:00+24:00",
            "2026-11-01T13:00:00+01:60",
            "2026-11-01T13:00:00Z ",
            "2026-11-01T13:00:00Z\n",
            " 2026-11-01T13:00:00Z",
            "+2026-11-01T13:00:00Z",
            "226-11-01T13:00:00Z",
            "2026-11-01T13:00:00Z+01:00",
            "2026-11-01T23:59:60Z",
            "\u{664}\u{662}26-11-01T13:00:00Z",
        ] {
            assert!(!is_one(text), "{text}");
        }
        let error = format!("{}\n::error::x", "x".repeat(38)).parse::<Timestamp>().unwrap_err();
        assert!(error.to_string().ends_with(&format!("found `{}\u{fffd}:`", "x".repeat(38))), "{error}");
    }

    #[test]
    fn is_a_day_of_the_calendar_and_a_time_of_the_clock() {
        let is_one_to_time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).is_ok();
        for year in ["0000", "1900", "2000", "2023", "2024", "9999"] {
            for (month, day) in (0..100).flat_map(|month| (0..100).map(move |day| (month, day))) {
                let text = format!("{year}-{month:02}-{day:02}T00:00:00Z");
                assert_eq!(is_one(&text), is_one_to_time(&text), "{text}");
            }
        }
        for number in 0..100 {
            for text in [
                format!("2026-12-31T{number:02}:00:00Z"),
                format!("2026-12-31T00:{number:02}:00Z"),
                format!("2026-12-31T00:00:{number:02}Z"),
                format!("2026-12-31T00:00:00+00:{number:02}"),
            ] {
                assert_eq!(is_one(&text), is_one_to_time(&text), "{text}");
            }
        }
    }
}
