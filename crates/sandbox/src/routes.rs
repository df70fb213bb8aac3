//! The list of all routes; a new one is a file and a line here.

mod access_tokens;
mod app;
mod contents;
mod control;
mod dispatches;
mod installation_repositories;
mod installations;
mod oidc;
mod put_contents;
mod rate_limit;
mod repositories;
mod revoke;
mod runner;
mod secrets;
mod users;

use axum::http::Method;

use crate::access::Call;
use crate::answer::{Outcome, Problem};
use crate::incoming::Incoming;

/// One route.
#[derive(Debug)]
pub(crate) struct Route {
    /// Method and template, as faults name it: `GET /repos/{owner}/{repo}`.
    pub(crate) name: &'static str,
    /// Paths for the router where they are not the template; most routes have none.
    pub(crate) paths: &'static [&'static str],
    pub(crate) handler: Handler,
    /// The page of GitHub's documentation that errors point to.
    pub(crate) documentation: &'static str,
    /// The value of `x-accepted-github-permissions`; may be empty.
    pub(crate) permissions: &'static str,
    /// Whether calls do not count against the quota.
    pub(crate) free: bool,
}

/// What a route is part of, and what it does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Handler {
    /// GitHub's REST API.
    Rest(fn(&Call<'_>) -> Outcome),
    /// The issuer and the runner.
    Service(fn(&Incoming) -> Outcome),
    /// The sandbox's own levers: neither noted in the request log nor subject to faults.
    Control(fn(&Incoming) -> Outcome),
}

impl Route {
    const fn rest(
        name: &'static str,
        documentation: &'static str,
        handler: fn(&Call<'_>) -> Outcome,
    ) -> Self {
        Self {
            name,
            paths: &[],
            handler: Handler::Rest(handler),
            documentation,
            permissions: "",
            free: false,
        }
    }

    const fn service(name: &'static str, handler: fn(&Incoming) -> Outcome) -> Self {
        Self { handler: Handler::Service(handler), ..Self::control(name, handler) }
    }

    const fn control(name: &'static str, handler: fn(&Incoming) -> Outcome) -> Self {
        let handler = Handler::Control(handler);
        Self { name, paths: &[], handler, documentation: REST_DOCUMENTATION, permissions: "", free: true }
    }

    const fn permissions(mut self, permissions: &'static str) -> Self {
        self.permissions = permissions;
        self
    }

    const fn paths(mut self, paths: &'static [&'static str]) -> Self {
        self.paths = paths;
        self
    }

    const fn free(mut self) -> Self {
        self.free = true;
        self
    }

    pub(crate) fn method(&self) -> Method {
        self.name.split(' ').next().and_then(|name| name.parse().ok()).unwrap_or(Method::GET)
    }

    /// The paths for the router.
    pub(crate) fn router_paths(&self) -> Vec<&'static str> {
        match self.paths {
            [] => self.name.split(' ').skip(1).collect(),
            paths => paths.to_vec(),
        }
    }
}

/// All routes.
pub(crate) static ROUTES: &[&Route] = &[
    &app::GET,
    &installations::OF_ORGANIZATION,
    &installations::OF_USER,
    &installations::OF_REPOSITORY,
    &users::GET,
    &access_tokens::POST,
    &repositories::GET,
    &contents::GET,
    &put_contents::PUT,
    &secrets::PUBLIC_KEY,
    &secrets::PUT,
    &dispatches::POST,
    &installation_repositories::GET,
    &revoke::DELETE,
    &rate_limit::GET,
    &oidc::CONFIGURATION,
    &oidc::KEYS,
    &runner::ID_TOKEN,
    &control::jobs::POST_JOBS,
    &control::jobs::POST_ID_TOKENS,
    &control::jobs::POST_SIGN,
    &control::faults::GET,
    &control::faults::POST,
    &control::faults::DELETE,
    &control::requests::GET,
    &control::requests::DELETE,
    &control::tokens::GET,
    &control::world::PUT,
];

/// What answers where no route is: 404 after the same checks as everywhere.
pub(crate) static UNKNOWN: Route =
    Route::rest("GET /{unknown}", REST_DOCUMENTATION, |_| Err(Problem::not_found()));

const REST_DOCUMENTATION: &str = "https://docs.github.com/rest";
