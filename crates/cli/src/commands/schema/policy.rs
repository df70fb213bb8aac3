//! The shapes of policies, for their schemas only.
//!
//! The core reads policies entry by entry, to say where each mistake stands, and so has no type of the whole. What
//! these say is held against what the core reads by a test.
#![expect(dead_code, reason = "only the schemas of these types are used")]

use std::collections::BTreeMap;

use github_types::{Permission, Scope, catalogue};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// A date, or a timestamp with a zone. Which days a month has, only the core knows.
const MOMENT: &str =
    r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2}))?$";

/// The policy of a repository: who gets tokens for it, with which permissions.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "Repository policy of access-token")]
pub(super) struct RepositoryPolicy {
    /// This very repository, `owner/name`: a copied file grants nothing.
    #[schemars(regex(pattern = r"^[^/\s]+/[A-Za-z0-9._-]+$"))]
    origin: String,
    /// Who gets what.
    statements: Option<Vec<RepositoryStatement>>,
}

/// The policy of an owner: who may ask, what repository policies may grant, and grants for all repositories.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "kebab-case", title = "Owner policy of access-token")]
pub(super) struct OwnerPolicy {
    /// This very repository, `OWNER/.github-access-token`.
    #[schemars(regex(
        pattern = r"^[^/\s]+/\.[Gg][Ii][Tt][Hh][Uu][Bb]-[Aa][Cc][Cc][Ee][Ss][Ss]-[Tt][Oo][Kk][Ee][Nn]$"
    ))]
    origin: String,
    /// Who may ask at all; by default every repository of this owner.
    allowed_subjects: Option<Vec<Subject>>,
    /// What repository policies may grant; by default nothing.
    #[schemars(default, schema_with = "optional_repository_permissions")]
    allowed_repository_permissions: Option<()>,
    /// Grants for all repositories, and of permissions beyond repositories.
    statements: Option<Vec<OwnerStatement>>,
}

/// Subjects that get permissions.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct RepositoryStatement {
    /// Who gets it: patterns such as `repo:${origin}:ref:refs/heads/main`.
    subjects: Vec<Subject>,
    /// What they get; `metadata: read` comes with it.
    #[schemars(schema_with = "repository_permissions")]
    permissions: (),
    /// Free text; it stands in audit events and explanations.
    description: Option<String>,
    /// Claims that the caller must have, too: each with a pattern or a list of patterns of which one must match.
    #[schemars(extend("minProperties" = 1))]
    claims: Option<BTreeMap<String, Patterns>>,
    /// The last day, such as `2026-12-31`, or a timestamp; after it the statement is void.
    #[schemars(regex(pattern = MOMENT))]
    expires: Option<String>,
}

/// Subjects that get permissions, on all repositories or some.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct OwnerStatement {
    /// Who gets it: patterns such as `repo:octo-org/ops:ref:refs/heads/main`.
    subjects: Vec<Subject>,
    /// What they get; `metadata: read` comes with it.
    #[schemars(schema_with = "permissions")]
    permissions: (),
    /// Free text; it stands in audit events and explanations.
    description: Option<String>,
    /// Claims that the caller must have, too: each with a pattern or a list of patterns of which one must match.
    #[schemars(extend("minProperties" = 1))]
    claims: Option<BTreeMap<String, Patterns>>,
    /// Names or globs of the target repositories that this covers; by default all.
    repositories: Option<Vec<RepositoryGlob>>,
    /// The last day, such as `2026-12-31`, or a timestamp; after it the statement is void.
    #[schemars(regex(pattern = MOMENT))]
    expires: Option<String>,
}

/// The name of a repository, in which `*` stands for any characters and `?` for one.
#[derive(JsonSchema)]
struct RepositoryGlob(#[schemars(regex(pattern = r"^[A-Za-z0-9._*?-]{1,100}$"))] String);

/// A pattern of subjects: `key:value` pairs in which `*` stands for any characters but `:`, `**` for any at all.
#[derive(JsonSchema)]
struct Subject(#[schemars(length(min = 1, max = 512))] String);

/// A pattern or several.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Patterns {
    /// The pattern.
    One(String),
    /// One of these must match.
    Many(#[schemars(length(min = 1))] Vec<String>),
}

fn repository_permissions(_: &mut SchemaGenerator) -> Schema {
    mapping(|permission| permission.scope() == Scope::Repository, json!("object"))
}

fn optional_repository_permissions(_: &mut SchemaGenerator) -> Schema {
    mapping(|permission| permission.scope() == Scope::Repository, json!(["object", "null"]))
}

fn permissions(_: &mut SchemaGenerator) -> Schema {
    mapping(|_| true, json!("object"))
}

/// A mapping of permissions to levels, each name in both spellings.
fn mapping(is_allowed: impl Fn(Permission) -> bool, kind: Value) -> Schema {
    let mut properties = Map::new();
    for permission in catalogue().filter(|permission| is_allowed(*permission)) {
        let entry = json!({"description": permission.description(), "enum": permission.levels()});
        properties.insert(permission.api_name(), entry.clone());
        properties.insert(permission.name().to_owned(), entry);
    }
    Schema::from(Map::from_iter([
        ("type".to_owned(), kind),
        ("properties".to_owned(), Value::Object(properties)),
        ("additionalProperties".to_owned(), json!(false)),
    ]))
}
