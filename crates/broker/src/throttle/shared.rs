//! The counts of all instances together, in the store.
//!
//! By the generic cell rate algorithm (ITU-T I.371): for each name there is the time at which all that was counted is
//! due at an even pace, and a minute's worth may be ahead of it.

use std::sync::Arc;
use std::time::Duration;

use redis::cmd;

use super::Limited;
use crate::store::{Away, Operation, Store};

/// KEYS: what is counted. ARGV: for each of them, how many there may be in a minute. Times are in microseconds by the
/// server's clock. Gives which one of KEYS is over its limit, or 0, and how long to wait.
const COUNT: &str = "
local minute = 60000000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local due = {}
for i, key in ipairs(KEYS) do
  local before = math.max(tonumber(redis.call('GET', key) or now) or now, now)
  due[i] = before + minute / tonumber(ARGV[i])
  local wait = due[i] - now - minute
  if wait > 0.5 then return {i, math.ceil(wait)} end
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', due[i]), 'PX', math.ceil((due[i] - now) / 1000))
end
return {0, 0}
";

/// One of the things that a request counts for.
pub(super) struct Counted {
    pub(super) as_a: Limited,
    pub(super) name: String,
    pub(super) per_minute: u32,
}

/// Counts a request for all of these, or for none of them if it is over one's limit; gives that one, and how long to
/// wait.
pub(super) async fn count(
    store: &Arc<Store>,
    counted: &[Counted],
) -> Result<Option<(Limited, Duration)>, Away> {
    let mut command = cmd("EVAL");
    command.arg(COUNT).arg(counted.len());
    for one in counted {
        command.arg(store.key(one.as_a.as_str(), one.name.as_bytes()));
    }
    for one in counted {
        command.arg(one.per_minute);
    }
    let (over, wait): (usize, u64) = store.call(Operation::Count, &command).await?;
    let over = over.checked_sub(1).and_then(|number| counted.get(number));
    Ok(over.map(|one| (one.as_a, Duration::from_micros(wait))))
}
