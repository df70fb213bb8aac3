//! The words for a change, the same in every format for people.

use policy::review::{Change, Direction, Recipient, Risk, What};

use crate::plain::one_line;
use crate::terms;

/// What is granted or revoked, in a line.
pub fn what(change: &Change) -> String {
    let was = |other: Option<_>| match (change.direction, other) {
        (_, None) => String::new(),
        (Direction::Widens, Some(other)) => format!(" (had {other})"),
        (Direction::Narrows, Some(other)) => format!(" (keeps {other})"),
    };
    let words = match change.what {
        What::Ask => "may ask for tokens at all".to_owned(),
        What::Allow { permission, level, other } => {
            format!("repository policies may grant {permission}: {level}{}", was(other))
        }
        What::Permission { permission, level, other } => format!("{permission}: {level}{}", was(other)),
    };
    if change.certain { words } else { format!("{words} – cannot tell: may be so") }
}

/// Each detail of a recipient: a word and what it says.
pub fn details(change: &Change) -> Vec<(&'static str, String)> {
    let Some(recipient) = &change.recipient else { return Vec::new() };
    let mut details = vec![("for", one_line(&recipient.pattern))];
    details.extend(terms::words(&recipient.terms));
    if let (Some(statement), Some(line)) = (recipient.statement, recipient.line) {
        let side = if change.direction == Direction::Widens { "new" } else { "old" };
        details.push(("by", format!("statement {statement} of the {side} policy, line {line}")));
    }
    if let Some(example) = example(recipient) {
        details.push(("such as", example));
    }
    details
}

fn example(recipient: &Recipient) -> Option<String> {
    let example = recipient.example.as_ref()?;
    let mut words = one_line(&example.subject);
    for (name, value) in &example.claims {
        words.push_str(&one_line(&format!(", {name} {value}")));
    }
    if let Some(repository) = &example.repository {
        words.push_str(&format!(", on {repository}"));
    }
    if let Some(after) = &example.after {
        words.push_str(&format!(", after {after}"));
    }
    Some(words)
}

/// The name of a risk.
pub fn risk(risk: Risk) -> &'static str {
    match risk {
        Risk::Low => "low",
        Risk::Medium => "medium",
        Risk::High => "high",
    }
}

/// What all comes to.
pub fn sum(changes: &[&Change]) -> String {
    let count = |direction| changes.iter().filter(|change| change.direction == direction).count();
    let unknown = changes.iter().filter(|change| !change.certain).count();
    let words = match (count(Direction::Widens), count(Direction::Narrows)) {
        (0, 0) => return "nothing that is granted changes".to_owned(),
        (0, narrowed) => format!("nothing is widened, {narrowed} narrowed"),
        (widened, 0) => format!("{widened} widened, nothing is narrowed"),
        (widened, narrowed) => format!("{widened} widened, {narrowed} narrowed"),
    };
    if unknown == 0 { words } else { format!("{words}; {unknown} of them could not be told") }
}
