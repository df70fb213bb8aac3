//! Where a part of an owner policy stands that is no statement: who may ask, and what repository policies may grant.

use github_types::{Permission, Repository};
use policy::gate::{Document, Node, NodeKind};
use policy::pattern::ORIGIN;
use policy::review::{Change, What};

/// The line of what a change is about, or of the key that it stands below; none where the file leaves it to the default.
pub(super) fn line_of(document: &Document, change: &Change) -> Option<usize> {
    let section = match change.what {
        What::Allow { .. } => "allowed-repository-permissions",
        What::Ask => "allowed-subjects",
        What::Permission { .. } => return None,
    };
    let NodeKind::Mapping(sections) = &document.node.kind else { return None };
    let (_, key, node) = sections.iter().find(|(key, _, _)| key == section)?;
    let part = match change.what {
        What::Allow { permission, .. } => line_of_permission(node, permission),
        _ => {
            let written: Vec<&str> = document
                .value
                .get(section)?
                .as_sequence()?
                .iter()
                .filter_map(|value| value.as_str())
                .collect();
            line_of_subject(node, &written, &change.policy, &change.recipient.as_ref()?.pattern)
        }
    };
    part.or(Some(key.start.line))
}

fn line_of_permission(node: &Node, permission: Permission) -> Option<usize> {
    let NodeKind::Mapping(entries) = &node.kind else { return None };
    let (_, key, _) = entries.iter().find(|(key, _, _)| key.parse() == Ok(permission))?;
    Some(key.start.line)
}

fn line_of_subject(node: &Node, written: &[&str], origin: &Repository, pattern: &str) -> Option<usize> {
    let NodeKind::Sequence(entries) = &node.kind else { return None };
    let origin = origin.to_string();
    let at = written.iter().position(|text| text.replace(ORIGIN, &origin) == pattern)?;
    // Where something else than texts is listed, places cannot be told by counting.
    (entries.len() == written.len()).then(|| entries.get(at)).flatten().map(|entry| entry.span.start.line)
}
