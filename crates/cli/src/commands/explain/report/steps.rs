//! A policy statement by statement, in words.

use policy::parse::PolicyKind;

use super::super::difference::Difference;
use super::super::walk::{Step, StepResult, Walk};
use crate::commands::disk::check_command;
use crate::terminal::counted;

/// The most statements of a policy that are shown although they do not match.
const MOST_OTHERS: usize = 12;
/// The most subjects that are shown of a statement or list.
const MOST_SUBJECTS: usize = 4;

/// The heading of a policy.
pub(super) fn heading(walk: &Walk) -> String {
    match walk.kind {
        PolicyKind::Owner => {
            format!("The owner policy of {}", walk.policy.split('/').next().unwrap_or_default())
        }
        PolicyKind::Repository => format!("The policy of {}", walk.policy),
    }
}

/// What it says, in items whose lines after the first are details.
pub(super) fn items(walk: &Walk) -> Vec<String> {
    let mut items = vec![format!("in {}", walk.path)];
    if !walk.valid {
        items.push(format!(
            "is invalid as a whole, so it grants nothing; `{}` shows why",
            check_command(&walk.path, walk.kind, &walk.policy)
        ));
        return items;
    }
    items.extend(allowed_subjects(walk));
    items.extend(may_grant(walk));
    match (walk.kind, walk.statements.as_slice()) {
        (PolicyKind::Repository, []) => items.push("has no statements, so it grants nothing".to_owned()),
        (PolicyKind::Owner, []) => items.push("has no statements of its own".to_owned()),
        _ => {}
    }
    let (mut others, mut left_out) = (0, 0);
    for step in &walk.statements {
        if step.result == StepResult::OtherSubjects {
            others += 1;
            if others > MOST_OTHERS {
                left_out += 1;
                continue;
            }
        }
        items.push(item(step));
    }
    if left_out > 0 {
        items.push(format!(
            "and {} more that do not match; --format json has them all",
            counted(left_out, "statement")
        ));
    }
    items
}

fn allowed_subjects(walk: &Walk) -> Option<String> {
    if walk.allowed_subjects.is_empty() {
        return None;
    }
    Some(format!(
        "allowed-subjects do not match: the caller may not ask{}",
        differences(&walk.allowed_subjects)
    ))
}

fn may_grant(walk: &Walk) -> Option<String> {
    let allowed = walk.allowed_repository_permissions.as_ref().filter(|allowed| !allowed.is_empty())?;
    let lines = allowed.iter().map(|(permission, level)| match level {
        Some(level) => format!("{permission}: {level}"),
        None => format!("not {permission}"),
    });
    Some(format!("repository policies may grant {}", lines.collect::<Vec<_>>().join(", ")))
}

fn item(step: &Step) -> String {
    let start = format!("statement {} (line {})", step.statement, step.line);
    let description = step.description.as_ref().map(|words| format!("\n({words})")).unwrap_or_default();
    let lists =
        if step.lists.is_empty() { "nothing of what is asked".to_owned() } else { step.lists.join(", ") };
    let mut text = match step.result {
        StepResult::Matches => format!("{start} matches and lists {lists}{description}"),
        StepResult::Unmet => format!("{start} does not count, though a subject matches{description}"),
        StepResult::OtherSubjects if step.differences.is_empty() => {
            format!("{start} has no subject that can match{description}")
        }
        StepResult::OtherSubjects => format!("{start} does not match{description}"),
        StepResult::Void => format!("{start} is void"),
    };
    if let Some(by) = &step.by {
        text.push_str(&format!("\npattern {}\nmatches {}", by.pattern, by.subject));
    }
    text.push_str(&differences(&step.differences));
    for reason in &step.reasons {
        text.push('\n');
        text.push_str(reason);
    }
    text
}

fn differences(differences: &[Difference]) -> String {
    let mut text = String::new();
    for difference in differences.iter().take(MOST_SUBJECTS) {
        text.push_str(&format!(
            "\npattern {}\nagainst {}\n{}",
            difference.pattern, difference.subject, difference.message
        ));
    }
    if differences.len() > MOST_SUBJECTS {
        let more = counted(differences.len() - MOST_SUBJECTS, "pattern");
        text.push_str(&format!("\nand {more} more that do not match"));
    }
    text
}
