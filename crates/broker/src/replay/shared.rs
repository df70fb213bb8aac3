//! The OIDC tokens that any instance has seen in use, in the store.
//!
//! An entry says `r OWNER` while an exchange holds the OIDC token, and `h TIME OWNER` from when its answer was on its
//! way, where OWNER is a name of that one reservation and TIME is in milliseconds by the server's clock. It ends by
//! itself: a reservation after a lease, so that a process that died holds nothing for long, the rest when the OIDC
//! token has expired.

use std::sync::Arc;
use std::time::Duration;

use redis::cmd;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::seen::{DOUBT, Verdict};
use crate::store::{Away, Operation, Store, hexadecimal};

/// How long a reservation lasts of which nothing more is heard; longer than a request may take.
const LEASE: Duration = Duration::from_secs(60);
/// How long before the end of its lease a reservation must have its answer on the way.
const MARGIN: Duration = Duration::from_secs(10);

/// KEYS: the entry. ARGV: owner, lease, doubt. Gives 0 for reserved, 1 for in flight, 2 for used.
const RESERVE: &str = "
local entry = redis.call('GET', KEYS[1])
if not entry then
  redis.call('SET', KEYS[1], 'r ' .. ARGV[1], 'PX', ARGV[2])
  return 0
end
local handed = tonumber(string.match(entry, '^h (%d+) '))
if not handed then return 1 end
local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 - handed < tonumber(ARGV[3]) then return 1 end
return 2
";

/// KEYS: the entry. ARGV: owner, life. Whoever else holds the token by now keeps it.
const HAND: &str = "
local entry = redis.call('GET', KEYS[1])
if entry and entry ~= 'r ' .. ARGV[1] then return 0 end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('SET', KEYS[1], 'h ' .. now .. ' ' .. ARGV[1], 'PX', ARGV[2])
return 1
";

/// KEYS: the entry. ARGV: owner.
const RELEASE: &str = "
local entry = redis.call('GET', KEYS[1])
if entry and string.match(entry, ' (%x+)$') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
";

/// Where reservations are shared.
pub(super) struct Sharing {
    pub(super) store: Arc<Store>,
    /// What is told to the store when nobody waits for it any more; it is waited for before the process ends.
    pub(super) tasks: TaskTracker,
}

/// One reservation, as the store has it.
pub(super) struct Shared {
    store: Arc<Store>,
    tasks: TaskTracker,
    key: String,
    owner: String,
    since: Instant,
    /// When the OIDC token is accepted no longer.
    until: Instant,
    handed: Option<JoinHandle<()>>,
}

impl Sharing {
    /// Reserves; where the store is away, what is given still tells it what comes of the reservation.
    pub(super) async fn reserve(
        &self,
        fingerprint: &[u8; 32],
        life: Duration,
    ) -> (Shared, Result<Verdict, Away>) {
        let since = Instant::now();
        let shared = Shared {
            store: Arc::clone(&self.store),
            tasks: self.tasks.clone(),
            key: self.store.key("oidc-token", fingerprint),
            owner: owner(),
            since,
            until: since.checked_add(life).unwrap_or(since + LEASE),
            handed: None,
        };
        let mut command = cmd("EVAL");
        command.arg(RESERVE).arg(1).arg(&shared.key).arg(&shared.owner);
        command.arg(milliseconds(LEASE)).arg(milliseconds(DOUBT));
        let verdict = match self.store.call::<u8>(Operation::Reserve, &command).await {
            Ok(0) => Ok(Verdict::Reserved),
            Ok(1) => Ok(Verdict::InFlight),
            Ok(_) => Ok(Verdict::Used),
            Err(Away) => Err(Away),
        };
        (shared, verdict)
    }
}

impl Shared {
    /// Whether the lease lasts long enough to send the answer.
    pub(super) fn is_in_time(&self) -> bool {
        self.since.elapsed() < LEASE.saturating_sub(MARGIN)
    }

    /// Nobody else gets the OIDC token from now on, unless it is released.
    pub(super) fn hand(&mut self) {
        let life = milliseconds(self.until.saturating_duration_since(Instant::now()));
        let mut command = cmd("EVAL");
        command.arg(HAND).arg(1).arg(&self.key).arg(&self.owner);
        command.arg(life.max(1));
        let store = Arc::clone(&self.store);
        self.handed = Some(self.tasks.spawn(async move {
            let _ = store.call::<u8>(Operation::Settle, &command).await;
        }));
    }

    pub(super) async fn release(self) {
        if let Some(handed) = self.handed {
            // Another order would leave the entry there.
            let _ = handed.await;
        }
        let mut command = cmd("EVAL");
        command.arg(RELEASE).arg(1).arg(&self.key).arg(&self.owner);
        let _ = self.store.call::<u8>(Operation::Settle, &command).await;
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A name that nobody else has.
fn owner() -> String {
    let mut name = [0; 16];
    // Without randomness two could have the same name, but even then only one of them gets the token reserved.
    let _ = aws_lc_rs::rand::fill(&mut name);
    hexadecimal(&name)
}
