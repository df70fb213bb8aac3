//! What is kept of an exchange: lines of log as it goes, and at its end one audit event and the counts.

pub(crate) mod identity;
mod recorder;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::Method;
use github_types::Claims;
use policy::decision::{Denial, Grant};
use policy::request::TokenRequest;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::Instant;

use self::identity::Identity;
pub(crate) use self::recorder::Recorder;
use crate::audit::Place;
use crate::audit::list::{List, bounded};
use crate::failure::Failure;
use crate::log::field::{chain, cut, json};
use crate::log::help::help;
use crate::mint::Minted;
use crate::outcome::Outcome;
use crate::request_id::RequestId;

/// The record of one exchange.
///
/// INVARIANT: whoever may still change how the exchange ends holds it: the task that works on it, the one that waits
/// for that, and the token on its way. So when it is dropped, all is settled, and exactly one audit event is written.
pub(crate) struct Record {
    pub(crate) request_id: RequestId,
    recorder: Arc<Recorder>,
    began: Instant,
    facts: Mutex<Facts>,
}

/// What is known of an exchange so far.
#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) caller: Option<Identity>,
    authenticated: Option<Instant>,
    pub(crate) asked: Option<Asked>,
    pub(crate) by: Option<List>,
    pub(crate) issues: Option<List>,
    pub(crate) token: Option<Token>,
    pub(crate) github_request_id: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) answer: Option<(Outcome, u16)>,
    /// For the audit event, where there are any.
    place: Option<Place>,
}

/// What was asked for.
#[derive(Serialize)]
pub(crate) struct Asked {
    owner: String,
    repositories: Value,
    permissions: Value,
    dry_run: bool,
}

/// The token that was minted.
pub(crate) struct Token {
    pub(crate) hash: String,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) is_delivered: bool,
}

/// A line of log with what every line of an exchange has.
macro_rules! line {
    ($level:ident, $record:expr, $facts:expr, $message:literal, $($fields:tt)*) => {
        tracing::$level!(
            request_id = %$record.request_id,
            caller = $facts.caller.as_ref().map(|caller| caller.repository.as_str()),
            sub = $facts.caller.as_ref().map(|caller| caller.sub.as_str()),
            run_id = $facts.caller.as_ref().and_then(|caller| caller.get("run_id")),
            actor = $facts.caller.as_ref().and_then(|caller| caller.get("actor")),
            $($fields)*
            $message
        )
    };
}

impl Record {
    /// The caller is known.
    pub(crate) fn authenticated(&self, claims: &Claims) {
        let mut facts = self.facts();
        facts.caller = Some(Identity::of(claims));
        facts.authenticated = Some(Instant::now());
    }

    /// What is asked for is known.
    pub(crate) fn asked(&self, request: &TokenRequest) {
        if self.recorder.audits() {
            let value = |value: serde_json::Result<Value>| value.unwrap_or_default();
            self.facts().asked = Some(Asked {
                owner: request.owner.to_string(),
                repositories: value(serde_json::to_value(&request.repositories)),
                permissions: value(serde_json::to_value(&request.permissions)),
                dry_run: request.dry_run,
            });
        }
    }

    /// It is known whether the policies grant it.
    pub(crate) fn decided(&self) {
        if let Some(since) = self.facts().authenticated {
            self.recorder.exchanges.decided(since.elapsed());
        }
    }

    /// A token goes out.
    pub(crate) fn granted(self: &Arc<Self>, grant: &Grant, minted: &mut Minted) {
        let mut facts = self.facts();
        if self.recorder.audits() {
            facts.by = Some(bounded(grant.by()));
        }
        let github_request_id = minted.github_request_id.as_deref().map(cut);
        line!(
            info, self, facts, "granted",
            owner = %grant.owner(), repositories = json(grant.repositories()), permissions = json(grant.permissions()),
            by = json(&grant.by()), token_hash = minted.hash, github_request_id,
        );
        facts.github_request_id = github_request_id;
        facts.token =
            Some(Token { hash: minted.hash.clone(), expires_at: minted.expires_at, is_delivered: false });
        drop(facts);
        minted.token.record_in(Arc::clone(self));
        self.answered(Outcome::Granted, 200);
    }

    /// The answer with the token goes out now. Whether it is received may take a while to be known: a place among the
    /// events is kept until then only for what still can become a token.
    pub(crate) fn on_its_way(&self) {
        drop(self.facts().place.take());
    }

    /// The token was received, as far as can be told.
    pub(crate) fn delivered(&self) {
        if let Some(token) = &mut self.facts().token {
            token.is_delivered = true;
        }
    }

    /// The decision was no; the real reasons, whatever the caller was told.
    pub(crate) fn denied(&self, request: &TokenRequest, denial: &Denial) {
        let mut facts = self.facts();
        if self.recorder.audits() {
            facts.issues = Some(bounded(&denial.issues));
        }
        line!(
            info, self, facts, "denied",
            owner = %request.owner, repositories = json(&request.repositories),
            permissions = json(&request.permissions), issues = json(&denial.issues),
        );
    }

    /// The decision was yes, and only that was asked.
    pub(crate) fn would_grant(&self, grant: &Grant) {
        let mut facts = self.facts();
        if self.recorder.audits() {
            facts.by = Some(bounded(grant.by()));
        }
        line!(
            info, self, facts, "would be granted",
            owner = %grant.owner(), repositories = json(grant.repositories()), permissions = json(grant.permissions()),
            by = json(&grant.by()),
        );
        drop(facts);
        self.answered(Outcome::WouldGrant, 200);
    }

    /// There is no token for another reason.
    pub(crate) fn failed(&self, failure: &Failure) {
        let status = failure.status().as_u16();
        let mut facts = self.facts();
        match failure {
            Failure::Internal(cause) => {
                line!(error, self, facts, "internal error", status, cause = cut(cause),);
            }
            // Its message lists what anybody may know; the real reasons were logged before.
            Failure::Denied(_) => line!(info, self, facts, "refused", status,),
            other => {
                let reason = cut(other.message().unwrap_or_default());
                line!(info, self, facts, "refused", status, reason,);
                // What GitHub or the App said to it is more exact.
                facts.reason.get_or_insert(reason);
            }
        }
    }

    /// GitHub did not do what was needed.
    pub(crate) fn github_failed(
        &self,
        error: &(dyn std::error::Error + 'static),
        github_request_id: Option<&str>,
    ) {
        let mut facts = self.facts();
        let help = help(error);
        let (error, github_request_id) = (chain(error), github_request_id.map(cut));
        line!(warn, self, facts, "GitHub failed", error, help, github_request_id,);
        facts.reason = Some(error);
        facts.github_request_id = github_request_id;
    }

    /// What the client is answered. The first one counts: it is what the client got, or would have got.
    pub(crate) fn answered(&self, outcome: Outcome, status: u16) {
        let mut facts = self.facts();
        if facts.answer.is_none() {
            facts.answer = Some((outcome, status));
            self.recorder.exchanges.answered(outcome, self.began.elapsed());
        }
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        // Nothing can panic half-way through a change.
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let mut facts = std::mem::take(self.facts.get_mut().unwrap_or_else(PoisonError::into_inner));
        let place = facts.place.take();
        self.recorder.settled(&self.request_id, &facts, place);
    }
}

/// There was no place in time for what would have been recorded of a request; so it is no exchange.
pub(crate) fn not_recorded(request_id: &RequestId, failure: &Failure) {
    let (status, reason) = (failure.status().as_u16(), failure.message().unwrap_or_default());
    tracing::info!(request_id = %request_id, status, reason, "refused");
}

/// The path or the method is none of ours. Anybody can make as many of these as they like.
pub(crate) fn not_an_exchange(request_id: &RequestId, failure: &Failure, method: &Method) {
    let (status, method) = (failure.status().as_u16(), cut(method.as_str()));
    tracing::debug!(request_id = %request_id, status, method, "refused");
}
