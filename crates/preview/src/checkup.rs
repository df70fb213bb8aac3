//! Everything about the policies of a checkout, and about a change of them, at once: what the check action tells.

mod annotation;
mod findings;
mod outcome;
mod page;
mod place;
mod selection;
mod settings;

use std::path::{Path, PathBuf};

use github_types::Repository;
use lint::report::Unread;
use policy::decide::{OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, REPOSITORY_POLICY_PATHS};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use time::OffsetDateTime;

pub use annotation::{Annotation, Level};
pub use outcome::{Outcome, Widened};
pub use settings::Inputs;

use crate::examination::Surroundings;
use crate::files::Files;
use findings::{Findings, owner_policy, shown, versions};
use selection::Selection;
use settings::Settings;

/// A checkout, and what is known of where it comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Checkout {
    /// The inputs of the step.
    pub inputs: Inputs,
    /// The time, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    pub now: OffsetDateTime,
    /// The folder of the checkout; its name tells of an owner policy.
    pub folder: PathBuf,
    /// The repository that the checkout is of, where that is known.
    #[serde(default, deserialize_with = "repository")]
    pub repository: Option<Repository>,
    /// The files in it that may be policies or tests of such, each from the folder, with `/`.
    pub found: Vec<String>,
    /// What it is compared with.
    pub base: Base,
}

/// The state before a change.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", tag = "kind")]
pub enum Base {
    /// It is at hand.
    Known {
        /// What people call it, such as `main`.
        name: String,
        /// Its files that may be policies, as those of the checkout.
        found: Vec<String>,
    },
    /// There is one, and it cannot be had.
    Missing {
        /// Why not, and what to do about it, in a sentence without a stop.
        why: String,
    },
    /// What runs is no change, so nothing can be widened.
    None {
        /// Why, in a sentence without a stop.
        why: String,
    },
}

/// Checks the policies, runs their tests, and compares them with the base.
pub fn run(checkout: &Checkout, head: &impl Files, base: &impl Files) -> Outcome {
    let settings = match Settings::read(&checkout.inputs) {
        Ok(settings) => settings,
        Err(problems) => return Outcome::of_inputs(problems),
    };
    let mut findings = Findings::default();
    let owner_policy = settings.owner_policy.as_deref().and_then(|path| {
        let read = owner_policy(path, head);
        read.map_err(|message| findings.report.unread.push(Unread { path: shown(path), message })).ok()
    });
    let old = match &checkout.base {
        Base::Known { name, found } => Some((name, found.as_slice())),
        Base::Missing { .. } | Base::None { .. } => None,
    };
    let selection =
        Selection::new(&settings.paths, &checkout.found, old.map_or(&[], |(_, found)| found), head);
    findings.all_compared = selection.unread.is_empty();
    findings.notes.clone_from(&selection.notes);
    findings.report.unread.extend(selection.unread.iter().cloned());
    for path in &selection.policies {
        let (now, owner_policy) = (Some(checkout.now), owner_policy.as_ref());
        findings.check(path, head, Surroundings { now, owner_policy, ..checkout.around(path) });
    }
    for path in &selection.tests {
        findings.test(path, checkout.now, head);
    }
    if let Some((name, _)) = old {
        for (old, new) in &selection.pairs {
            let versions = versions(name, (old.as_deref(), new.as_deref()), head, base);
            let path = new.as_deref().or(old.as_deref()).unwrap_or(Path::new(""));
            findings.compare(versions, checkout.around(path), checkout.now);
        }
    }
    findings.outcome(&checkout.base, &settings)
}

impl Checkout {
    /// What is known beside the file at this path: where the broker looks, the policy must be that of the repository.
    fn around(&self, path: &Path) -> Surroundings<'_> {
        let is_place = |repository: &&Repository| {
            let is_owners = repository.name().as_str().eq_ignore_ascii_case(OWNER_POLICY_REPOSITORY);
            let is_one_of = |places: [&str; 2]| places.iter().any(|place| path == Path::new(place));
            is_one_of(REPOSITORY_POLICY_PATHS) || is_owners && is_one_of(OWNER_POLICY_PATHS)
        };
        Surroundings {
            folder: Some(&self.folder),
            repository: self.repository.as_ref().filter(is_place),
            ..Surroundings::default()
        }
    }
}

fn repository<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Repository>, D::Error> {
    let name = Option::<String>::deserialize(deserializer)?;
    name.map(|name| name.parse().map_err(D::Error::custom)).transpose()
}
