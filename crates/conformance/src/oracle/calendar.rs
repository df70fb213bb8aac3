//! Dates and timestamps, as far as `expires` needs them.

/// Seconds from 1970-01-01T00:00:00Z, and the fraction of a second that follows them in nanoseconds.
type Instant = (i64, u32);

const DAY: i64 = 86_400;

/// Whether something that `expires` then is over at the instant `now`; nothing for what is neither a date nor a timestamp.
///
/// A date lasts until the end of its day in UTC.
pub(super) fn is_over(expires: &str, now: Instant) -> Option<bool> {
    match date(expires) {
        Some(day) => Some(now >= ((day + 1) * DAY, 0)),
        None => Some(now > timestamp(expires)?),
    }
}

/// Reads an RFC 3339 timestamp.
pub(super) fn timestamp(text: &str) -> Option<Instant> {
    let (day, rest) = text.split_once(['T', 't'])?;
    let day = date(day)?;
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = rest.split_at_checked(zone_at)?;
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, nanoseconds(fraction)?),
        None => (clock, 0),
    };
    let [hour, minute, second] = numbers(clock, ':')?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = if zone.eq_ignore_ascii_case("z") { 0 } else { offset(zone)? };
    let minute_start = day * DAY + hour * 3600 + minute * 60 - offset;
    if second < 60 {
        return Some((minute_start + second, fraction));
    }
    // A leap second can only end the last day of a month in UTC. It is no instant of its own here: it counts as the very
    // end of the second before it.
    let next_day = minute_start + 60;
    let ends_month = next_day % DAY == 0 && starts_month(next_day / DAY);
    ends_month.then_some((minute_start + 59, 999_999_999))
}

/// Whether the day, counted from 1970-01-01, is the first of a month; there were no leap seconds before.
fn starts_month(day: i64) -> bool {
    let mut first = 0;
    for year in 1970..=9999 {
        for month in 1..=12 {
            if first == day {
                return true;
            }
            first += days_of_month(year, month);
        }
    }
    false
}

/// Seconds that `+HH:MM` or `-HH:MM` is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let (sign, clock) = match zone.strip_prefix('+') {
        Some(clock) => (1, clock),
        None => (-1, zone.strip_prefix('-')?),
    };
    let [hour, minute] = numbers(clock, ':')?;
    (hour <= 23 && minute <= 59).then_some(sign * (hour * 3600 + minute * 60))
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    digits.parse().ok()
}

/// Days from 1970-01-01 to `YYYY-MM-DD`, counted one year and one month at a time.
fn date(text: &str) -> Option<i64> {
    let (year, rest) = text.split_at_checked(4)?;
    let year: i64 = digits(year)?;
    let [month, day] = numbers(rest.strip_prefix('-')?, '-')?;
    if !(1..=12).contains(&month) || !(1..=days_of_month(year, month)).contains(&day) {
        return None;
    }
    let year_start: i64 = if year >= 1970 {
        (1970..year).map(days_of_year).sum()
    } else {
        -(year..1970).map(days_of_year).sum::<i64>()
    };
    let month_start: i64 = (1..month).map(|month| days_of_month(year, month)).sum();
    Some(year_start + month_start + day - 1)
}

fn days_of_year(year: i64) -> i64 {
    (1..=12).map(|month| days_of_month(year, month)).sum()
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Exactly `N` numbers of two digits each.
fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let parts: Option<Vec<i64>> =
        text.split(separator).map(|part| if part.len() == 2 { digits(part) } else { None }).collect();
    parts?.try_into().ok()
}

fn digits(text: &str) -> Option<i64> {
    if text.chars().all(|c| c.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{date, is_over, timestamp};

    #[test]
    fn counts_days_as_the_calendar_does() {
        assert_eq!(date("1970-01-01"), Some(0));
        assert_eq!(date("2000-03-01"), Some(11_017));
        assert_eq!(date("2024-02-29"), Some(19_782));
        assert_eq!(date("1969-12-31"), Some(-1));
        for wrong in ["2026-02-29", "2026-13-01", "2026-1-1", "2026-00-10", "26-01-01", "2026-01-01x", ""] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn reads_timestamps_with_offsets_and_fractions() {
        assert_eq!(timestamp("1970-01-01T01:00:00+01:00"), Some((0, 0)));
        assert_eq!(timestamp("1970-01-31T23:59:60Z"), Some((31 * 86_400 - 1, 999_999_999)));
        assert_eq!(timestamp("1970-02-01T00:59:60+01:00"), timestamp("1970-01-31T23:59:60Z"));
        assert_eq!(timestamp("1970-01-02t00:00:01.5z"), Some((86_401, 500_000_000)));
        for wrong in [
            "1970-01-01",
            "1970-01-01T00:00Z",
            "1970-01-01T00:00:00",
            "1970-01-01T24:00:00Z",
            "1970-01-01T23:59:60Z",
        ] {
            assert_eq!(timestamp(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_date_lasts_until_the_end_of_its_day() {
        let at = |text| timestamp(text).unwrap();
        assert_eq!(is_over("2026-11-01", at("2026-11-01T23:59:59Z")), Some(false));
        assert_eq!(is_over("2026-11-01", at("2026-11-02T00:00:00Z")), Some(true));
        assert_eq!(is_over("2026-11-01T12:00:00Z", at("2026-11-01T12:00:00Z")), Some(false));
        assert_eq!(is_over("soon", at("2026-11-01T12:00:00Z")), None);
    }
}
