//! `POST /app/installations/{id}/access_tokens`: mints an installation token.

mod request;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::Route;
use super::repositories::{Detail, describe};
use crate::access::Call;
use crate::answer::{Answer, Outcome, Payload, Problem};
use crate::clock::timestamp;
use crate::rest::JSON;
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
    let Some(homes) = homes else {
        body.insert("repository_selection".into(), json!(installation.repository_selection));
        return Ok(written(token_first(&text, body)));
    };
    body.insert("repository_selection".into(), "selected".into());
    Ok(with_repositories(call, &token_first(&text, body), &homes))
}

/// GitHub's answer begins with the token, which counts for what reads an answer that is cut short.
fn token_first(token: &str, rest: Map<String, Value>) -> String {
    let rest = Value::Object(rest).to_string();
    format!("{{\"token\":{},{}", json!(token), rest.strip_prefix('{').unwrap_or_default())
}

fn written(body: String) -> Answer {
    let payload = Payload::Raw { content_type: JSON, bytes: body.into() };
    Answer { status: StatusCode::CREATED, payload, headers: Vec::new() }
}

/// The answer with these repositories as last member of `body`.
fn with_repositories(call: &Call<'_>, body: &str, homes: &[Home<'_>]) -> Answer {
    let described = |home: &Home<'_>| {
        let text = || describe(call, *home, None, Detail::Listed).to_string();
        call.github().descriptions.get(&call.world, home.id(), text)
    };
    let list = homes.iter().map(described).collect::<Vec<_>>().join(",");
    written(format!("{},\"repositories\":[{list}]}}", body.strip_suffix('}').unwrap_or_default()))
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
