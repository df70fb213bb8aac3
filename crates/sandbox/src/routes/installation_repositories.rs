//! `GET /installation/repositories`: what an installation token can reach.

use axum::http::HeaderValue;
use axum::http::header::LINK;
use serde_json::{Value, json};

use super::Route;
use super::access_tokens::covered;
use super::repositories::{Detail, describe};
use crate::access::Call;
use crate::answer::{Answer, Outcome};
use crate::world::RepositorySelection;

pub(super) static GET: Route = Route::rest(
    "GET /installation/repositories",
    "https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-app-installation",
    get,
)
.permissions("metadata=read");

fn get(call: &Call<'_>) -> Outcome {
    let pass = call.pass_or(
        "You must authenticate with an installation access token in order to list repositories for an installation.",
    )?;
    let homes: Vec<_> = covered(pass.account, pass.installation).filter(|home| pass.covers(*home)).collect();
    let number = |name: &str| call.incoming.query(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("per_page").unwrap_or(30).clamp(1, 100);
    let page = number("page").unwrap_or(1).max(1);
    let shown = homes.iter().skip(size.saturating_mul(page - 1)).take(size);
    let list: Value = shown.map(|home| describe(call, *home, Some(pass), Detail::Listed)).collect();
    let selection = if pass.token.repositories.is_some() {
        RepositorySelection::Selected
    } else {
        pass.installation.repository_selection
    };
    let body = json!({"total_count": homes.len(), "repository_selection": selection, "repositories": list});
    let answer = Answer::ok(body);
    let links = links(&call.github().url, size, page, homes.len().div_ceil(size));
    Ok(match HeaderValue::try_from(links) {
        Ok(links) if !links.is_empty() => answer.header(LINK, links),
        _ => answer,
    })
}

/// The header that leads to the other pages (RFC 8288); empty if there are none.
fn links(url: &str, size: usize, page: usize, last: usize) -> String {
    let link = |page: usize, relation: &str| {
        format!("<{url}/installation/repositories?per_page={size}&page={page}>; rel=\"{relation}\"")
    };
    let mut links = Vec::new();
    if page > 1 {
        links.push(link(page - 1, "prev"));
    }
    if page < last {
        links.push(link(page + 1, "next"));
        links.push(link(last, "last"));
    }
    if page > 1 {
        links.push(link(1, "first"));
    }
    links.join(", ")
}
