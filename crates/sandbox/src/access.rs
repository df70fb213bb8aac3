//! What a caller of the REST API may see and do.

use std::sync::Arc;

use axum::http::StatusCode;

use crate::answer::Problem;
use crate::auth::{Caller, undecodable};
use crate::github::GitHub;
use crate::incoming::Incoming;
use crate::permissions::Level;
use crate::tokens::Token;
use crate::world::{Account, Home, Installation, World};

/// A request whose sender is known.
pub(crate) struct Call<'c> {
    pub(crate) incoming: &'c Incoming,
    pub(crate) world: Arc<World>,
    pub(crate) caller: Caller,
    /// The version of the REST API, such as `2022-11-28`.
    pub(crate) version: &'static str,
}

/// What an installation's token gives at this moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pass<'c> {
    pub(crate) token: &'c Token,
    pub(crate) account: Account<'c>,
    pub(crate) installation: &'c Installation,
}

impl Pass<'_> {
    /// The level of a permission; an installation that has lost it takes it from its tokens, too.
    pub(crate) fn level(&self, permission: &str) -> Option<Level> {
        let of_token = self.token.permissions.get(permission).copied()?;
        Some(of_token.min(self.installation.level(permission)?))
    }

    pub(crate) fn covers(&self, home: Home<'_>) -> bool {
        let limited = self.token.repositories.as_ref();
        self.account.name.eq_ignore_ascii_case(home.account.name)
            && home.is_in(self.installation)
            && limited.is_none_or(|repositories| repositories.contains_key(&home.id()))
    }
}

/// A repository that the caller may know of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'c> {
    pub(crate) home: Home<'c>,
    /// The token, if it covers the repository.
    pub(crate) pass: Option<Pass<'c>>,
    anonymous: bool,
}

impl Call<'_> {
    pub(crate) fn github(&self) -> &GitHub {
        &self.incoming.github
    }

    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.incoming.parameter(name)
    }

    /// Lets only the App itself through.
    pub(crate) fn require_app(&self) -> Result<(), Problem> {
        if matches!(self.caller, Caller::App) { Ok(()) } else { Err(undecodable()) }
    }

    /// The caller's token, or the refusal `message` for the App itself.
    pub(crate) fn pass_or(&self, message: &'static str) -> Result<Pass<'_>, Problem> {
        match &self.caller {
            Caller::Anonymous => Err(Problem::new(StatusCode::UNAUTHORIZED, "Requires authentication")),
            Caller::App => Err(Problem::new(StatusCode::FORBIDDEN, message)),
            Caller::Installation(token) => self.pass(token).ok_or_else(Problem::bad_credentials),
        }
    }

    /// The repository that the path names. One that the caller may not know of is answered like one that does not exist.
    pub(crate) fn find(&self) -> Result<Found<'_>, Problem> {
        let account = self.world.account(self.parameter("owner"));
        let home = account.and_then(|account| account.repository(self.parameter("repo")));
        let home = home.ok_or_else(Problem::not_found)?;
        let pass = match &self.caller {
            Caller::Installation(token) => self.pass(token).filter(|pass| pass.covers(home)),
            Caller::Anonymous | Caller::App => None,
        };
        if home.repository.private && pass.is_none() {
            return Err(Problem::not_found());
        }
        Ok(Found { home, pass, anonymous: matches!(self.caller, Caller::Anonymous) })
    }

    fn pass<'s>(&'s self, token: &'s Token) -> Option<Pass<'s>> {
        let account = self.world.account(&token.owner)?;
        let (_, installation) = account.installation()?;
        Some(Pass { token, account, installation })
    }
}

impl Found<'_> {
    pub(crate) fn allows(&self, permission: &str, level: Level) -> bool {
        self.pass.is_some_and(|pass| pass.level(permission) >= Some(level))
    }

    /// Whether the permission `single_file` gives this very file.
    pub(crate) fn allows_single_file(&self, path: &str, level: Level) -> bool {
        self.allows("single_file", level)
            && self.pass.is_some_and(|pass| pass.installation.single_file_paths.iter().any(|one| one == path))
    }

    /// Refuses a caller without the permission.
    pub(crate) fn require(&self, permission: &str, level: Level) -> Result<(), Problem> {
        if self.allows(permission, level) { Ok(()) } else { Err(self.refusal()) }
    }

    /// How GitHub refuses a caller who may know of the repository, but not do this.
    pub(crate) fn refusal(&self) -> Problem {
        if self.anonymous {
            return Problem::new(StatusCode::UNAUTHORIZED, "Requires authentication");
        }
        Problem::not_accessible()
    }
}
