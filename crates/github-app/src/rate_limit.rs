//! When GitHub says "not so fast".
//!
//! Source: GitHub's pages on rate limits and on best practices for the REST API. The primary limit is a 403 or
//! 429 with `x-ratelimit-remaining: 0`; a secondary limit is a 403 or 429, mostly with `retry-after`, and without
//! it known by its message only.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// How long to wait when GitHub does not say; its documentation asks for at least a minute.
const UNSAID: Duration = Duration::from_secs(60);
/// The longest wait that is believed; the primary limit starts afresh every hour.
const LONGEST: Duration = Duration::from_secs(3600);

/// The calls that GitHub allows an App in an hour, at least.
const LEAST_LIMIT: u32 = 5000;

/// How long GitHub wants to be left alone, if the answer is one of a rate limit; `now` is in Unix seconds.
pub(crate) fn rate_limited(
    status: StatusCode,
    headers: &HeaderMap,
    message: Option<&str>,
    now: u64,
) -> Option<Duration> {
    let retry_after = retry_after(headers);
    let exhausted = number(headers, "x-ratelimit-remaining") == Some(0);
    let limited = match status {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::FORBIDDEN => {
            retry_after.is_some()
                || exhausted
                || message.is_some_and(|text| text.to_ascii_lowercase().contains("rate limit"))
        }
        _ => false,
    };
    let until_reset = || exhausted.then(|| until_reset(headers, now).max(Duration::from_secs(1)));
    limited.then(|| retry_after.or_else(until_reset).unwrap_or(UNSAID))
}

/// The header `retry-after` in its form with seconds, the only one that GitHub uses.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = number(headers, RETRY_AFTER.as_str())?;
    Some(Duration::from_secs(seconds).min(LONGEST))
}

/// How many calls GitHub still allows in the hour.
pub(crate) fn remaining(headers: &HeaderMap) -> Option<u32> {
    number(headers, "x-ratelimit-remaining")?.try_into().ok()
}

/// From how many calls on the rest is a reserve: a tenth of the hour's, or of what any App has at least.
pub(crate) fn reserve(headers: &HeaderMap) -> u32 {
    let limit = number(headers, "x-ratelimit-limit").and_then(|limit| limit.try_into().ok());
    limit.unwrap_or(LEAST_LIMIT) / 10
}

/// When the quota begins anew; `now` is in Unix seconds.
pub(crate) fn until_reset(headers: &HeaderMap, now: u64) -> Duration {
    let reset = number(headers, "x-ratelimit-reset");
    reset.map_or(UNSAID, |reset| Duration::from_secs(reset.saturating_sub(now))).min(LONGEST)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn wait(status: u16, headers: &[(&'static str, &str)], message: Option<&str>) -> Option<u64> {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        rate_limited(StatusCode::from_u16(status).unwrap(), &headers, message, NOW).map(|wait| wait.as_secs())
    }

    #[test]
    fn knows_the_primary_limit() {
        let reset = (NOW + 90).to_string();
        let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        assert_eq!(wait(403, &headers, None), Some(90));
        assert_eq!(wait(429, &headers, None), Some(90));
        // The last request of the hour is answered, and what it answers is no limit.
        assert_eq!(wait(200, &headers, None), None);
        assert_eq!(wait(404, &headers, None), None);
    }

    #[test]
    fn knows_secondary_limits() {
        let plenty = ("x-ratelimit-remaining", "4999");
        assert_eq!(wait(403, &[plenty, ("retry-after", "30")], None), Some(30));
        assert_eq!(wait(429, &[], None), Some(60));
        let reset = (NOW + 3000).to_string();
        assert_eq!(wait(429, &[plenty, ("x-ratelimit-reset", reset.as_str())], None), Some(60));
        assert_eq!(wait(403, &[plenty], Some("You have exceeded a secondary rate limit.")), Some(60));
    }

    #[test]
    fn a_plain_403_is_no_limit() {
        let headers = [("x-ratelimit-remaining", "4999"), ("x-ratelimit-reset", "1")];
        assert_eq!(wait(403, &headers, Some("Resource not accessible by integration")), None);
    }

    #[test]
    fn believes_no_absurd_wait() {
        assert_eq!(wait(429, &[("retry-after", "999999999")], None), Some(3600));
        assert_eq!(wait(429, &[("retry-after", "soon")], None), Some(60));
        assert_eq!(wait(429, &[("retry-after", "-1")], None), Some(60));
        let far = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "9999999999999")];
        assert_eq!(wait(403, &far, None), Some(3600));
        let past = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")];
        assert_eq!(wait(403, &past, None), Some(1));
    }
}
