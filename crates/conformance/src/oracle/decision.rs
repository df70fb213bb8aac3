//! The decision, step by step as the contract numbers them.

use serde_json::{Value, json};

use super::calendar;
use super::caller::Caller;
use super::pattern::{form_matches, is_void};
use super::permissions::{Level, Levels, Scope, add, covers, scope};
use super::policy::{Kind, Policy};
use super::request::{Request, Target};
use super::scenario::{Installation, Scenario};
use super::subjects::effective_subjects;
use super::verdict::{Issue, Verdict};

const OWNER_POLICY_REPOSITORY: &str = ".github-access-token";
const OWNER_POLICY_PATHS: [&str; 2] = ["access-token.yaml", "access-token.yml"];
const REPOSITORY_POLICY_PATHS: [&str; 2] = [".github/access-token.yaml", ".github/access-token.yml"];

/// Decides: the order is authenticate, validate the body, decide.
pub fn decide(scenario: &Scenario) -> Verdict {
    let caller = match Caller::read(&scenario.claims) {
        Ok(caller) => caller,
        Err(unauthenticated) => return Verdict::Unauthenticated { unauthenticated },
    };
    let request = match Request::read(&scenario.request, &caller) {
        Ok(request) => request,
        Err(bad_request) => return Verdict::BadRequest { bad_request },
    };
    let effective_subjects = effective_subjects(&caller);
    // An unreadable clock lets every statement that expires be over.
    let now = calendar::timestamp(&scenario.now).unwrap_or((i64::MAX, 0));
    let question =
        Question { scenario, caller: &caller, request: &request, subjects: &effective_subjects, now };
    let denied = question.denials();
    if !denied.is_empty() {
        return Verdict::Denied { denied, effective_subjects };
    }
    Verdict::Granted {
        granted: true,
        owner: request.owner,
        repositories: match request.target {
            Target::All => json!("ALL"),
            Target::Repositories(names) => Value::from(names),
        },
        permissions: request.permissions.into_iter().map(|(name, level)| (name, level.name())).collect(),
        effective_subjects,
    }
}

/// Everything a step looks at.
struct Question<'a> {
    scenario: &'a Scenario,
    caller: &'a Caller,
    request: &'a Request,
    subjects: &'a [String],
    now: (i64, u32),
}

impl Question<'_> {
    /// The reasons of the first step that denies; empty: granted.
    fn denials(&self) -> Vec<Issue> {
        // Step 1.
        let Some(installation) = &self.scenario.installation else {
            return vec![self.of_owner("no-installation")];
        };
        if installation.suspended {
            return vec![self.of_owner("installation-suspended")];
        }
        // Step 2, as far as the owner policy goes.
        let unreadable = self.unreadable(installation, &OWNER_POLICY_PATHS);
        if !unreadable.is_empty() {
            return unreadable;
        }
        // Step 3.
        let held = installation_levels(installation);
        let lacking = self.asked().filter(|(name, level)| !covers(&held, name, *level));
        let lacking: Vec<Issue> = lacking
            .map(|(name, level)| self.of_permission("installation-lacks-permission", name, level))
            .collect();
        if !lacking.is_empty() {
            return lacking;
        }
        // Step 4.
        let Some(text) = &self.scenario.owner_policy else {
            return vec![self.of_owner("owner-policy-missing")];
        };
        let home = format!("{}/{OWNER_POLICY_REPOSITORY}", self.request.owner);
        let Some(policy) = Policy::read(text, Kind::Owner, &home) else {
            return vec![self.of_owner("owner-policy-invalid")];
        };
        if !self.may_ask(&policy, installation) {
            return vec![self.of_owner("caller-not-allowed")];
        }
        // Step 5.
        let owner_wide = self.granted_by(&policy, None);
        let everywhere = matches!(self.request.target, Target::All);
        let refused: Vec<Issue> = self
            .asked()
            .filter(|(name, _)| everywhere || scope(name) == Scope::Owner)
            .filter(|(name, level)| !covers(&owner_wide, name, *level))
            .map(|(name, level)| self.of_permission("not-granted-by-owner-policy", name, level))
            .collect();
        if !refused.is_empty() {
            return refused;
        }
        match &self.request.target {
            Target::All => Vec::new(),
            Target::Repositories(names) => self.repository_denials(&policy, installation, names),
        }
    }

    /// Step 6: what the owner policy left open.
    fn repository_denials(
        &self,
        owner: &Policy,
        installation: &Installation,
        names: &[String],
    ) -> Vec<Issue> {
        let mut left = Vec::new();
        for name in names {
            let granted = self.granted_by(owner, Some(name));
            let open: Vec<(&str, Level)> = self
                .asked()
                .filter(|(permission, _)| scope(permission) == Scope::Repository)
                .filter(|(permission, level)| !covers(&granted, permission, *level))
                .collect();
            if !open.is_empty() {
                left.push((name.as_str(), open));
            }
        }

        let mut outside = Vec::new();
        for (name, open) in &left {
            for (permission, level) in open {
                if !covers(&owner.allowed_repository_permissions, permission, *level) {
                    let issue = self.of_permission("not-allowed-by-owner-policy", permission, *level);
                    outside.push(Issue { repository: Some((*name).to_owned()), ..issue });
                }
            }
        }
        if !outside.is_empty() || left.is_empty() {
            return outside;
        }
        let unreadable = self.unreadable(installation, &REPOSITORY_POLICY_PATHS);
        if !unreadable.is_empty() {
            return unreadable;
        }
        left.iter().flat_map(|(name, open)| self.denials_by_repository(name, open)).collect()
    }

    /// What one target repository's own policy does not grant.
    fn denials_by_repository(&self, name: &str, open: &[(&str, Level)]) -> Vec<Issue> {
        let whole = |code| vec![Issue { repository: Some(name.to_owned()), ..self.of_owner(code) }];
        let Some(text) = self.scenario.repository_policy(name) else {
            return whole("repository-policy-missing");
        };
        let home = format!("{}/{name}", self.request.owner);
        let Some(policy) = Policy::read(text, Kind::Repository, &home) else {
            return whole("repository-policy-invalid");
        };
        let granted = self.granted_by(&policy, Some(name));
        open.iter()
            .filter(|(permission, level)| !covers(&granted, permission, *level))
            .map(|(permission, level)| Issue {
                repository: Some(name.to_owned()),
                ..self.of_permission("not-granted-by-repository-policy", permission, *level)
            })
            .collect()
    }

    /// Whether the owner policy lets the caller ask at all.
    fn may_ask(&self, policy: &Policy, installation: &Installation) -> bool {
        let patterns = policy.allowed_subjects.clone().unwrap_or_else(|| {
            let owner = policy.origin.split('/').next().unwrap_or_default();
            if self.caller.is_immutable() {
                vec![format!("repo:{owner}@{}/*:**", installation.owner_id)]
            } else {
                vec![format!("repo:{owner}/*:**")]
            }
        });
        patterns.iter().filter(|pattern| !is_void(pattern)).any(|pattern| {
            let form = pattern.replace("${origin}", &policy.origin);
            self.subjects.iter().any(|subject| form_matches(&form, subject))
        })
    }

    /// The union of what matching statements grant for a target repository, or, for none, owner-wide.
    fn granted_by(&self, policy: &Policy, target: Option<&str>) -> Levels {
        let mut levels = Levels::new();
        for statement in &policy.statements {
            if statement.matches(self.caller, self.subjects, self.now) && statement.reaches(target) {
                statement.grant_into(&mut levels);
            }
        }
        levels
    }

    /// One issue for each path that the installation cannot read.
    fn unreadable(&self, installation: &Installation, paths: &[&str]) -> Vec<Issue> {
        let held = installation_levels(installation);
        let contents = covers(&held, "contents", Level::Read);
        let single_file = covers(&held, "single-file", Level::Read);
        let listed = |path: &str| installation.single_file_paths.iter().any(|listed| listed == path);
        paths
            .iter()
            .filter(|path| {
                let readable = contents || (single_file && listed(path));
                !readable
            })
            .map(|path| Issue { path: Some((*path).to_owned()), ..self.of_owner("policy-unreadable") })
            .collect()
    }

    fn asked(&self) -> impl Iterator<Item = (&str, Level)> {
        self.request.permissions.iter().map(|(name, level)| (name.as_str(), *level))
    }

    fn of_owner(&self, code: &'static str) -> Issue {
        let owner = self.request.owner.clone();
        Issue { owner, repository: None, permission: None, level: None, path: None, code }
    }

    fn of_permission(&self, code: &'static str, name: &str, level: Level) -> Issue {
        Issue { permission: Some(name.to_owned()), level: Some(level.name()), ..self.of_owner(code) }
    }
}

/// The installation's permissions in our spelling; words GitHub may add later count as nothing.
fn installation_levels(installation: &Installation) -> Levels {
    let mut levels = Levels::new();
    for (name, level) in &installation.permissions {
        if let Some(level) = Level::read(level) {
            add(&mut levels, name.replace('_', "-"), level);
        }
    }
    levels
}
