//! What becomes of an exchange when GitHub does not do what is needed.

use std::time::Duration;

use github_app::{Error, ErrorKind};
use policy::decide::Question;
use policy::decision::Decision;

use crate::failure::Failure;
use crate::log::field::chain;
use crate::record::Record;

/// What a client waits when GitHub does not say how long.
const RETRY_AFTER: Duration = Duration::from_secs(5);
const UNAVAILABLE: &str = "GitHub is unavailable at the moment";

/// Logs the failure and says what the caller is told of it. That is never a refusal by the rules.
pub(crate) fn github_failure(error: &Error, question: Question<'_>, record: &Record) -> Failure {
    record.github_failed(error, error.request_id());
    let failure = failure(error);
    if question.caller.is_of(&question.request.owner) {
        return failure;
    }
    // SECURITY: a caller of another owner must not learn from it whether there is an installation, a repository or
    // a policy: what lasts looks like every denial, and what passes says neither what it was nor for how long.
    match (failure, question.without_installation()) {
        (_, Decision::Denied(denial)) if tells_what_there_is(error) => {
            let failure = Failure::denied(&denial, question.caller, question.request);
            record.failed(&failure);
            failure
        }
        (Failure::Unavailable(..), _) => none_for_strangers(),
        (failure, _) => failure,
    }
}

/// The same when nothing but the mint failed, after the decision was yes.
///
/// A granted caller may know that there is what it asks for, whoever it is; so it is told a failure, and not a denial
/// that no policy explains.
pub(crate) fn mint_failure(error: &Error, question: Question<'_>, record: &Record) -> Failure {
    record.github_failed(error, error.request_id());
    match failure(error) {
        Failure::Unavailable(..) if !question.caller.is_of(&question.request.owner) => none_for_strangers(),
        failure => failure,
    }
}

/// What a stranger is told when there may be no calls to GitHub for it: what it is told of every failure that passes.
pub(crate) fn none_for_strangers() -> Failure {
    Failure::Unavailable(UNAVAILABLE, RETRY_AFTER)
}

fn failure(error: &Error) -> Failure {
    match error.kind() {
        ErrorKind::RateLimited { retry_after } => {
            Failure::Unavailable("GitHub limits the App's rate at the moment", *retry_after)
        }
        ErrorKind::Unavailable { retry_after, .. } => {
            Failure::Unavailable(UNAVAILABLE, retry_after.unwrap_or(RETRY_AFTER))
        }
        ErrorKind::Down { retry_after } => Failure::Unavailable(UNAVAILABLE, *retry_after),
        ErrorKind::TimedOut => too_slow(),
        ErrorKind::Signing(_) | ErrorKind::Credential => Failure::Internal(chain(error)),
        // Whatever keeps a policy from being read is "could not decide", never "no policy".
        _ if error.route().starts_with("GET /repos/") => {
            Failure::Unavailable("a policy could not be read from GitHub", RETRY_AFTER)
        }
        // A redirect does not say whether the App is installed.
        ErrorKind::Unexpected { status: 300..=399, .. } if error.route().starts_with("GET /users/") => {
            Failure::Unavailable("the installation could not be looked up at GitHub", RETRY_AFTER)
        }
        _ => Failure::BadGateway("GitHub gave an answer that cannot be used"),
    }
}

/// Whether only a request for something that exists fails like this, time and again.
fn tells_what_there_is(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::MintRefused { .. } => true,
        ErrorKind::Unexpected { status: 400..500, .. } => {
            error.route().starts_with("GET /repos/") || error.route().starts_with("POST /app/installations/")
        }
        _ => false,
    }
}

/// GitHub, or all of its answers together, took too long.
pub(crate) fn too_slow() -> Failure {
    Failure::GatewayTimeout("GitHub did not answer in time", RETRY_AFTER)
}
