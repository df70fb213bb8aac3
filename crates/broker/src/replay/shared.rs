//! The OIDC tokens that any instance has seen in use, in the store.
//!
//! An entry says `r OWNER` while an exchange holds the OIDC token, and `h TIME OWNER` from when its answer was on its
//! way, where OWNER is a name of that one reservation and TIME is in milliseconds by the server's clock. It ends by
//! itself when the OIDC token has expired; a reservation of a guard that fails open ends sooner, after a lease, so that
//! a process that died holds nothing for long.
//!
//! What the server is told of an exchange's end may get lost. It is told again; a guard that fails closed is safe
//! without, since nobody else gets the OIDC token before it has expired.

use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, cmd};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::seen::{DOUBT, Verdict};
use crate::failure::Failure;
use crate::settings::StoreFailure;
use crate::store::{Away, Operation, Store, hexadecimal};

/// How long a reservation lasts of which nothing more is heard, where the guard fails open; longer than a request may
/// take.
const LEASE: Duration = Duration::from_secs(60);
/// How long before the end of its lease a reservation must have its answer on the way.
const MARGIN: Duration = Duration::from_secs(10);
/// How long an entry outlives its OIDC token: to another instance, whose clock is slow, that may still be good.
const SKEW: Duration = Duration::from_secs(60);
/// The wait after the first time that the server could not be told something; it doubles each time, up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(4);
/// How many reservations may wait to be told to the server again. What is beyond is told once.
const MOST_UNTOLD: usize = 4096;

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
#[derive(Clone)]
pub(super) struct Sharing {
    store: Arc<Store>,
    /// What is told to the store when nobody waits for it any more; it is waited for before the process ends.
    tasks: TaskTracker,
    on_failure: StoreFailure,
    untold: Arc<Semaphore>,
}

/// One reservation, as the store has it.
pub(super) struct Shared {
    sharing: Sharing,
    key: String,
    owner: String,
    since: Instant,
    lease: Duration,
    /// When the OIDC token is accepted no longer, by anybody.
    until: Instant,
    handed: Option<Handed>,
}

/// The task that tells the store that an answer is on its way.
struct Handed {
    task: JoinHandle<()>,
    /// It is over with the reservation: the store need not be told again.
    void: CancellationToken,
}

impl Sharing {
    pub(super) fn new(store: Arc<Store>, tasks: TaskTracker, on_failure: StoreFailure) -> Self {
        Self { store, tasks, on_failure, untold: Arc::new(Semaphore::new(MOST_UNTOLD)) }
    }

    /// What becomes of a request that the store was not there for.
    pub(super) fn go_without(&self) -> Result<(), Failure> {
        self.store.go_without()
    }

    /// Reserves; where the store is away, what is given still tells it what comes of the reservation.
    pub(super) async fn reserve(
        &self,
        fingerprint: &[u8; 32],
        life: Duration,
    ) -> (Shared, Result<Verdict, Away>) {
        let since = Instant::now();
        let life = life.saturating_add(SKEW);
        // SECURITY: whatever the store is told or not told from here on, closed lets nobody else have the OIDC token
        // while it is good.
        let lease = match self.on_failure {
            StoreFailure::Open => LEASE,
            StoreFailure::Closed => life,
        };
        let shared = Shared {
            sharing: self.clone(),
            key: self.store.key("oidc-token", fingerprint),
            owner: owner(),
            since,
            lease,
            until: since.checked_add(life).unwrap_or(since + LEASE),
            handed: None,
        };
        let mut command = shared.script(RESERVE);
        command.arg(milliseconds(lease)).arg(milliseconds(DOUBT));
        let verdict = match self.store.call::<u8>(Operation::Reserve, &command).await {
            Ok(0) => Ok(Verdict::Reserved),
            Ok(1) => Ok(Verdict::InFlight),
            Ok(_) => Ok(Verdict::Used),
            Err(Away) => Err(Away),
        };
        (shared, verdict)
    }

    /// Tells the store something until it has it, or it is of no use any more.
    async fn tell(&self, command: impl Fn() -> Cmd, until: Instant, void: &CancellationToken) {
        let settled = async || self.store.call::<u8>(Operation::Settle, &command()).await.is_ok();
        if settled().await {
            return;
        }
        let Ok(_place) = self.untold.try_acquire() else { return };
        let mut wait = FIRST_WAIT;
        // The process is about to end when nothing more may be begun: what comes then is the last try.
        while Instant::now() < until && !self.tasks.is_closed() {
            if timeout(wait, void.cancelled()).await.is_ok() || settled().await {
                return;
            }
            wait = wait.saturating_mul(2).min(LONGEST_WAIT);
        }
    }
}

impl Shared {
    /// What is waited for before the process ends.
    pub(super) fn tasks(&self) -> TaskTracker {
        self.sharing.tasks.clone()
    }

    /// Whether the lease lasts long enough to send the answer.
    pub(super) fn is_in_time(&self) -> bool {
        self.since.elapsed() < self.lease.saturating_sub(MARGIN)
    }

    /// Nobody else gets the OIDC token from now on, unless it is released.
    pub(super) fn hand(&mut self) {
        let (sharing, until, void) = (self.sharing.clone(), self.until, CancellationToken::new());
        let command = self.script(HAND);
        let handing = {
            let void = void.clone();
            async move {
                let command = || {
                    let life = milliseconds(until.saturating_duration_since(Instant::now()));
                    let mut command = command.clone();
                    command.arg(life.max(1));
                    command
                };
                sharing.tell(command, until, &void).await;
            }
        };
        self.handed = Some(Handed { task: self.sharing.tasks.spawn(handing), void });
    }

    /// The OIDC token is free again. Where the store cannot be told so at once, that is not waited for.
    pub(super) async fn release(self) {
        let command = self.script(RELEASE);
        if let Some(Handed { task, void }) = self.handed {
            void.cancel();
            // Another order would leave the entry there.
            let _ = task.await;
        }
        if self.sharing.store.call::<u8>(Operation::Settle, &command).await.is_err() {
            let (sharing, until) = (self.sharing.clone(), self.since + self.lease);
            let telling = async move {
                sharing.tell(move || command.clone(), until, &CancellationToken::new()).await;
            };
            drop(self.sharing.tasks.spawn(telling));
        }
    }

    /// One of the scripts for this entry and owner.
    fn script(&self, script: &str) -> Cmd {
        let mut command = cmd("EVAL");
        command.arg(script).arg(1).arg(&self.key).arg(&self.owner);
        command
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
