//! An exchange as a CloudEvent 1.0 in the JSON format, "structured mode" (<https://github.com/cloudevents/spec>).

use aws_lc_rs::rand;
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::audit::list::List;
use crate::outcome::Outcome;
use crate::record::identity::Identity;
use crate::record::{Asked, Facts};
use crate::request_id::RequestId;

/// The event of one exchange.
#[derive(Serialize)]
pub(crate) struct Event<'a> {
    specversion: &'static str,
    /// Made here: a client may choose the same request id twice.
    id: String,
    source: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    datacontenttype: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    request_id: &'a RequestId,
    outcome: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<&'a Identity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a Asked>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a [Value]>,
    #[serde(skip_serializing_if = "is_zero")]
    by_omitted: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    issues: Option<&'a [Value]>,
    #[serde(skip_serializing_if = "is_zero")]
    issues_omitted: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashed_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    github_request_id: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// What became of an exchange.
    pub(crate) fn of(source: &'a str, request_id: &'a RequestId, facts: &'a Facts) -> Self {
        // Only a task that broke off, which is our bug, has not answered.
        let (outcome, status) = facts.answer.unwrap_or((Outcome::Internal, 500));
        let entries = |list: &'a Option<List>| list.as_ref().map(|list| list.entries.as_slice());
        let omitted = |list: &Option<List>| list.as_ref().map_or(0, |list| list.omitted);
        let data = Data {
            request_id,
            outcome: outcome.name(),
            status,
            reason: facts.reason.as_deref(),
            caller: facts.caller.as_ref(),
            request: facts.asked.as_ref(),
            by: entries(&facts.by),
            by_omitted: omitted(&facts.by),
            issues: entries(&facts.issues),
            issues_omitted: omitted(&facts.issues),
            hashed_token: facts.token.as_ref().map(|token| token.hash.as_str()),
            expires_at: facts.token.as_ref().and_then(|token| token.expires_at.format(&Rfc3339).ok()),
            github_request_id: facts.github_request_id.as_deref(),
        };
        Self {
            specversion: "1.0",
            id: random_id(),
            source,
            kind: kind(outcome, facts),
            time: OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default(),
            subject: facts.caller.as_ref().map(|caller| caller.repository.as_str()),
            datacontenttype: "application/json",
            data,
        }
    }

    /// The event as a line of JSON.
    pub(super) fn to_line(&self) -> Vec<u8> {
        // Writing plain structs into memory has no way to fail.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

/// The type of the event. The names are stable. CloudEvents would like them to begin with a domain in reverse; this
/// program has none of its own, and must not take somebody else's.
fn kind(outcome: Outcome, facts: &Facts) -> &'static str {
    if facts.token.as_ref().is_some_and(|token| !token.is_delivered) {
        return "access-token.exchange.undelivered";
    }
    match outcome {
        Outcome::Granted => "access-token.exchange.granted",
        Outcome::WouldGrant => "access-token.exchange.would-grant",
        Outcome::Denied => "access-token.exchange.denied",
        Outcome::Unauthorized
        | Outcome::BadRequest
        | Outcome::RateLimited
        | Outcome::Replayed
        | Outcome::Shed
        | Outcome::NotFound => "access-token.exchange.refused",
        Outcome::GithubFailed | Outcome::Unavailable | Outcome::TooSlow | Outcome::Internal => {
            "access-token.exchange.failed"
        }
    }
}

fn random_id() -> String {
    let mut bytes = [0; 16];
    // No secret: a failing source of randomness is not worth a lost event.
    let _ = rand::fill(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
