//! `POST /app/installations/{id}/access_tokens`: mints an installation token.

mod request;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::Route;
use super::repositories::{Detail, describe};
use crate::access::Call;
use crate::answer::{Answer, Outcome, Problem};
use crate::clock::timestamp;
use crate::tokens::Terms;
use crate::world::{Account, Home, Installation};

pub(super) static POST: Route = Route::rest(
    "POST /app/installations/{installation_id}/access_tokens",
    "https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app",
    post,
);

fn post(call: &Call<'_>) -> Outcome {
    call.require_app()?;
    let (account, id, installation) = find(call).ok_or_else(Problem::not_found)?;
    if installation.suspended {
        return Err(Problem::new(StatusCode::FORBIDDEN, "This installation has been suspended"));
    }
    let request = request::read(&call.incoming.object()?)?;
    let permissions = request.permissions(installation)?;
    let homes = request.repositories(account, installation)?;
    let limited =
        homes.as_ref().map(|homes| homes.iter().map(|home| (home.id(), home.name.to_owned())).collect());
    let terms = Terms {
        owner: account.name.to_owned(),
        installation_id: id,
        permissions: permissions.clone(),
        repositories: limited,
    };
    let (text, token) = call.github().tokens.mint(terms, &call.world.app, call.incoming.now)?;

    let mut body = Map::new();
    body.insert("token".into(), text.into());
    body.insert("expires_at".into(), timestamp(token.expires_at).into());
    if permissions.contains_key("single_file") {
        let paths = &installation.single_file_paths;
        body.insert("has_multiple_single_files".into(), (paths.len() > 1).into());
        body.insert("single_file_paths".into(), json!(paths));
        if let Some(first) = paths.first() {
            body.insert("single_file".into(), json!(first));
        }
    }
    body.insert("permissions".into(), json!(permissions));
    match homes {
        None => body.insert("repository_selection".into(), json!(installation.repository_selection)),
        Some(homes) => {
            let list: Value = homes.iter().map(|home| describe(call, *home, None, Detail::Listed)).collect();
            body.insert("repositories".into(), list);
            body.insert("repository_selection".into(), "selected".into())
        }
    };
    Ok(Answer::json(StatusCode::CREATED, Value::Object(body)))
}

fn find<'c>(call: &'c Call<'_>) -> Option<(Account<'c>, u64, &'c Installation)> {
    let wanted: u64 = call.parameter("installation_id").parse().ok()?;
    call.world.accounts().find_map(|account| {
        let (id, installation) = account.installation()?;
        (id == wanted).then_some((account, id, installation))
    })
}

/// The repositories of an account that its installation covers.
pub(super) fn covered<'w>(
    account: Account<'w>,
    installation: &'w Installation,
) -> impl Iterator<Item = Home<'w>> {
    account.repositories().filter(|home| home.is_in(installation))
}
