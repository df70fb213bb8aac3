//! A version of a policy: how it is named, and what it means.

use std::path::PathBuf;

use github_types::Repository;
use policy::parse::Parsed;

use crate::examination::Examination;
use crate::plain::counted;

/// A version of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// How it was named, or where it was found.
    pub name: String,
    /// The path alone.
    pub path: PathBuf,
    /// None where there is no such file, which grants nothing.
    pub text: Option<String>,
}

/// A version, and the repository that it is for.
pub(super) struct Examined {
    pub(super) version: Version,
    found_in: Option<Repository>,
}

impl Examined {
    pub(super) fn new(version: Version, examination: Option<&Examination>) -> Self {
        let found_in = examination.and_then(|examination| examination.origin.repository().cloned());
        Self { version, found_in }
    }

    /// What is to be known where the two are not of the same repository.
    pub(super) fn other_repository(&self, other: &Self) -> Option<String> {
        let (one, two) = (self.found_in.as_ref()?, other.found_in.as_ref()?);
        (one != two).then(|| {
            format!(
                "`{}` is of {one} and `{}` of {two}, so all that the first grants ends, and all of the second is new",
                self.version.name, other.version.name
            )
        })
    }

    /// What the version means; none if it grants nothing. What is to be known of that becomes a remark.
    pub(super) fn policy<P>(
        &self,
        parse: impl Fn(&str, &Repository) -> Parsed<P>,
        remarks: &mut Vec<String>,
    ) -> Option<P> {
        let name = &self.version.name;
        let Some(text) = &self.version.text else {
            remarks.push(format!("`{name}` does not exist, so it grants nothing"));
            return None;
        };
        let Some(found_in) = &self.found_in else {
            remarks.push(format!("`{name}` is invalid as a whole, so it grants nothing"));
            return None;
        };
        let parsed = parse(text, found_in);
        let problems = counted(parsed.diagnostics.len(), "problem");
        match (&parsed.policy, parsed.diagnostics.len()) {
            (None, _) => remarks.push(format!("`{name}` is invalid as a whole, so it grants nothing")),
            (Some(_), 1..) => remarks
                .push(format!("`{name}` has {problems}; `access-token check` shows what is not in force")),
            (Some(_), 0) => {}
        }
        parsed.policy
    }
}
