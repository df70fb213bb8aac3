//! `DELETE /installation/token`: a token ends itself.

use axum::http::StatusCode;

use super::Route;
use crate::access::Call;
use crate::answer::{Answer, Outcome};

pub(super) static DELETE: Route = Route::rest(
    "DELETE /installation/token",
    "https://docs.github.com/rest/apps/installations#revoke-an-installation-access-token",
    delete,
);

fn delete(call: &Call<'_>) -> Outcome {
    let pass = call.pass_or(
        "You must authenticate with an installation access token in order to revoke an installation access token.",
    )?;
    pass.token.revoke();
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
