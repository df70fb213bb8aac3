//! `PUT /sandbox/world`: puts another world in the place of this one.

use axum::http::StatusCode;

use crate::answer::{Answer, Outcome, Problem};
use crate::incoming::Incoming;
use crate::routes::Route;
use crate::world::World;

pub(in crate::routes) static PUT: Route = Route::control("PUT /sandbox/world", put);

fn put(incoming: &Incoming) -> Outcome {
    let world: World = incoming.order()?;
    let replaced = incoming.github.worlds.replace(world);
    replaced.map_err(|error| Problem::unprocessable(format!("sandbox: {error}")))?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
