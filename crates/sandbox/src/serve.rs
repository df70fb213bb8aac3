//! From a request on the wire to an answer on the wire: log, faults, route.

mod broken;
mod slow;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Query, RawPathParams, Request};
use axum::http::header::{CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use tokio::time::{Duration, sleep};

use crate::answer::{Answer, Payload, Problem};
use crate::auth::Shown;
use crate::faults::Fault;
use crate::github::GitHub;
use crate::incoming::Incoming;
use crate::request_log::Record;
use crate::rest;
use crate::routes::{Handler, ROUTES, Route, UNKNOWN};
use crate::wire::Scissors;

/// The router of all routes; whatever else is asked for is answered with GitHub's 404.
pub(crate) fn router(github: &Arc<GitHub>) -> Router {
    let mut router = Router::new();
    for route in ROUTES.iter().copied() {
        let filter = MethodFilter::try_from(route.method()).unwrap_or(MethodFilter::GET);
        for path in route.router_paths() {
            let github = Arc::clone(github);
            let answer = move |ConnectInfo(scissors): ConnectInfo<Scissors>,
                               parameters: RawPathParams,
                               request: Request| {
                answer(Arc::clone(&github), route, scissors, list(&parameters), request)
            };
            router = router.route(path, on(filter, answer));
        }
    }
    let github = Arc::clone(github);
    let unknown = move |ConnectInfo(scissors): ConnectInfo<Scissors>, request: Request| {
        answer(Arc::clone(&github), &UNKNOWN, scissors, Vec::new(), request)
    };
    router.fallback(unknown.clone()).method_not_allowed_fallback(unknown)
}

fn list(parameters: &RawPathParams) -> Vec<(String, String)> {
    parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn answer(
    github: Arc<GitHub>,
    route: &'static Route,
    scissors: Scissors,
    parameters: Vec<(String, String)>,
    request: Request,
) -> Response {
    if let Handler::Control(_) = route.handler {
        return respond(work(&github, route, parameters, request).await);
    }
    let number = github.log.begin(|| note(&request, route));
    let fault = github.faults.take(route.name, request.uri().path());
    let response = match fault {
        Some(Fault::Reset) => {
            scissors.cut();
            return Response::new(Body::empty());
        }
        Some(Fault::Hang) => {
            github.stopped().await;
            scissors.cut();
            return Response::new(Body::empty());
        }
        Some(Fault::Status { status, headers, body }) => broken::status(status, &headers, body),
        Some(Fault::Delay { ms }) => {
            sleep(Duration::from_millis(ms)).await;
            respond(work(&github, route, parameters, request).await)
        }
        Some(Fault::Late { ms }) => {
            let response = respond(work(&github, route, parameters, request).await);
            sleep(Duration::from_millis(ms)).await;
            response
        }
        Some(Fault::Dribble { ms }) => {
            let response = respond(work(&github, route, parameters, request).await);
            slow::dribble(response, Duration::from_millis(ms)).await
        }
        Some(Fault::Endless { bytes }) => {
            slow::endless(respond(work(&github, route, parameters, request).await), bytes).await
        }
        Some(Fault::Mislabel { content_type }) => {
            broken::mislabel(respond(work(&github, route, parameters, request).await), &content_type)
        }
        Some(Fault::Truncate) => {
            broken::truncate(respond(work(&github, route, parameters, request).await)).await
        }
        Some(Fault::Garbage) => broken::garbage(work(&github, route, parameters, request).await),
        Some(Fault::Replace { json }) => {
            broken::replace(work(&github, route, parameters, request).await, &json)
        }
        None => respond(work(&github, route, parameters, request).await),
    };
    github.log.finish(number, response.status().as_u16());
    response
}

fn note(request: &Request, route: &Route) -> Record {
    let auth = match route.handler {
        Handler::Rest(_) => Shown::by(request.headers()).kind(),
        Handler::Service(_) | Handler::Control(_) => "none",
    };
    let text = |headers: &HeaderMap| {
        headers.get(USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Record {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        status: None,
        user_agent: text(request.headers()),
        auth,
    }
}

/// Reads the body and lets the route do its work.
async fn work(
    github: &Arc<GitHub>,
    route: &Route,
    parameters: Vec<(String, String)>,
    request: Request,
) -> Answer {
    if matches!(route.handler, Handler::Rest(_)) && !github.latency.is_zero() {
        sleep(github.latency).await;
    }
    let (parts, body) = request.into_parts();
    let limit = if matches!(route.handler, Handler::Control(_)) { LARGEST_ORDER } else { LARGEST_BODY };
    let Ok(body) = to_bytes(body, limit).await else {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large")
            .into_answer(route.documentation);
    };
    let query = Query::try_from_uri(&parts.uri).map_or_else(|_| Vec::new(), |Query(query)| query);
    let now = github.clock.now();
    let (github, method, headers) = (Arc::clone(github), parts.method, parts.headers);
    let incoming = Incoming { github, method, headers, body, now, parameters, query };
    match route.handler {
        Handler::Rest(handler) => rest::handle(&incoming, route, handler),
        Handler::Service(handler) | Handler::Control(handler) => {
            handler(&incoming).unwrap_or_else(|problem| problem.into_answer(route.documentation))
        }
    }
}

/// Puts an answer into the form that goes on the wire.
fn respond(answer: Answer) -> Response {
    let Answer { status, payload, headers } = answer;
    let (content_type, body) = match payload {
        Payload::Empty => (None, Body::empty()),
        Payload::Json(json) => (Some(rest::JSON), Body::from(json.to_string())),
        Payload::Raw { content_type, bytes } => (Some(content_type), Body::from(bytes)),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if let Some(content_type) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Bytes that a request to GitHub's routes may have; a file of 1 MiB fits in base64.
const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// Bytes that a world or another order may have.
const LARGEST_ORDER: usize = 64 * 1024 * 1024;
