//! Everything one sandbox knows, shared by all routes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::app_jwts::AppJwts;
use crate::clock::Clock;
use crate::commits::Commits;
use crate::descriptions::Descriptions;
use crate::faults::Faults;
use crate::jobs::Jobs;
use crate::keys::Keys;
use crate::quota::Quota;
use crate::request_log::RequestLog;
use crate::secrets::Secrets;
use crate::tokens::Tokens;
use crate::world::Worlds;

/// The state behind all routes.
#[derive(Debug)]
pub(crate) struct GitHub {
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub(crate) url: String,
    pub(crate) keys: Keys,
    pub(crate) app_jwts: AppJwts,
    pub(crate) worlds: Worlds,
    pub(crate) clock: Clock,
    pub(crate) tokens: Tokens,
    pub(crate) quota: Quota,
    pub(crate) commits: Commits,
    pub(crate) descriptions: Descriptions,
    pub(crate) secrets: Secrets,
    pub(crate) jobs: Jobs,
    pub(crate) faults: Faults,
    pub(crate) log: RequestLog,
    /// How long every answer of the REST API takes at least.
    pub(crate) latency: Duration,
    /// Turns `true`, or loses its sender, when the sandbox stops.
    pub(crate) stopping: watch::Receiver<bool>,
    requests: AtomicU64,
}

/// What a sandbox starts with.
pub(crate) struct Beginning {
    pub(crate) url: String,
    pub(crate) keys: Keys,
    pub(crate) worlds: Worlds,
    pub(crate) latency: Duration,
    pub(crate) request_log: bool,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl GitHub {
    pub(crate) fn new(beginning: Beginning) -> Arc<Self> {
        let Beginning { url, keys, worlds, latency, request_log, stopping } = beginning;
        Arc::new(Self {
            url,
            keys,
            app_jwts: AppJwts::default(),
            worlds,
            clock: Clock::default(),
            tokens: Tokens::default(),
            quota: Quota::default(),
            commits: Commits::default(),
            descriptions: Descriptions::default(),
            secrets: Secrets::default(),
            jobs: Jobs::default(),
            faults: Faults::default(),
            log: RequestLog::new(request_log),
            latency,
            stopping,
            requests: AtomicU64::new(1),
        })
    }

    /// The issuer of the OIDC tokens.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/oidc", self.url)
    }

    /// A new number for a request, in the form of `x-github-request-id`.
    pub(crate) fn next_request_id(&self) -> String {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("5A4D:{:06X}:{number:08X}:{:08X}:6740A1B2", number % 0xff_fff0, number.rotate_left(3))
    }

    /// Ends when the sandbox stops.
    pub(crate) async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        // An error means that the sandbox is gone altogether.
        let _ = stopping.wait_for(|stop| *stop).await;
    }
}
