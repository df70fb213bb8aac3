//! The paths of the service.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

use crate::body::Style;
use crate::client::Client;
use crate::exchange::{Exchange, Wish};
use crate::failure::Failure;
use crate::github_failure::too_slow;
use crate::metrics::Page;
use crate::openapi::DOCUMENT;
use crate::readiness::Readiness;
use crate::record::{Record, Recorder, not_an_exchange, not_recorded};
use crate::request_id::RequestId;

/// What a client waits when what it does cannot be recorded.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What every handler can reach.
pub(crate) struct Service {
    pub(crate) exchange: Exchange,
    pub(crate) request_id_header: HeaderName,
    /// How long an exchange may take in all.
    pub(crate) time_limit: Duration,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) readiness: Readiness,
    /// The exchanges in progress, and the revocations that they leave behind.
    pub(crate) tasks: TaskTracker,
}

type Shared = State<Arc<Service>>;
type Parameters = Query<Vec<(String, String)>>;

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/", get(describe))
        .route("/healthz", get(|| async { plain("ok\n") }))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(openapi))
        .route("/access_tokens", post(access_tokens))
        .method_not_allowed_fallback(async |State(service): Shared, request: Request| {
            refuse(&service, &request, Failure::MethodNotAllowed)
        })
        .fallback(async |State(service): Shared, request: Request| {
            refuse(&service, &request, Failure::NotFound)
        })
        .with_state(service)
}

async fn describe() -> Response {
    plain("access-token: trades a GitHub Actions OIDC token for a least-privilege GitHub token\n")
}

fn plain(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

async fn ready(State(service): Shared) -> Response {
    let report = service.readiness.report().await;
    let status = if report.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let content_type = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
    (status, [content_type, (header::CACHE_CONTROL, "no-store")], report.text()).into_response()
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response()
}

/// The paths of the metrics, which have an address of their own.
///
/// SECURITY: who reads them before and after a request sees which calls it led to, and so why it was refused.
pub(crate) fn metrics_router(page: Option<Page>) -> Router {
    Router::new().route("/metrics", get(async move || metrics(page.as_ref())))
}

/// Prometheus text format 0.0.4.
fn metrics(page: Option<&Page>) -> Response {
    let text = page.map(Page::text).unwrap_or_default();
    let content_type = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    ([content_type, (header::CACHE_CONTROL, "no-store")], text).into_response()
}

async fn access_tokens(State(service): Shared, Query(parameters): Parameters, request: Request) -> Response {
    let request_id = RequestId::of(request.headers(), &service.request_id_header);
    let style = style(&parameters);
    let began = Instant::now();
    let deadline = began + service.time_limit;
    // First of all: there must be no exchange, and above all no token, that nobody hears of.
    let Ok(place) = timeout_at(deadline, service.recorder.place()).await else {
        let failure = Failure::Unavailable("audit events cannot be written at the moment", RETRY_AFTER);
        service.recorder.not_recorded(failure.outcome(), began.elapsed());
        not_recorded(&request_id, &failure);
        return named(failure.into_response(&request_id, style), &service, &request_id);
    };
    let record = service.recorder.begin(request_id.clone(), place);
    // A task of its own goes on when the client goes away or the time is up: whatever GitHub has given by then is
    // handed back in an orderly way, and a token that nobody takes is revoked.
    let client = Arc::new(Client::default());
    let stays = client.stay();
    let exchange =
        exchange(Arc::clone(&service), parameters, request, Arc::clone(&record), Arc::clone(&client));
    // It has 8 KiB, which what is put around it would copy, and keep twice.
    let exchange = Box::pin(exchange);
    let task = service.tasks.spawn(github_app::within(deadline, exchange));
    let result = match timeout_at(deadline, task).await {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => Err(failed(Failure::Internal(error.to_string()), &record)),
        Err(_) => Err(failed(too_slow(), &record)),
    };
    drop(stays);
    let response = match result {
        Ok(response) => response,
        Err(failure) => {
            // The exchange has ended: a refusal that waits here takes up nobody's place, and little memory.
            client.wait().await;
            failure.into_response(&request_id, style)
        }
    };
    named(response, &service, &request_id)
}

async fn exchange(
    service: Arc<Service>,
    parameters: Vec<(String, String)>,
    request: Request,
    record: Arc<Record>,
    client: Arc<Client>,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let style = style(&parameters);
    let dry_run: Vec<&str> = values(&parameters, "dry_run").collect();
    let wish = Wish { style, dry_run: &dry_run, client: &client };
    let result = service.exchange.run(&parts.headers, body, wish, &record).await;
    result.map_err(|failure| failed(failure, &record))
}

fn failed(failure: Failure, record: &Record) -> Failure {
    // A denial is logged with its real reasons where it is made.
    if !matches!(failure, Failure::Denied(_)) {
        record.failed(&failure);
    }
    record.answered(failure.outcome(), failure.status().as_u16());
    failure
}

fn refuse(service: &Service, request: &Request, failure: Failure) -> Response {
    let request_id = RequestId::of(request.headers(), &service.request_id_header);
    let is_pretty = request.uri().query().is_some_and(|query| query.split('&').any(|part| part == "pretty"));
    let style = if is_pretty { Style::Pretty } else { Style::Compact };
    service.recorder.not_found();
    not_an_exchange(&request_id, &failure, request.method());
    named(failure.into_response(&request_id, style), service, &request_id)
}

fn named(mut response: Response, service: &Service, request_id: &RequestId) -> Response {
    let headers: &mut HeaderMap<HeaderValue> = response.headers_mut();
    headers.extend(request_id.header().map(|value| (service.request_id_header.clone(), value)));
    response
}

fn style(parameters: &[(String, String)]) -> Style {
    match values(parameters, "pretty").last() {
        None | Some("false") => Style::Compact,
        Some(_) => Style::Pretty,
    }
}

fn values<'a>(parameters: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    parameters.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.as_str())
}
