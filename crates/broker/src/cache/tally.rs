//! How often a cache served, for the metrics.

/// What a cache could do for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tally {
    /// It had what was needed.
    Hit,
    /// It had it, and GitHub says that it still is the latest.
    Revalidated,
    /// It had to be fetched or made.
    Miss,
}

/// Counts a request to the cache of that name.
pub(crate) fn tally(cache: &'static str, result: Tally) {
    let result = match result {
        Tally::Hit => "hit",
        Tally::Revalidated => "revalidated",
        Tally::Miss => "miss",
    };
    metrics::counter!("access_token_cache_requests_total", "cache" => cache, "result" => result).increment(1);
}
