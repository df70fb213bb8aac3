//! What exists in the sandbox: accounts, installations of the App, repositories and their files.

mod builder;
mod check;
mod directory;
mod file;
mod name;
mod source;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::stable_id;
use crate::permissions::Level;

pub(crate) use file::{File, LARGEST_FILE};
pub use name::Name;
pub use source::WorldSource;
pub(crate) use source::Worlds;

/// A whole world, in memory: plain data, written with the methods of its parts or read from JSON.
///
/// The JSON is `{"app": {…}, "owners": {"octo-org": {…}}}`; see [`App`], [`Owner`], [`Installation`] and [`Repository`]
/// for the fields, all of which have defaults. Names compare without letter case.
///
/// ```
/// use sandbox::{Installation, Level, Owner, Repository, World};
///
/// let world = World::new().owner(
///     "octo-org",
///     Owner::organization()
///         .installation(Installation::new().permission("contents", Level::Read))
///         .repository("website", Repository::private().file("docs/plan.md", "hello\n")),
/// );
/// let json = serde_json::to_value(&world).unwrap();
/// assert_eq!(json["owners"]["octo-org"]["repositories"]["website"]["files"]["docs/plan.md"], "hello\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// The one GitHub App of this world.
    pub app: App,
    pub(crate) owners: BTreeMap<Name, Owner>,
}

/// The GitHub App that is installed in the world's accounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct App {
    /// The App ID; default 12345.
    pub id: u64,
    /// The client ID, which may stand in for the App ID in a JWT; default `Iv1.sandbox`.
    pub client_id: String,
    /// The App's name in URLs; default `access-token-sandbox`.
    pub slug: String,
    /// How installation tokens look; default [`TokenFormat::Opaque`].
    pub token_format: TokenFormat,
    /// Requests per hour and installation before GitHub refuses more; the default, ten million, does not disturb a load test.
    pub rate_limit: u64,
}

impl Default for App {
    fn default() -> Self {
        Self {
            id: 12345,
            client_id: "Iv1.sandbox".into(),
            slug: "access-token-sandbox".into(),
            token_format: TokenFormat::default(),
            rate_limit: 10_000_000,
        }
    }
}

/// The two forms of installation tokens that GitHub hands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// `ghs_` and 36 letters and digits.
    #[default]
    Opaque,
    /// `ghs_APP_JWT`, 520 characters.
    Jwt,
}

/// An organization or a user account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Owner {
    /// Organization (the default) or user.
    #[serde(rename = "type")]
    pub kind: OwnerKind,
    /// The account's id; derived from its name if absent.
    pub id: Option<u64>,
    /// The App's installation; `None` if the account has not installed it.
    pub installation: Option<Installation>,
    pub(crate) repositories: BTreeMap<Name, Repository>,
}

/// What kind of account an owner is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnerKind {
    /// An organization.
    #[default]
    Organization,
    /// A user.
    User,
}

impl OwnerKind {
    /// The word GitHub uses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "Organization",
            Self::User => "User",
        }
    }
}

/// The App's installation in one account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Installation {
    /// The installation's id; derived from the account's name if absent.
    pub id: Option<u64>,
    /// Permissions by GitHub's name (`pull_requests`); `metadata: read` is always there, as at GitHub.
    pub permissions: BTreeMap<String, Level>,
    /// The files that the permission `single_file` covers.
    pub single_file_paths: Vec<String>,
    /// Whether the App may see all repositories (the default) or those in `repositories`.
    pub repository_selection: RepositorySelection,
    /// The selected repositories, by name; counts for [`RepositorySelection::Selected`] only.
    pub repositories: Vec<Name>,
    /// Whether the account has suspended the installation.
    pub suspended: bool,
}

/// Which repositories of an account an installation covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RepositorySelection {
    /// Every repository, also future ones.
    #[default]
    All,
    /// The listed ones.
    Selected,
}

/// One repository, with the files of its default branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Repository {
    /// The repository's id; derived from its full name if absent.
    pub id: Option<u64>,
    /// Whether only those with access can see it; default `true`.
    pub private: bool,
    /// The default branch; default `main`. It is the only branch.
    pub default_branch: String,
    pub(crate) files: BTreeMap<String, File>,
}

impl Default for Repository {
    fn default() -> Self {
        Self { id: None, private: true, default_branch: "main".into(), files: BTreeMap::new() }
    }
}

impl World {
    /// The account of this name, with the name as the world writes it.
    pub(crate) fn account(&self, name: &str) -> Option<Account<'_>> {
        let (name, owner) = self.owners.get_key_value(&Name::from(name))?;
        Some(Account { name: name.as_str(), owner })
    }

    /// All accounts, in the order of their names.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = Account<'_>> {
        self.owners.iter().map(|(name, owner)| Account { name: name.as_str(), owner })
    }
}

/// An account together with its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account<'w> {
    pub(crate) name: &'w str,
    pub(crate) owner: &'w Owner,
}

impl<'w> Account<'w> {
    pub(crate) fn id(self) -> u64 {
        self.owner.id.unwrap_or_else(|| stable_id(&format!("owner:{}", self.name.to_ascii_lowercase())))
    }

    /// The installation of the App and its id.
    pub(crate) fn installation(self) -> Option<(u64, &'w Installation)> {
        let installation = self.owner.installation.as_ref()?;
        let id = installation
            .id
            .unwrap_or_else(|| stable_id(&format!("installation:{}", self.name.to_ascii_lowercase())));
        Some((id, installation))
    }

    pub(crate) fn repository(self, name: &str) -> Option<Home<'w>> {
        let (name, repository) = self.owner.repositories.get_key_value(&Name::from(name))?;
        Some(Home { account: self, name: name.as_str(), repository })
    }

    pub(crate) fn repositories(self) -> impl Iterator<Item = Home<'w>> {
        let home = move |(name, repository): (&'w Name, &'w Repository)| Home {
            account: self,
            name: name.as_str(),
            repository,
        };
        self.owner.repositories.iter().map(home)
    }
}

/// A repository together with its name and account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home<'w> {
    pub(crate) account: Account<'w>,
    pub(crate) name: &'w str,
    pub(crate) repository: &'w Repository,
}

impl Home<'_> {
    pub(crate) fn full_name(self) -> String {
        format!("{}/{}", self.account.name, self.name)
    }

    pub(crate) fn id(self) -> u64 {
        let derived = || stable_id(&format!("repository:{}", self.full_name().to_ascii_lowercase()));
        self.repository.id.unwrap_or_else(derived)
    }

    /// Whether the installation covers this repository.
    pub(crate) fn is_in(self, installation: &Installation) -> bool {
        match installation.repository_selection {
            RepositorySelection::All => true,
            RepositorySelection::Selected => installation.repositories.contains(&Name::from(self.name)),
        }
    }
}

impl Installation {
    /// The level at which the installation has the permission; `metadata: read` is always there.
    pub(crate) fn level(&self, permission: &str) -> Option<Level> {
        let level = self.permissions.get(permission).copied();
        level.or_else(|| (permission == "metadata").then_some(Level::Read))
    }

    /// All permissions, `metadata: read` among them.
    pub(crate) fn all_permissions(&self) -> BTreeMap<String, Level> {
        let mut permissions = self.permissions.clone();
        permissions.entry("metadata".into()).or_insert(Level::Read);
        permissions
    }
}
