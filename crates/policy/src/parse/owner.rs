//! The policy of an owner.

use github_types::Repository;

use super::PolicyKind;
use super::document::{Field, Report, optional};
use super::permissions::{self, Allowed};
use super::repository::{origin, refuse_unknown_keys};
use super::statement;
use crate::model::{AllowedSubjects, Grants, OwnerPolicy};
use crate::pattern::{MAX_PATTERN_CHARS, ORIGIN, Pattern, PatternError, PatternKind, PatternSet};

const ALLOWED_SUBJECTS: &str = "allowed-subjects";
const ALLOWED_PERMISSIONS: &str = "allowed-repository-permissions";
const KEYS: &[&str] = &["origin", ALLOWED_SUBJECTS, ALLOWED_PERMISSIONS, "statements"];

pub(super) fn read(fields: &[Field<'_>], found_in: &Repository, report: &mut Report) -> Option<OwnerPolicy> {
    refuse_unknown_keys(fields, KEYS, PolicyKind::Owner, report);
    let origin = origin(fields, found_in, report);
    // With a wrong origin the rest is still read, so that all problems are told at once.
    let names = origin.clone().unwrap_or_else(|| found_in.clone());
    let allowed_subjects = allowed_subjects(fields, &names, report);
    let allowed_repository_permissions = allowed_permissions(fields, report);
    let section = optional(fields, "statements");
    let statements = statement::read(section, PolicyKind::Owner, &names, report)?;
    Some(OwnerPolicy {
        origin: origin?,
        allowed_subjects: allowed_subjects?,
        allowed_repository_permissions: allowed_repository_permissions?,
        statements,
    })
}

fn allowed_subjects(
    fields: &[Field<'_>],
    origin: &Repository,
    report: &mut Report,
) -> Option<AllowedSubjects> {
    let Some(section) = optional(fields, ALLOWED_SUBJECTS) else {
        return Some(AllowedSubjects::OwnRepositories);
    };
    let Some(items) = section.items() else {
        report.fatal(
            section
                .wrong_type(ALLOWED_SUBJECTS, "a list of patterns")
                .with_help("put `- ` before each pattern"),
        );
        return None;
    };
    let mut patterns = Vec::new();
    for item in items {
        let Some(text) = item.text() else {
            report.add(statement::not_a_text(item));
            continue;
        };
        match pattern(text, origin) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => report.add(statement::void(item, error)),
        }
    }
    match PatternSet::of_subjects(&patterns) {
        Ok(set) => Some(AllowedSubjects::Listed { patterns, set }),
        Err(error) => {
            report.fatal(statement::too_costly(section.span(), error));
            None
        }
    }
}

fn pattern(text: &str, origin: &Repository) -> Result<Pattern, PatternError> {
    if text.chars().count() > MAX_PATTERN_CHARS {
        return Err(PatternError::TooLong);
    }
    Pattern::new(&text.replace(ORIGIN, &origin.to_string()), PatternKind::Subject)
}

fn allowed_permissions(fields: &[Field<'_>], report: &mut Report) -> Option<Grants> {
    let Some(section) = optional(fields, ALLOWED_PERMISSIONS) else { return Some(Grants::new()) };
    let grants = permissions::read(section, Allowed::Repository, report);
    if grants.is_none() {
        report.fatal(permissions::not_a_mapping(ALLOWED_PERMISSIONS, section));
    }
    grants
}
