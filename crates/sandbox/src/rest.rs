//! What all routes of the REST API have in common: who may call at all, the quota, conditional requests, headers.

pub(crate) mod admission;
mod conditional;

use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, ETAG, SERVER, VARY};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};

use crate::access::Call;
use crate::answer::{Answer, Outcome, Payload, Problem};
use crate::auth::{Caller, Shown, authenticate};
use crate::incoming::Incoming;
use crate::quota::{Client, Window};
use crate::routes::Route;

/// Content type of all JSON answers.
pub(crate) const JSON: &str = "application/json; charset=utf-8";

/// Does what the REST API does for every request, with `handler` in the middle.
pub(crate) fn handle(incoming: &Incoming, route: &Route, handler: fn(&Call<'_>) -> Outcome) -> Answer {
    if incoming.header("user-agent").is_none_or(str::is_empty) {
        return admission::without_user_agent();
    }
    let shown = Shown::by(&incoming.headers);
    let call = match enter(incoming, shown) {
        Ok(call) => call,
        Err(problem) => return dress(problem.into_answer(route.documentation), incoming, route, None),
    };
    let client = match &call.caller {
        Caller::Anonymous => Client::Anonymous,
        Caller::App => Client::App,
        Caller::Installation(token) => Client::Installation(token.installation_id),
    };
    let quota = &incoming.github.quota;
    let limit = call.world.app.rate_limit;
    let taken = if route.free {
        Ok(quota.look(client, limit, incoming.now))
    } else {
        quota.take(client, limit, incoming.now)
    };
    let mut window = match taken {
        Ok(window) => window,
        Err(window) => {
            let answer = admission::over_the_limit(client).into_answer(route.documentation);
            return dress(answer, incoming, route, Some(window));
        }
    };
    let mut answer = handler(&call).unwrap_or_else(|problem| problem.into_answer(route.documentation));
    if incoming.method == Method::GET && answer.status == StatusCode::OK {
        let bytes = settle(&mut answer);
        let tag = conditional::entity_tag(&bytes, shown.credential());
        if incoming.header("if-none-match").is_some_and(|header| conditional::matches(header, &tag)) {
            answer = Answer::empty(StatusCode::NOT_MODIFIED);
            if !route.free {
                window = quota.give_back(client, limit, incoming.now);
            }
        }
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            answer.headers.push((ETAG, tag));
        }
        answer.headers.push((CACHE_CONTROL, HeaderValue::from_static("private, max-age=60, s-maxage=60")));
        answer.headers.push((VARY, HeaderValue::from_static("Accept, Authorization, Cookie, X-GitHub-OTP")));
    }
    let version = HeaderValue::from_static(call.version);
    answer.headers.push((HeaderName::from_static("x-github-api-version-selected"), version));
    dress(answer, incoming, route, Some(window))
}

fn enter<'i>(incoming: &'i Incoming, shown: Shown<'_>) -> Result<Call<'i>, Problem> {
    let version = admission::version(incoming)?;
    admission::check_accept(incoming)?;
    let world = incoming.github.worlds.now()?;
    let caller = authenticate(shown, &incoming.github, &world, incoming.now)?;
    Ok(Call { incoming, world, caller, version })
}

/// Turns a JSON body into its bytes, so that they are written once.
fn settle(answer: &mut Answer) -> Bytes {
    if let Payload::Json(body) = &answer.payload {
        answer.payload = Payload::Raw { content_type: JSON, bytes: Bytes::from(body.to_string()) };
    }
    match &answer.payload {
        Payload::Raw { bytes, .. } => bytes.clone(),
        Payload::Json(_) | Payload::Empty => Bytes::new(),
    }
}

/// Adds the headers that GitHub sends with everything.
fn dress(mut answer: Answer, incoming: &Incoming, route: &Route, window: Option<Window>) -> Answer {
    let mut set = |name: &'static str, value: HeaderValue| {
        answer.headers.push((HeaderName::from_static(name), value));
    };
    set("x-github-media-type", HeaderValue::from_static(admission::media_type(incoming)));
    if let Ok(id) = HeaderValue::try_from(incoming.github.next_request_id()) {
        set("x-github-request-id", id);
    }
    if !route.permissions.is_empty() {
        set("x-accepted-github-permissions", HeaderValue::from_static(route.permissions));
    }
    if let Some(window) = window {
        set("x-ratelimit-limit", window.limit.into());
        set("x-ratelimit-remaining", window.remaining().into());
        set("x-ratelimit-used", window.used.into());
        set("x-ratelimit-reset", window.reset.into());
        set("x-ratelimit-resource", HeaderValue::from_static("core"));
    }
    answer.header(SERVER, HeaderValue::from_static("github.com"))
}
