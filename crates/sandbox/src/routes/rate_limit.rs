//! `GET /rate_limit`: how many requests are left. Asking is free.

use serde_json::json;

use super::Route;
use crate::access::Call;
use crate::answer::{Answer, Outcome};
use crate::auth::Caller;
use crate::quota::Client;

pub(super) static GET: Route = Route::rest(
    "GET /rate_limit",
    "https://docs.github.com/rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user",
    get,
)
.free();

#[expect(clippy::unnecessary_wraps, reason = "all handlers have one shape")]
fn get(call: &Call<'_>) -> Outcome {
    let window = call.github().quota.look(client(&call.caller), call.world.app.rate_limit, call.incoming.now);
    let core = window.describe();
    let search = json!({"limit": 30, "used": 0, "remaining": 30, "reset": call.incoming.now + 60});
    Ok(Answer::ok(json!({"resources": {"core": core, "search": search}, "rate": core})))
}

fn client(caller: &Caller) -> Client {
    match caller {
        Caller::Anonymous => Client::Anonymous,
        Caller::App => Client::App,
        Caller::Installation(token) => Client::Installation(token.installation_id),
    }
}
