//! Who sends a request to the REST API.

use std::sync::Arc;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::answer::Problem;
use crate::github::GitHub;
use crate::jwt::Claims;
use crate::tokens::Token;
use crate::world::{Account, App, World};

/// A client that showed good credentials, or none.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    Anonymous,
    /// The App itself.
    App,
    /// An installation of the App.
    Installation(Arc<Token>),
}

/// What a client shows, good or bad. SECURITY: no `Debug`, since it holds the credential.
#[derive(Clone, Copy)]
pub(crate) enum Shown<'h> {
    Nothing,
    AppJwt(&'h str),
    Token(&'h str),
    /// A header that no client of GitHub sends.
    Unreadable,
}

impl<'h> Shown<'h> {
    pub(crate) fn by(headers: &'h HeaderMap) -> Self {
        let Some(value) = headers.get(AUTHORIZATION) else { return Self::Nothing };
        let Some((scheme, credential)) = value.to_str().ok().and_then(|text| text.split_once(' ')) else {
            return Self::Unreadable;
        };
        let credential = credential.trim();
        let bearer = scheme.eq_ignore_ascii_case("bearer");
        if bearer && credential.starts_with("ey") && credential.split('.').count() == 3 {
            Self::AppJwt(credential)
        } else if bearer || scheme.eq_ignore_ascii_case("token") {
            Self::Token(credential)
        } else {
            Self::Unreadable
        }
    }

    /// The kind of credential, for the request log.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::AppJwt(_) => "app",
            Self::Token(_) => "installation",
            Self::Nothing | Self::Unreadable => "none",
        }
    }

    /// The credential itself.
    pub(crate) fn credential(self) -> &'h str {
        match self {
            Self::AppJwt(text) | Self::Token(text) => text,
            Self::Nothing | Self::Unreadable => "",
        }
    }
}

/// Finds out who the client is; bad credentials are refused even where none are needed, as at GitHub.
pub(crate) fn authenticate(
    shown: Shown<'_>,
    github: &GitHub,
    world: &World,
    now: i64,
) -> Result<Caller, Problem> {
    match shown {
        Shown::Nothing => Ok(Caller::Anonymous),
        Shown::Unreadable => Err(Problem::bad_credentials()),
        Shown::AppJwt(jwt) => {
            let claims = github.app_jwts.claims(jwt, &github.keys.app).ok_or_else(undecodable)?;
            check_app_claims(&claims, &world.app, now)?;
            Ok(Caller::App)
        }
        Shown::Token(text) => {
            let token = github.tokens.find(text, now).ok_or_else(Problem::bad_credentials)?;
            let installation = world.account(&token.owner).and_then(Account::installation);
            match installation {
                Some((id, installation)) if id == token.installation_id => {
                    if installation.suspended {
                        return Err(Problem::new(
                            StatusCode::FORBIDDEN,
                            "This installation has been suspended",
                        ));
                    }
                    Ok(Caller::Installation(token))
                }
                _ => Err(Problem::bad_credentials()),
            }
        }
    }
}

/// 401 for something that should be the App's JWT and is none.
pub(crate) fn undecodable() -> Problem {
    Problem::unauthorized("A JSON web token could not be decoded")
}

/// The rules of GitHub's page "Generating a JSON Web Token (JWT) for a GitHub App".
fn check_app_claims(claims: &Claims, app: &App, now: i64) -> Result<(), Problem> {
    let integer = |name: &str| claims.get(name).and_then(Value::as_i64);
    let refuse = |message: &'static str| Err(Problem::unauthorized(message));
    match integer("exp") {
        None if !claims.contains_key("exp") => {
            return refuse("Missing 'expiration' claim ('exp') in assertion");
        }
        Some(exp) if exp > now + LONGEST_JWT => {
            return refuse("'Expiration time' claim ('exp') is too far in the future");
        }
        Some(exp) if exp > now => {}
        _ => {
            return refuse(
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the \
                 assertion expires",
            );
        }
    }
    if integer("iat").is_none_or(|iat| iat > now + CLOCK_DRIFT) {
        return refuse(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        );
    }
    let issuer = match claims.get("iss") {
        None | Some(Value::Null) => return refuse("Missing 'issuer' claim ('iss') in assertion"),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if issuer == app.id.to_string() || issuer == app.client_id {
        return Ok(());
    }
    if issuer.parse::<u64>().is_err() && !issuer.starts_with("Iv") {
        return refuse("'Issuer' claim ('iss') must be an Integer");
    }
    Err(Problem::new(StatusCode::NOT_FOUND, "Integration not found")
        .documented("https://docs.github.com/rest"))
}

/// Seconds that a JWT of the App may live at most.
const LONGEST_JWT: i64 = 600;

/// Seconds that the App's clock may be ahead of GitHub's.
const CLOCK_DRIFT: i64 = 60;

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn kind(header: &'static str) -> &'static str {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(header))]);
        Shown::by(&headers).kind()
    }

    #[test]
    fn tells_the_kinds_of_credentials_apart() {
        assert_eq!(kind("Bearer eyJ.eyJ.c2ln"), "app");
        assert_eq!(kind("bearer ghs_16C7e42F292c6912E7710c838347Ae178B4a"), "installation");
        assert_eq!(kind("token ghs_1_eyJ.eyJ.c2ln"), "installation");
        assert_eq!(kind("Basic b2N0b2NhdDpw"), "none");
        assert_eq!(Shown::by(&HeaderMap::new()).kind(), "none");
    }
}
