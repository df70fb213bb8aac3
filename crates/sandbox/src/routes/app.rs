//! `GET /app`: the App itself.

use serde_json::{Value, json};

use super::Route;
use super::installations::EPOCH;
use crate::access::Call;
use crate::answer::{Answer, Outcome};

pub(super) static GET: Route =
    Route::rest("GET /app", "https://docs.github.com/rest/apps/apps#get-the-authenticated-app", get);

fn get(call: &Call<'_>) -> Outcome {
    call.require_app()?;
    let app = &call.world.app;
    let url = &call.github().url;
    let installations = call.world.accounts().filter(|account| account.owner.installation.is_some()).count();
    Ok(Answer::ok(json!({
        "id": app.id,
        "client_id": app.client_id,
        "slug": app.slug,
        "node_id": format!("A_{}", app.id),
        "owner": simple_user(url, &app.slug, app.id, "Organization"),
        "name": app.slug,
        "description": "The App of a sandbox",
        "external_url": url,
        "html_url": format!("{url}/apps/{}", app.slug),
        "created_at": EPOCH,
        "updated_at": EPOCH,
        "permissions": {"metadata": "read"},
        "events": [],
        "installations_count": installations,
    })))
}

/// An account as GitHub shows it everywhere.
pub(super) fn simple_user(url: &str, login: &str, id: u64, kind: &str) -> Value {
    // In URLs GitHub writes the brackets of `[bot]` so.
    let in_url = login.replace('[', "%5B").replace(']', "%5D");
    let user = format!("{url}/users/{in_url}");
    json!({
        "login": login,
        "id": id,
        "node_id": format!("U_{id}"),
        "avatar_url": format!("{url}/avatars/{id}"),
        "gravatar_id": "",
        "url": user,
        "html_url": format!("{url}/{in_url}"),
        "followers_url": format!("{user}/followers"),
        "following_url": format!("{user}/following{{/other_user}}"),
        "gists_url": format!("{user}/gists{{/gist_id}}"),
        "starred_url": format!("{user}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{user}/subscriptions"),
        "organizations_url": format!("{user}/orgs"),
        "repos_url": format!("{user}/repos"),
        "events_url": format!("{user}/events{{/privacy}}"),
        "received_events_url": format!("{user}/received_events"),
        "type": kind,
        "user_view_type": "public",
        "site_admin": false,
    })
}
