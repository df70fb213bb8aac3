//! One try of a call: whether it may be made, how long it may take, and what counts as an answer.

use std::pin::pin;

use reqwest::RequestBuilder;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, IF_NONE_MATCH};
use tokio::time::{Instant, timeout_at};

use super::{Call, Repeat};
use crate::answer::{Answer, End};
use crate::client::GitHub;
use crate::deadline::{deadline, outlasts};
use crate::rate_limit::{rate_limited, remaining, reserve, retry_after, until_reset};
use crate::turns::Turn;
use crate::{Error, ErrorKind};

/// How long a try may take.
#[derive(Clone, Copy)]
struct Limits {
    /// Until when GitHub should have answered.
    answer: Instant,
    /// Until when an answer is taken.
    end: Instant,
}

impl GitHub {
    pub(super) async fn attempt(&self, call: &Call<'_>) -> Result<Answer, Error> {
        if !outlasts(std::time::Duration::ZERO) {
            return Err(call.error(ErrorKind::TimedOut));
        }
        let request = self.request(call).map_err(|kind| call.error(kind))?;
        let _turn = self.turn(call).await.map_err(|kind| call.error(kind))?;
        let permit = self.restraint().admit(call.client).map_err(|kind| call.error(kind))?;
        let limits = self.limits(call.repeat);
        let mut work = pin!(send(request, call.limit, limits.end));
        let outcome = if let Ok(outcome) = timeout_at(limits.answer, &mut work).await {
            match is_failure(&outcome) {
                false => permit.answered(),
                // It was not given the time that it may take: that says nothing about GitHub.
                true if limits.end < limits.answer && is_late(&outcome) => drop(permit),
                true => permit.failed(),
            }
            outcome
        } else {
            permit.failed();
            work.await
        };
        count(call.route, &outcome);
        self.judge(call, outcome)
    }

    /// Waits until no more calls are under way than GitHub allows, no longer than a try may take.
    async fn turn(&self, call: &Call<'_>) -> Result<Option<Turn>, ErrorKind> {
        let Some(client) = call.client else { return Ok(None) };
        let end = Instant::now() + self.pace().try_limit;
        let end = deadline().map_or(end, |deadline| deadline.min(end));
        self.restraint().turns.take(client, end).await.map(Some)
    }

    fn limits(&self, repeat: Repeat) -> Limits {
        let begin = Instant::now();
        let answer = begin + self.pace().try_limit;
        let end = match repeat {
            Repeat::Freely => deadline().map_or(answer, |deadline| deadline.min(answer)),
            // What is made must come back, even when nobody needs it any more.
            Repeat::IfUnsent => answer.max(begin + self.pace().mint_limit),
        };
        Limits { answer, end }
    }

    /// Whether what came counts, and what is to be remembered of it.
    fn judge(&self, call: &Call<'_>, outcome: Result<Answer, ErrorKind>) -> Result<Answer, Error> {
        let mut answer = outcome.map_err(|kind| call.error(kind))?;
        let request_id = answer.request_id();
        if let Some(remaining) = remaining(&answer.headers) {
            self.restraint().quotas.remaining(remaining);
            if let Some(client) = call.client {
                let until = (remaining < reserve(&answer.headers))
                    .then(|| until_reset(&answer.headers, self.unix_now()));
                self.restraint().quotas.scarce(client, until);
            }
        }
        let failure = match failure(&answer, call.credential.expose(), self.unix_now()) {
            None if call.repeat == Repeat::Freely => cut_short(&mut answer),
            failure => failure,
        };
        if let (Some(ErrorKind::RateLimited { retry_after }), Some(client)) = (&failure, call.client) {
            self.restraint().quotas.limited(client, *retry_after);
        }
        match failure {
            Some(kind) => Err(call.error(kind).with_request_id(request_id)),
            None => Ok(answer),
        }
    }

    fn request(&self, call: &Call<'_>) -> Result<RequestBuilder, ErrorKind> {
        let bearer = format!("Bearer {}", call.credential.expose());
        let mut bearer = HeaderValue::try_from(bearer).map_err(|_| ErrorKind::Credential)?;
        bearer.set_sensitive(true);
        let mut request = self
            .http()
            .request(call.method.clone(), call.url.clone())
            .header(AUTHORIZATION, bearer)
            .header(ACCEPT, call.accept);
        if let Some(version) = call.unless {
            request = request.header(IF_NONE_MATCH, version.header());
        }
        Ok(match &call.body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body.clone()),
            None => request,
        })
    }
}

async fn send(request: RequestBuilder, limit: usize, end: Instant) -> Result<Answer, ErrorKind> {
    match timeout_at(end, request.send()).await {
        Ok(sent) => Ok(Answer::read(sent.map_err(ErrorKind::transport)?, limit, end).await),
        Err(_) => Err(ErrorKind::TimedOut),
    }
}

/// Whether GitHub was not there, was too slow, or broke.
fn is_failure(outcome: &Result<Answer, ErrorKind>) -> bool {
    match outcome {
        Ok(answer) => answer.status.is_server_error() || matches!(answer.end, End::CutShort(_)),
        Err(_) => true,
    }
}

fn is_late(outcome: &Result<Answer, ErrorKind>) -> bool {
    matches!(outcome, Err(ErrorKind::TimedOut) | Ok(Answer { end: End::CutShort(ErrorKind::TimedOut), .. }))
}

fn count(route: &'static str, outcome: &Result<Answer, ErrorKind>) {
    let status = match outcome {
        _ if is_late(outcome) => "timeout".to_owned(),
        Err(_) | Ok(Answer { end: End::CutShort(_), .. }) => "connection".to_owned(),
        Ok(answer) => answer.status.as_u16().to_string(),
    };
    metrics::counter!("access_token_github_requests_total", "route" => route, "status" => status)
        .increment(1);
}

/// What makes an answer none: a rate limit or a 5xx.
fn failure(answer: &Answer, credential: &str, now: u64) -> Option<ErrorKind> {
    if answer.status.is_server_error() {
        let status = Some(answer.status.as_u16());
        let retry_after = retry_after(&answer.headers);
        return Some(ErrorKind::Unavailable { status, retry_after, cause: None });
    }
    let message = answer.message(credential);
    let retry_after = rate_limited(answer.status, &answer.headers, message.as_deref(), now)?;
    Some(ErrorKind::RateLimited { retry_after })
}

fn cut_short(answer: &mut Answer) -> Option<ErrorKind> {
    match std::mem::replace(&mut answer.end, End::Complete) {
        End::CutShort(kind) => Some(kind),
        end => {
            answer.end = end;
            None
        }
    }
}
