//! How much harm a change can do.

use github_types::{Level, Permission, Scope};

use super::change::What;

/// How much harm a change can do: a rough order for readers, no judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Reading.
    Low,
    /// Writing, and who may ask.
    Medium,
    /// What gives power over more than itself, what reaches beyond repositories, and what anybody can have.
    High,
}

/// Whoever may write these can give themselves more: by settings, by workflows that run with secrets, by secrets.
const POWERFUL: [&str; 7] = [
    "actions",
    "administration",
    "dependabot-secrets",
    "environments",
    "repository-hooks",
    "secrets",
    "workflows",
];

/// The risk of a change for recipients of this pattern.
pub(super) fn of(what: What, pattern: Option<&str>) -> Risk {
    let is_open = pattern.is_some_and(|pattern| !names_an_owner(pattern));
    match what {
        _ if is_open => Risk::High,
        What::Ask => Risk::Medium,
        What::Allow { permission, level, .. } | What::Permission { permission, level, .. } => {
            of_permission(permission, level)
        }
    }
}

fn of_permission(permission: Permission, level: Level) -> Risk {
    match level {
        Level::Read => Risk::Low,
        Level::Admin => Risk::High,
        Level::Write if permission.scope() != Scope::Repository => Risk::High,
        Level::Write if POWERFUL.contains(&permission.name()) => Risk::High,
        Level::Write => Risk::Medium,
    }
}

/// Whether the pattern says whose repositories it speaks of.
fn names_an_owner(pattern: &str) -> bool {
    let Some(rest) = pattern.strip_prefix("repo:") else { return true };
    rest.split_once('/').is_some_and(|(owner, _)| !owner.contains(['*', '?']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_powerful_permissions_are_names() {
        assert!(POWERFUL.iter().all(|name| name.parse::<Permission>().is_ok()), "{POWERFUL:?}");
    }

    #[test]
    fn what_reaches_beyond_repositories_is_high_and_reading_is_low() {
        for (name, level, risk) in [
            ("contents", Level::Read, Risk::Low),
            ("issues", Level::Write, Risk::Medium),
            ("secrets", Level::Write, Risk::High),
            ("members", Level::Read, Risk::Low),
            ("members", Level::Write, Risk::High),
            ("organization-projects", Level::Admin, Risk::High),
        ] {
            let permission = name.parse().unwrap();
            for what in [
                What::Permission { permission, level, other: None },
                What::Allow { permission, level, other: None },
            ] {
                assert_eq!(of(what, Some("repo:octo-org/app:ref:x")), risk, "{name}: {level}");
            }
        }
    }

    #[test]
    fn what_anybody_can_have_is_high() {
        let contents = |level| What::Permission { permission: Permission::METADATA, level, other: None };
        assert_eq!(of(contents(Level::Read), Some("repo:octo-org/app:ref:x")), Risk::Low);
        assert_eq!(of(contents(Level::Read), Some("ref:refs/heads/*")), Risk::Low);
        assert_eq!(of(contents(Level::Read), Some("repo:*/app:ref:x")), Risk::High);
        assert_eq!(of(contents(Level::Read), Some("repo:**")), Risk::High);
        assert_eq!(of(What::Ask, Some("repo:octo-org/*:**")), Risk::Medium);
    }
}
