//! `/sandbox/tokens`: which tokens were minted, by their digest only; `?sha256=DIGEST` tells of that one alone.

use crate::answer::Answer;
use crate::routes::Route;

pub(in crate::routes) static GET: Route = Route::control("GET /sandbox/tokens", |incoming| {
    let tokens = &incoming.github.tokens;
    Ok(Answer::ok(match incoming.query("sha256") {
        Some(digest) => tokens.describe_one(digest),
        None => tokens.describe(),
    }))
});
