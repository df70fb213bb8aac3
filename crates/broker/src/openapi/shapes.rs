//! The shapes of what other crates read and write by hand, for their schemas alone. The tests hold real requests and
//! answers against them.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// A level of access.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum Level {
    Read,
    Write,
    Admin,
}

/// Permissions and their levels; at least one.
#[derive(JsonSchema)]
pub(crate) struct Permissions(#[schemars(extend("minProperties" = 1))] BTreeMap<String, Level>);

/// What is asked for.
#[derive(JsonSchema)]
#[schemars(rename = "TokenRequest", deny_unknown_fields)]
pub(crate) struct TokenRequestBody {
    /// Names with `-` or `_` between their words.
    permissions: Permissions,
    /// An account; by default the one in `repositories`, else the caller's.
    #[schemars(with = "Option<String>")]
    owner: Option<String>,
    /// Names, as `name` or `owner/name`, all of one owner; or `"ALL"`. By default the caller's own repository.
    repositories: Option<Repositories>,
    /// Decide, but mint nothing.
    dry_run: Option<bool>,
    /// From old clients: without repositories it means `"ALL"`.
    scope: Option<Scope>,
}

/// Some repositories or all.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Repositories {
    Listed(#[schemars(length(max = 32))] Vec<String>),
    All(All),
}

/// Every repository that the App was given.
#[derive(JsonSchema)]
pub(crate) enum All {
    #[schemars(rename = "ALL")]
    All,
}

/// What old clients say.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum Scope {
    Owner,
}

/// A permission, and the statement that grants it.
#[derive(JsonSchema)]
pub(crate) struct GrantedBy {
    permission: String,
    level: Level,
    /// Absent when the grant is for all of the request.
    #[schemars(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    /// The repository that holds the policy.
    policy: String,
    /// The statement's number in it, counted from 1.
    #[schemars(range(min = 1))]
    statement: u32,
    /// The author's words on the statement.
    #[schemars(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// The caller's subject that matches.
    subject: String,
    /// The statement's subject that matches it.
    pattern: String,
}

/// One thing that stands in the way.
#[derive(JsonSchema)]
pub(crate) struct Issue {
    owner: String,
    #[schemars(skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    permission: Option<String>,
    #[schemars(skip_serializing_if = "Option::is_none")]
    level: Option<Level>,
    /// Stable.
    code: String,
    /// The file that cannot be read.
    #[schemars(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    message: String,
}
