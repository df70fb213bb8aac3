//! Writing a world in code.

use axum::body::Bytes;

use super::{App, File, Installation, Name, Owner, OwnerKind, Repository, RepositorySelection, World};
use crate::permissions::Level;

impl World {
    /// A world with the default App and nobody in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same world with this App.
    #[must_use]
    pub fn app(mut self, app: App) -> Self {
        self.app = app;
        self
    }

    /// The same world with this account added or replaced.
    #[must_use]
    pub fn owner(mut self, name: &str, owner: Owner) -> Self {
        self.owners.insert(Name::from(name), owner);
        self
    }
}

impl Owner {
    /// An organization without the App and without repositories.
    pub fn organization() -> Self {
        Self::default()
    }

    /// A user account without the App and without repositories.
    pub fn user() -> Self {
        Self { kind: OwnerKind::User, ..Self::default() }
    }

    /// The same account with this id.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// The same account with the App installed like this.
    #[must_use]
    pub fn installation(mut self, installation: Installation) -> Self {
        self.installation = Some(installation);
        self
    }

    /// The same account with this repository added or replaced.
    #[must_use]
    pub fn repository(mut self, name: &str, repository: Repository) -> Self {
        self.repositories.insert(Name::from(name), repository);
        self
    }
}

impl Installation {
    /// An installation on all repositories, with no permission but `metadata: read`.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same installation with this id.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// The same installation with this permission, by GitHub's name (`pull_requests`).
    #[must_use]
    pub fn permission(mut self, name: &str, level: Level) -> Self {
        self.permissions.insert(name.to_owned(), level);
        self
    }

    /// The same installation with these files for the permission `single_file`.
    #[must_use]
    pub fn single_file_paths<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.single_file_paths = paths.into_iter().map(Into::into).collect();
        self
    }

    /// The same installation on these repositories only.
    #[must_use]
    pub fn selected<'a>(mut self, repositories: impl IntoIterator<Item = &'a str>) -> Self {
        self.repository_selection = RepositorySelection::Selected;
        self.repositories = repositories.into_iter().map(Name::from).collect();
        self
    }

    /// The same installation, suspended.
    #[must_use]
    pub fn suspended(mut self) -> Self {
        self.suspended = true;
        self
    }
}

impl Repository {
    /// An empty private repository with the default branch `main`.
    pub fn private() -> Self {
        Self::default()
    }

    /// An empty public repository with the default branch `main`.
    pub fn public() -> Self {
        Self { private: false, ..Self::default() }
    }

    /// The same repository with this id.
    #[must_use]
    pub fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// The same repository with this file added or replaced.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Bytes>) -> Self {
        self.files.insert(path.to_owned(), File::new(content.into()));
        self
    }
}
