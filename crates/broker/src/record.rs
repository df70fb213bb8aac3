//! What the log keeps of an exchange.

use axum::http::Method;
use github_types::Claims;
use policy::decision::{Denial, Grant};
use policy::request::TokenRequest;

use crate::failure::Failure;
use crate::log::field::{chain, cut, json};
use crate::log::help::help;
use crate::request_id::RequestId;

/// Writes one line for an exchange as it goes.
pub(crate) struct Record<'a> {
    pub(crate) request_id: &'a RequestId,
}

impl Record<'_> {
    /// A token went out.
    pub(crate) fn granted(&self, claims: &Claims, grant: &Grant, token_hash: &str) {
        let (by, permissions) = (json(&grant.by()), json(grant.permissions()));
        tracing::info!(
            request_id = %self.request_id, caller = %claims.repository(), sub = cut(claims.sub()), owner = %grant.owner(),
            repositories = json(grant.repositories()), permissions, by, token_hash, "granted"
        );
    }

    /// The decision was no; the real reasons, whatever the caller was told.
    pub(crate) fn denied(&self, claims: &Claims, request: &TokenRequest, denial: &Denial) {
        tracing::info!(
            request_id = %self.request_id, caller = %claims.repository(), sub = cut(claims.sub()), owner = %request.owner,
            repositories = json(&request.repositories), permissions = json(&request.permissions),
            issues = json(&denial.issues), "denied"
        );
    }

    /// The decision was yes, and only that was asked.
    pub(crate) fn would_grant(&self, claims: &Claims, grant: &Grant) {
        tracing::info!(
            request_id = %self.request_id, caller = %claims.repository(), sub = cut(claims.sub()), owner = %grant.owner(),
            by = json(&grant.by()), "would be granted"
        );
    }

    /// There is no token for another reason.
    pub(crate) fn failed(&self, failure: &Failure) {
        let status = failure.status().as_u16();
        match failure {
            Failure::Internal(cause) => {
                tracing::error!(request_id = %self.request_id, status, cause = cut(cause), "internal error");
            }
            Failure::BadRequest(reason) | Failure::Unauthorized(reason) => {
                tracing::info!(request_id = %self.request_id, status, reason = cut(reason), "refused");
            }
            _ => tracing::info!(request_id = %self.request_id, status, "refused"),
        }
    }

    /// The path or the method is none of ours. Anybody can make as many of these as they like.
    pub(crate) fn not_an_exchange(&self, failure: &Failure, method: &Method) {
        let (status, method) = (failure.status().as_u16(), cut(method.as_str()));
        tracing::debug!(request_id = %self.request_id, status, method, "refused");
    }

    /// GitHub did not do what was needed.
    pub(crate) fn github_failed(&self, error: &(dyn std::error::Error + 'static)) {
        tracing::warn!(request_id = %self.request_id, error = chain(error), help = help(error), "GitHub failed");
    }
}
