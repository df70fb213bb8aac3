//! One exchange: from a workflow's OIDC token to an installation token.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use github_app::{GitHub, Installation, InstallationId};
use github_types::{OwnerName, PermissionSet, RepositoryList, RepositorySelection};
use policy::caller::Caller;
use policy::decide::Question;
use policy::decision::{Decision, Denial, Grant, GrantedBy};
use policy::request::TokenRequest;
use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::authenticate::Authenticator;
use crate::body::{self, Json, Style};
use crate::client::Client;
use crate::committer::{Committer, Committers};
use crate::failure::Failure;
use crate::github_failure::{github_failure, mint_failure, none_for_strangers};
use crate::installations::Failed;
use crate::load::Loader;
use crate::mint::{MintError, Minted, mint};
use crate::moments::Moments;
use crate::openapi::shapes;
use crate::record::Record;
use crate::replay::{ReplayGuard, Reservation};
use crate::shed::Shed;
use crate::throttle::{Throttle, Visitor};

#[cfg(test)]
mod tests;

/// What a client waits that comes back after all.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Everything that an exchange needs.
pub(crate) struct Exchange {
    pub(crate) authenticator: Authenticator,
    pub(crate) throttle: Throttle,
    pub(crate) shed: Shed,
    pub(crate) replay: ReplayGuard,
    pub(crate) loader: Loader,
    pub(crate) moments: Moments,
    pub(crate) committers: Committers,
    pub(crate) github: Arc<GitHub>,
    /// How far the clock is ahead of the machine's.
    pub(crate) ahead: fn() -> Duration,
}

/// What is known of a request beside its headers and body.
#[derive(Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) style: Style,
    /// The parameters `dry_run`, as they are written.
    pub(crate) dry_run: &'a [&'a str],
    pub(crate) client: &'a Client,
}

impl Wish<'_> {
    fn is_dry_run(self) -> Result<bool, Failure> {
        let wrong = |message: &str| Err(Failure::BadRequest(message.to_owned()));
        let mut said = None;
        for text in self.dry_run {
            let is_dry_run = match *text {
                "true" | "" => true,
                "false" => false,
                _ => return wrong("`dry_run` must be `true` or `false`"),
            };
            if said.is_some_and(|before| before != is_dry_run) {
                return wrong("`dry_run` is both `true` and `false`: write it once");
            }
            said = Some(is_dry_run);
        }
        Ok(said.unwrap_or(false))
    }
}

/// The answer with a token.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Token")]
pub(crate) struct TokenAnswer<'a> {
    token: &'a str,
    /// Base64 of the token's raw SHA-256 bytes, as in `hashed_token` of GitHub's audit log.
    token_hash: &'a str,
    #[schemars(extend("format" = "date-time"))]
    expires_at: String,
    #[schemars(with = "String")]
    owner: &'a OwnerName,
    /// Absent when the token reaches all repositories that the App was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    repositories: Option<&'a RepositoryList>,
    #[schemars(with = "shapes::Permissions")]
    permissions: &'a PermissionSet,
    app_slug: &'a str,
    #[schemars(with = "u64")]
    installation_id: InstallationId,
    /// The id of the App's user. This and the two that follow are absent where GitHub does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    bot_user_id: Option<u64>,
    /// `user.name` for git, so that commits are attributed to the App.
    #[serde(skip_serializing_if = "Option::is_none")]
    git_name: Option<&'a str>,
    /// `user.email` for git.
    #[serde(skip_serializing_if = "Option::is_none")]
    git_email: Option<&'a str>,
}

/// The answer to a dry run.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WouldGrant")]
pub(crate) struct WouldGrant<'a> {
    #[schemars(extend("const" = true))]
    granted: bool,
    #[schemars(with = "Vec<shapes::GrantedBy>")]
    by: &'a [GrantedBy],
}

impl Exchange {
    /// Authenticates, then validates, then decides, then mints.
    pub(crate) async fn run(
        &self,
        headers: &HeaderMap,
        body: Body,
        wish: Wish<'_>,
        record: &Arc<Record>,
    ) -> Result<Response, Failure> {
        let now = OffsetDateTime::now_utc().saturating_add((self.ahead)().try_into().unwrap_or_default());
        // SECURITY: with a clock that is before all times, everything has expired, and not nothing.
        let unix = u64::try_from(now.unix_timestamp()).unwrap_or(u64::MAX);
        let verified = self.authenticator.authenticate(headers, unix).await?;
        record.authenticated(verified.claims());
        self.throttle.admit(verified.repository()).await?;

        let is_dry_run = wish.is_dry_run()?;
        let caller = Caller::new(verified.claims().clone());
        let owner = verified.repository().owner();
        let body = body::read(headers, body, || self.shed.receive(owner)).await?;
        let mut request = TokenRequest::read(&body, caller.repository())
            .map_err(|error| Failure::BadRequest(error.to_string()))?;

        request.dry_run |= is_dry_run;
        record.asked(&request);
        // Not before: who sends its body slowly takes up nobody's place.
        //
        // SECURITY: for how long a place is taken tells how long the work took, and its own owner's requests can ask
        // for that. What is asked of other owners has its places among the moments instead.
        let _place = caller.is_of(&request.owner).then(|| self.shed.take(owner)).transpose()?;
        let mut reservation = match request.dry_run {
            true => Reservation::default(),
            false => self.replay.reserve(&verified, unix).await?,
        };
        let question = Question { caller: &caller, request: &request, now };
        let answer = self.visit(question, &mut reservation, wish, record).await;
        reservation.end().await;
        answer
    }

    /// Decides and mints, and keeps count of what callers of other owners are refused.
    async fn visit(
        &self,
        question: Question<'_>,
        reservation: &mut Reservation,
        wish: Wish<'_>,
        record: &Arc<Record>,
    ) -> Result<Response, Failure> {
        let Question { caller, request, .. } = question;
        if caller.is_of(&request.owner) {
            return self.settle(question, reservation, wish, record).await;
        }
        let visit = self.throttle.visit(caller.repository(), &request.owner)?;
        // SECURITY: whatever the target, so that it tells nothing of it; the rest is for the owners' own jobs.
        if visit.by == Visitor::Stranger && self.github.is_scarce() {
            return Err(none_for_strangers());
        }
        let hold = self.moments.begin(caller.repository().owner())?;
        reservation.keep_to(hold.rhythm());
        wish.client.hold(hold);
        let answer = self.settle(question, reservation, wish, record).await;
        match &answer {
            Ok(_) => self.throttle.strangers.granted(visit),
            Err(Failure::Denied(_)) => self.throttle.strangers.denied(visit),
            Err(_) => {}
        }
        answer
    }

    /// Decides, then mints.
    async fn settle(
        &self,
        question: Question<'_>,
        reservation: &mut Reservation,
        wish: Wish<'_>,
        record: &Arc<Record>,
    ) -> Result<Response, Failure> {
        let Question { caller, request, .. } = question;
        let Wish { style, client, .. } = wish;
        let failed = |error: Failed| github_failure(&error, question, record);
        let decided = self.loader.decide(question).await.map_err(failed);
        record.decided();
        let mut decided = decided?;
        let (grant, installed, mut minted) = loop {
            let (grant, installed) = match (decided.decision, decided.installed) {
                (Decision::Granted(grant), Some(installed)) => (grant, installed),
                (Decision::Denied(denial), _) => return Err(deny(&denial, caller, request, record)),
                (Decision::Granted(_), None) => {
                    return Err(Failure::Internal("a grant without an installation".to_owned()));
                }
            };
            if request.dry_run {
                record.would_grant(&grant);
                return Ok(Json::new(&WouldGrant { granted: true, by: grant.by() }, style).into_response());
            }
            if client.is_gone() {
                return Err(Failure::GatewayTimeout(
                    "the client went away before there was a token",
                    RETRY_AFTER,
                ));
            }
            match mint(&self.github, &self.loader.revoker, &installed.installation, &grant).await {
                Ok(minted) => break (grant, installed, minted),
                // Decided again at most once: what comes of that is not provisional.
                Err(error) if decided.is_provisional && error.is_of_the_installation() => {
                    decided = self.loader.decide_again(question, grant, installed).await.map_err(failed)?;
                }
                Err(error) => return Err(self.unminted(error, question, record).await),
            }
        };
        minted.token.settles(std::mem::take(reservation));
        let committer = match minted.token.token() {
            Some(token) => self.committers.of(&installed.installation.app_slug, token).await,
            None => None,
        };
        record.granted(&grant, &mut minted);
        Ok(answer(minted, &grant, &installed.installation, committer.as_deref(), style))
    }

    /// Why there is no token, although the decision was yes.
    async fn unminted(&self, error: MintError, question: Question<'_>, record: &Record) -> Failure {
        let Question { caller, request, .. } = question;
        match error {
            MintError::Refused(reason) => deny(&Denial::by_github(request, reason), caller, request, record),
            MintError::GitHub(error) => match self.loader.reconsider(question, Arc::new(error)).await {
                Ok(Decision::Denied(denial)) => deny(&denial, caller, request, record),
                Ok(Decision::Granted(_)) => Failure::Internal("a grant by the installation alone".to_owned()),
                Err(error) => mint_failure(&error, question, record),
            },
            MintError::Mismatch(_) | MintError::Elsewhere => {
                record.github_failed(&error, None);
                Failure::BadGateway("GitHub minted another token than was asked for; it is revoked")
            }
        }
    }
}

fn answer(
    minted: Minted,
    grant: &Grant,
    installation: &Installation,
    committer: Option<&Committer>,
    style: Style,
) -> Response {
    let repositories = match grant.repositories() {
        RepositorySelection::All => None,
        RepositorySelection::Listed(list) => Some(list),
    };
    let body = TokenAnswer {
        token: minted.token.expose(),
        token_hash: &minted.hash,
        expires_at: minted.expires_at.format(&Rfc3339).unwrap_or_default(),
        owner: grant.owner(),
        repositories,
        permissions: grant.permissions(),
        app_slug: &installation.app_slug,
        installation_id: installation.id,
        bot_user_id: committer.map(|committer| committer.bot_user_id),
        git_name: committer.map(|committer| committer.name.as_str()),
        git_email: committer.map(|committer| committer.email.as_str()),
    };
    let bytes = Json::new(&body, style).into_bytes();
    let mut response = Response::new(Body::new(minted.token.into_body(bytes)));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A denial as the log keeps it and the caller may know it.
fn deny(denial: &Denial, caller: &Caller, request: &TokenRequest, record: &Record) -> Failure {
    record.denied(request, denial);
    Failure::denied(denial, caller, request)
}
