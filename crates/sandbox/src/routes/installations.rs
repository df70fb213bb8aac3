//! Three ways to find the App's installation: by organization, by user, by repository.

use serde_json::{Value, json};

use super::Route;
use super::app::simple_user;
use crate::access::Call;
use crate::answer::{Answer, Outcome, Problem};
use crate::world::{Account, OwnerKind};

pub(super) static OF_ORGANIZATION: Route = Route::rest(
    "GET /orgs/{org}/installation",
    "https://docs.github.com/rest/apps/apps#get-an-organization-installation-for-the-authenticated-app",
    of_organization,
);

pub(super) static OF_USER: Route = Route::rest(
    "GET /users/{username}/installation",
    "https://docs.github.com/rest/apps/apps#get-a-user-installation-for-the-authenticated-app",
    of_user,
);

pub(super) static OF_REPOSITORY: Route = Route::rest(
    "GET /repos/{owner}/{repo}/installation",
    "https://docs.github.com/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app",
    of_repository,
);

fn of_organization(call: &Call<'_>) -> Outcome {
    call.require_app()?;
    let account = call.world.account(call.parameter("org"));
    answer(call, account.filter(|account| account.owner.kind == OwnerKind::Organization))
}

/// Despite its name GitHub's route finds the installations of organizations, too.
fn of_user(call: &Call<'_>) -> Outcome {
    call.require_app()?;
    answer(call, call.world.account(call.parameter("username")))
}

fn of_repository(call: &Call<'_>) -> Outcome {
    call.require_app()?;
    let account = call.world.account(call.parameter("owner"));
    let home = account.and_then(|account| account.repository(call.parameter("repo")));
    let covered = home
        .filter(|home| home.account.installation().is_some_and(|(_, installation)| home.is_in(installation)));
    answer(call, covered.map(|home| home.account))
}

fn answer(call: &Call<'_>, account: Option<Account<'_>>) -> Outcome {
    account.and_then(|account| describe(call, account)).map(Answer::ok).ok_or_else(Problem::not_found)
}

fn describe(call: &Call<'_>, account: Account<'_>) -> Option<Value> {
    let (id, installation) = account.installation()?;
    let url = &call.github().url;
    let user = simple_user(url, account.name, account.id(), account.owner.kind.as_str());
    let paths = &installation.single_file_paths;
    Some(json!({
        "id": id,
        "client_id": call.world.app.client_id,
        "account": user,
        "repository_selection": installation.repository_selection,
        "access_tokens_url": format!("{url}/app/installations/{id}/access_tokens"),
        "repositories_url": format!("{url}/installation/repositories"),
        "html_url": format!("{url}/organizations/{}/settings/installations/{id}", account.name),
        "app_id": call.world.app.id,
        "app_slug": call.world.app.slug,
        "target_id": account.id(),
        "target_type": account.owner.kind,
        "permissions": installation.all_permissions(),
        "events": [],
        "created_at": EPOCH,
        "updated_at": EPOCH,
        "single_file_name": paths.first(),
        "has_multiple_single_files": paths.len() > 1,
        "single_file_paths": paths,
        "suspended_by": installation.suspended.then(|| user.clone()),
        "suspended_at": installation.suspended.then_some(EPOCH),
    }))
}

/// When everything in a sandbox was made.
pub(super) const EPOCH: &str = "2024-01-01T00:00:00Z";
