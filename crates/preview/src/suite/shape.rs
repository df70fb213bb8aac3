//! What a test file looks like as a whole: the reader of its values does not know places.

use policy::gate::{Document, Node, NodeKind};
use policy::source::Span;

use super::file::FileError;

/// The keys of a file, each with what its value must be.
const KEYS: [(&str, &str); 4] = [
    ("owner-policy", "the path of a file"),
    ("repository-policies", "a mapping of repositories to paths of files"),
    ("now", "a time such as `2026-11-01T12:00:00Z`"),
    ("tests", "a list of tests, each with `- ` before it"),
];

/// Says what is wrong, and where.
pub(super) fn check(document: &Document) -> Result<(), FileError> {
    let root = &document.node;
    let NodeKind::Mapping(pairs) = &root.kind else {
        return Err(wrong(root.span, format!("expected a mapping with `tests`, found {}", found(root))));
    };
    for (key, span, node) in pairs {
        let names = KEYS.map(|(name, _)| name);
        let Some((_, expected)) = KEYS.iter().find(|(name, _)| name == key) else {
            let shown: String = key.chars().take(60).collect();
            let meant = policy::nearest(key, &names).map_or_else(
                || format!("expected one of `{}`", names.join("`, `")),
                |name| format!("did you mean `{name}`?"),
            );
            return Err(wrong(*span, format!("unknown key `{shown}`: {meant}")));
        };
        let value = document.value.get(key).filter(|value| !value.is_null());
        let misfit = match (key.as_str(), value) {
            ("tests", Some(value)) if value.is_sequence() => None,
            ("tests", _) => Some(node),
            (_, None) => None,
            ("repository-policies", Some(value)) => match (value.as_mapping(), &node.kind) {
                (Some(paths), NodeKind::Mapping(nodes)) => {
                    let paths = paths.values().zip(nodes);
                    paths.into_iter().find(|(path, _)| !path.is_string()).map(|(_, (_, _, node))| node)
                }
                _ => Some(node),
            },
            (_, Some(value)) => Some(node).filter(|_| !value.is_string()),
        };
        if let Some(node) = misfit {
            return Err(wrong(node.span, format!("`{key}` must be {expected}, found {}", found(node))));
        }
    }
    if pairs.iter().any(|(key, _, _)| key == "tests") {
        Ok(())
    } else {
        Err(wrong(root.span, "there is no `tests`: expected at least one test".to_owned()))
    }
}

/// An error with its place.
pub(super) fn wrong(span: Span, problem: String) -> FileError {
    FileError::Shape { place: span.start, problem }
}

fn found(node: &Node) -> &'static str {
    match node.kind {
        NodeKind::Scalar(_) => "a single value",
        NodeKind::Sequence(_) => "a list",
        NodeKind::Mapping(_) => "a mapping",
    }
}
