//! `/sandbox/tokens`: which tokens were minted, by their digest only.

use crate::answer::Answer;
use crate::routes::Route;

pub(in crate::routes) static GET: Route =
    Route::control("GET /sandbox/tokens", |incoming| Ok(Answer::ok(incoming.github.tokens.describe())));
