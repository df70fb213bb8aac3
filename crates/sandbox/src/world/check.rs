//! Whether a world could be one of GitHub's.

use std::collections::BTreeSet;

use super::{Account, Home, World};
use crate::error::WorldError;
use crate::permissions::levels_of;

impl World {
    /// Gives an id to everything that has none, so that it need not be derived again and again, and checks the world.
    pub(crate) fn settle(&mut self) -> Result<(), WorldError> {
        for (name, owner) in &mut self.owners {
            let account = Account { name: name.as_str(), owner };
            let (id, installation) = (account.id(), account.installation().map(|(id, _)| id));
            let repositories: Vec<u64> = account.repositories().map(Home::id).collect();
            owner.id = Some(id);
            if let Some(settled) = &mut owner.installation {
                settled.id = installation;
            }
            for (repository, id) in owner.repositories.values_mut().zip(repositories) {
                repository.id = Some(id);
            }
        }
        self.check()
    }

    /// Refuses names, permissions and ids that GitHub would not have.
    fn check(&self) -> Result<(), WorldError> {
        let mut installations = BTreeSet::new();
        let mut repositories = BTreeSet::new();
        for account in self.accounts() {
            check_name(account.name, is_owner_character)?;
            check_permissions(account)?;
            if let Some((id, _)) = account.installation()
                && !installations.insert(id)
            {
                return Err(WorldError::DuplicateId { what: "installation", id });
            }
            for home in account.repositories() {
                check_name(home.name, is_repository_character)?;
                if !repositories.insert(home.id()) {
                    return Err(WorldError::DuplicateId { what: "repository", id: home.id() });
                }
            }
        }
        Ok(())
    }
}

fn check_permissions(account: Account<'_>) -> Result<(), WorldError> {
    let Some((_, installation)) = account.installation() else { return Ok(()) };
    for (permission, level) in &installation.permissions {
        if !levels_of(permission).is_some_and(|levels| levels.contains(level)) {
            return Err(WorldError::Permission {
                owner: account.name.to_owned(),
                permission: permission.clone(),
                level: level.as_str(),
            });
        }
    }
    Ok(())
}

fn check_name(name: &str, allowed: fn(char) -> bool) -> Result<(), WorldError> {
    let fits = (1..=100).contains(&name.len()) && name != "." && name != ".." && name.chars().all(allowed);
    if fits { Ok(()) } else { Err(WorldError::Name(name.to_owned())) }
}

fn is_owner_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-' || character == '_'
}

fn is_repository_character(character: char) -> bool {
    is_owner_character(character) || character == '.'
}

#[cfg(test)]
mod tests {
    use crate::world::{Installation, Owner, Repository};
    use crate::{Level, World};

    fn problem(owner: Owner) -> String {
        World::new().owner("octo-org", owner).check().unwrap_err().to_string()
    }

    #[test]
    fn refuses_a_permission_that_github_does_not_know() {
        let installation = Installation::new().permission("pull-requests", Level::Write);
        assert_eq!(
            problem(Owner::organization().installation(installation)),
            "the installation of `octo-org` has `pull-requests: write`, which GitHub does not know"
        );
    }

    #[test]
    fn refuses_a_level_that_the_permission_does_not_have() {
        let installation = Installation::new().permission("workflows", Level::Read);
        assert_eq!(
            problem(Owner::organization().installation(installation)),
            "the installation of `octo-org` has `workflows: read`, which GitHub does not know"
        );
    }

    #[test]
    fn refuses_a_repository_name_with_a_slash() {
        assert_eq!(
            problem(Owner::organization().repository("a/b", Repository::private())),
            "`a/b` is not a name that GitHub allows"
        );
    }

    #[test]
    fn refuses_the_same_repository_id_twice() {
        let owner = Owner::organization()
            .repository("app", Repository::private().id(7))
            .repository("website", Repository::private().id(7));
        assert_eq!(problem(owner), "the repository id 7 is used twice");
    }
}
