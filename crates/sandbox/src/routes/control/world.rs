//! `PUT /sandbox/world`: puts another world in the place of this one; without `app` the App stays the same.

use axum::http::StatusCode;
use serde::Deserialize as _;
use serde_json::Value;

use crate::answer::{Answer, Outcome, Problem};
use crate::incoming::Incoming;
use crate::routes::Route;
use crate::world::World;

pub(in crate::routes) static PUT: Route = Route::control("PUT /sandbox/world", put);

fn put(incoming: &Incoming) -> Outcome {
    let order: Value = incoming.order()?;
    let mut world = World::deserialize(&order)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("sandbox: {error}")))?;
    if order.get("app").is_none() {
        world.app = incoming.github.worlds.now()?.app.clone();
    }
    let replaced = incoming.github.worlds.replace(world);
    replaced.map_err(|error| Problem::unprocessable(format!("sandbox: {error}")))?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
