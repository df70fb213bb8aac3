//! A GitHub for one laptop: a subset of the REST API, the OIDC issuer of Actions, and the endpoint where a runner gets OIDC tokens.
//!
//! It is as strict as GitHub where strictness shows whether a client is right: signatures and lifetimes, permissions and repositories
//! of tokens, revocation, entity tags, quotas. Its answers are checked against GitHub's published `OpenAPI` description. It
//! knows nothing of policies or brokers and shares no code with them, so it cannot share their mistakes.
//!
//! What exists in it is a [`World`]: plain data in memory, or a directory of plain files that is looked at again for every request.
//! Under `/sandbox/` there are levers that GitHub does not have: start a job, sign a bad token, order a fault, look at the
//! requests and tokens, replace the world.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use sandbox::{Installation, Level, Options, Owner, Repository, Sandbox, World};
//!
//! let world = World::new().owner(
//!     "octo-org",
//!     Owner::organization()
//!         .installation(Installation::new().id(1).permission("contents", Level::Read))
//!         .repository("website", Repository::private().file("docs/plan.md", "hello\n")),
//! );
//! let sandbox = Sandbox::start(Options::new(world)).await?;
//! assert_eq!(sandbox.issuer(), format!("{}/oidc", sandbox.url()));
//! sandbox.shutdown().await;
//! # Ok::<_, sandbox::Error>(())
//! # }).unwrap();
//! ```

mod access;
mod answer;
mod app_jwts;
mod auth;
mod clock;
mod commits;
mod descriptions;
mod digest;
mod error;
mod faults;
mod github;
mod incoming;
mod jobs;
mod jwt;
mod keys;
mod permissions;
mod quota;
mod random;
mod request_log;
mod rest;
mod routes;
mod run;
mod secrets;
mod serve;
mod server;
mod tokens;
mod wire;
mod world;

pub use error::{Error, WorldError};
pub use permissions::Level;
pub use run::{Format, Settings, run};
pub use server::{Options, Sandbox};
pub use world::{
    App, Installation, Name, Owner, OwnerKind, Repository, RepositorySelection, TokenFormat, World,
    WorldSource,
};
