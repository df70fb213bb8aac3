//! `/sandbox/faults`: orders for things to go wrong.

use axum::http::{HeaderName, HeaderValue, StatusCode};

use crate::answer::{Answer, Outcome, Problem};
use crate::faults::{Fault, Order, is_same};
use crate::incoming::Incoming;
use crate::routes::{Handler, ROUTES, Route};

pub(in crate::routes) static GET: Route =
    Route::control("GET /sandbox/faults", |incoming| Ok(Answer::ok(incoming.github.faults.describe())));

pub(in crate::routes) static POST: Route = Route::control("POST /sandbox/faults", post);

pub(in crate::routes) static DELETE: Route = Route::control("DELETE /sandbox/faults", |incoming| {
    incoming.github.faults.clear();
    Ok(Answer::empty(StatusCode::NO_CONTENT))
});

fn post(incoming: &Incoming) -> Outcome {
    let mut order: Order = incoming.order()?;
    if order.route == "runner" {
        super::super::runner::ID_TOKEN.name.clone_into(&mut order.route);
    }
    let can_fail = ROUTES.iter().filter(|route| !matches!(route.handler, Handler::Control(_)));
    let names: Vec<_> = can_fail.map(|route| route.name).collect();
    let Some(name) = names.iter().find(|name| is_same(&order.route, name)) else {
        return Err(Problem::unprocessable(format!(
            "sandbox: no route `{}`; expected `runner` or one of: {}",
            order.route,
            names.join(", ")
        )));
    };
    (*name).clone_into(&mut order.route);
    check(&order.fault)?;
    if !incoming.github.faults.add(order) {
        return Err(Problem::new(StatusCode::INSUFFICIENT_STORAGE, "sandbox: too many faults are waiting"));
    }
    Ok(Answer::json(StatusCode::CREATED, incoming.github.faults.describe()))
}

/// Refuses what could not be sent.
fn check(fault: &Fault) -> Result<(), Problem> {
    if let Fault::Mislabel { content_type } = fault
        && HeaderValue::try_from(content_type).is_err()
    {
        return Err(Problem::unprocessable(format!("sandbox: `{content_type}` is not a header's value")));
    }
    let Fault::Status { status, headers, .. } = fault else { return Ok(()) };
    if !(200..=599).contains(status) {
        return Err(Problem::unprocessable(format!("sandbox: `{status}` is not a status from 200 to 599")));
    }
    for (name, value) in headers {
        if HeaderName::try_from(name).is_err() || HeaderValue::try_from(value).is_err() {
            return Err(Problem::unprocessable(format!("sandbox: `{name}: {value}` is not a header")));
        }
    }
    Ok(())
}
