//! `/sandbox/requests`: what clients asked.

use axum::http::StatusCode;

use crate::answer::Answer;
use crate::routes::Route;

pub(in crate::routes) static GET: Route =
    Route::control("GET /sandbox/requests", |incoming| Ok(Answer::ok(incoming.github.log.describe())));

pub(in crate::routes) static DELETE: Route = Route::control("DELETE /sandbox/requests", |incoming| {
    incoming.github.log.clear();
    Ok(Answer::empty(StatusCode::NO_CONTENT))
});
