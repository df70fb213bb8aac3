//! `GET /users/{username}`: an account, or the user of the App.

use serde_json::{Value, json};

use super::Route;
use super::app::simple_user;
use super::installations::EPOCH;
use crate::access::Call;
use crate::answer::{Answer, Outcome, Problem};
use crate::auth::Caller;
use crate::digest::stable_id;
use crate::world::App;

pub(super) static GET: Route =
    Route::rest("GET /users/{username}", "https://docs.github.com/rest/users/users#get-a-user", get);

/// Public: without credentials, too. The App's JWT is for routes about the App.
fn get(call: &Call<'_>) -> Outcome {
    if matches!(call.caller, Caller::App) {
        return Err(Problem::not_accessible());
    }
    let (login, url) = (call.parameter("username"), &call.github().url);
    let app = &call.world.app;
    if login.eq_ignore_ascii_case(&bot_login(app)) {
        let user = simple_user(url, &bot_login(app), bot_id(app), "Bot");
        return Ok(Answer::ok(in_full(user, Some(format!("{url}/apps/{}", app.slug)))));
    }
    let account = call.world.account(login).ok_or_else(Problem::not_found)?;
    let user = simple_user(url, account.name, account.id(), account.owner.kind.as_str());
    Ok(Answer::ok(in_full(user, None)))
}

fn bot_login(app: &App) -> String {
    format!("{}[bot]", app.slug)
}

/// Of its own: neither the App's id nor one that could be told from it.
fn bot_id(app: &App) -> u64 {
    stable_id(&format!("bot:{}", app.slug))
}

/// What is told of an account where it stands alone.
fn in_full(user: Value, html_url: Option<String>) -> Value {
    let Value::Object(mut body) = user else { return user };
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    for name in ["name", "company", "location", "email", "hireable", "bio"] {
        set(name, Value::Null);
    }
    for name in ["public_repos", "public_gists", "followers", "following"] {
        set(name, json!(0));
    }
    for name in ["created_at", "updated_at"] {
        set(name, json!(EPOCH));
    }
    set("blog", json!(""));
    if let Some(html_url) = html_url {
        set("html_url", json!(html_url));
    }
    Value::Object(body)
}
