//! When GitHub is not called: what this process remembers of how its calls went.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::breaker::{Breaker, Permit};
use crate::budget::RetryBudget;
use crate::quota::{Client, Quotas};
use crate::turns::Turns;
use crate::{ErrorKind, GitHub, Pace};

/// What holds calls back, and retries more so.
#[derive(Debug)]
pub(crate) struct Restraint {
    pub(crate) budget: RetryBudget,
    pub(crate) breaker: Breaker,
    pub(crate) quotas: Quotas,
    pub(crate) turns: Turns,
    is_ending: AtomicBool,
}

impl Restraint {
    pub(crate) fn at(pace: &Pace) -> Self {
        Self {
            budget: RetryBudget::default(),
            breaker: Breaker::new(pace.failures, pace.rest),
            quotas: Quotas::default(),
            turns: Turns::of(pace.at_once),
            is_ending: AtomicBool::new(false),
        }
    }

    /// Leave to make a call, or why nothing may be sent now.
    pub(crate) fn admit(&self, client: Option<Client>) -> Result<Permit<'_>, ErrorKind> {
        if self.is_ending.load(Ordering::Relaxed) {
            return Ok(self.breaker.insist());
        }
        if let Some(retry_after) = client.and_then(|client| self.quotas.wait(client)) {
            spared("limited");
            return Err(ErrorKind::RateLimited { retry_after });
        }
        self.breaker.admit().map_err(|retry_after| {
            spared("down");
            ErrorKind::Down { retry_after }
        })
    }
}

impl GitHub {
    /// From now on every call is sent, whatever GitHub said before: the process is about to end, and what it does not
    /// try now, such as to revoke a token, nobody ever will.
    pub fn hold_nothing_back(&self) {
        self.restraint().is_ending.store(true, Ordering::Relaxed);
    }
}

pub(crate) fn spared(reason: &'static str) {
    metrics::counter!("access_token_github_spared_total", "reason" => reason).increment(1);
}
