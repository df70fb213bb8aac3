//! Two versions of a policy: what the change grants and revokes.

pub mod markdown;
mod version;
pub mod words;

use policy::parse::{PolicyKind, parse_owner_policy, parse_repository_policy};
use policy::review::{Review, review_owner, review_repository};
use time::OffsetDateTime;

pub use version::Version;

use crate::examination::{Examination, Surroundings};
use version::Examined;

/// What is compared, and what came out.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Comparison {
    /// How the version before is named.
    pub old: String,
    /// How the version after is named.
    pub new: String,
    /// Which kind of policy both are.
    pub kind: PolicyKind,
    /// What is to be known of the files, each in a sentence.
    pub remarks: Vec<String>,
    /// Whether anything is granted that was not, or may be.
    pub widened: bool,
    /// Whether anything is revoked that was granted, or may be.
    pub narrowed: bool,
    /// What changes.
    #[serde(flatten)]
    pub review: Review,
}

/// Why two versions cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComparisonError {
    /// They are of two kinds.
    #[error("the one is an owner policy and the other a repository policy; --kind says which is meant")]
    Kinds,
    /// There is no version at all.
    #[error("neither `{old}` nor `{new}` exists")]
    Nothing {
        /// How the version before is named.
        old: String,
        /// How the version after is named.
        new: String,
    },
}

/// Compares two versions of a policy; `now` is the time by which what is expired grants nothing.
///
/// # Errors
/// When they are not two versions of one kind of policy.
pub fn compare(
    old: Version,
    new: Version,
    surroundings: Surroundings<'_>,
    now: OffsetDateTime,
) -> Result<Comparison, ComparisonError> {
    let examine = |version: &Version| {
        let text = version.text.clone();
        text.map(|text| Examination::new(&version.path, text, surroundings))
    };
    let (was, is) = (examine(&old), examine(&new));
    let kind = match (&was, &is) {
        (Some(was), Some(is)) if was.kind != is.kind => return Err(ComparisonError::Kinds),
        (Some(one), _) | (None, Some(one)) => one.kind,
        (None, None) => return Err(ComparisonError::Nothing { old: old.name, new: new.name }),
    };
    let (old, new) = (Examined::new(old, was.as_ref()), Examined::new(new, is.as_ref()));
    let mut remarks: Vec<String> = old.other_repository(&new).into_iter().collect();
    let review = match kind {
        PolicyKind::Owner => {
            let mut read = |version: &Examined| version.policy(parse_owner_policy, &mut remarks);
            let (old, new) = (read(&old), read(&new));
            review_owner(old.as_ref(), new.as_ref(), now)
        }
        PolicyKind::Repository => {
            let mut read = |version: &Examined| version.policy(parse_repository_policy, &mut remarks);
            let (old, new) = (read(&old), read(&new));
            review_repository(old.as_ref(), new.as_ref(), now)
        }
    };
    Ok(Comparison {
        old: old.version.name,
        new: new.version.name,
        kind,
        remarks,
        widened: review.is_widened(),
        narrowed: review.is_narrowed(),
        review,
    })
}
