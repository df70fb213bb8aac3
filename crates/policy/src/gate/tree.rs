//! A document in two layers: what it means, and where each part stands.

use serde_yaml::Value;

use crate::source::Span;

/// A document that passed the gate.
#[derive(Clone, Debug)]
pub struct Document {
    /// What it means, as `serde_yaml` reads it.
    pub value: Value,
    /// Where its parts stand; the same shape as `value`.
    pub node: Node,
}

/// A part of a document and where it stands; for an alias, where the alias stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The stretch of the text.
    pub span: Span,
    /// What kind of part it is.
    pub kind: NodeKind,
    /// How much it is, itself included.
    pub(super) size: Size,
}

/// The kinds of parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A single value.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Pairs of a key, with its text and place, and a value; in the order of the text, no key twice.
    Mapping(Vec<(String, Span, Node)>),
}

/// A single value as it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// Its text, without quotes.
    pub text: Box<str>,
    /// Whether it has neither quotes nor a block of its own, so that it may mean something else than its text.
    pub is_plain: bool,
}

/// How much a part is once aliases are expanded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Values and keys.
    pub(super) nodes: usize,
    /// Bytes of scalars.
    pub(super) bytes: usize,
    /// Collections within each other.
    pub(super) depth: usize,
}

impl Size {
    pub(super) fn scalar(bytes: usize) -> Self {
        Self { nodes: 1, bytes, depth: 0 }
    }

    /// The size of a collection of these parts.
    fn around(parts: impl Iterator<Item = Self>) -> Self {
        let empty = Self { nodes: 1, bytes: 0, depth: 1 };
        parts.fold(empty, |sum, part| Self {
            nodes: sum.nodes + part.nodes,
            bytes: sum.bytes + part.bytes,
            depth: sum.depth.max(part.depth + 1),
        })
    }
}

impl Node {
    pub(super) fn scalar(span: Span, text: &str, is_plain: bool) -> Self {
        let kind = NodeKind::Scalar(Scalar { text: text.into(), is_plain });
        Self { span, kind, size: Size::scalar(text.len()) }
    }

    pub(super) fn sequence(span: Span, nodes: Vec<Self>) -> Self {
        let size = Size::around(nodes.iter().map(|node| node.size));
        Self { span, kind: NodeKind::Sequence(nodes), size }
    }

    pub(super) fn mapping(span: Span, pairs: Vec<(String, Span, Self)>) -> Self {
        let keys = pairs.iter().map(|(key, _, _)| Size::scalar(key.len()));
        let size = Size::around(keys.chain(pairs.iter().map(|(_, _, node)| node.size)));
        Self { span, kind: NodeKind::Mapping(pairs), size }
    }

    /// Whether `value` has the same shape: the same kinds of parts, as many of them, with the same keys.
    pub(super) fn agrees_with(&self, value: &Value) -> bool {
        match (&self.kind, value) {
            (NodeKind::Sequence(nodes), Value::Sequence(values)) => {
                nodes.len() == values.len()
                    && nodes.iter().zip(values).all(|(node, value)| node.agrees_with(value))
            }
            (NodeKind::Mapping(pairs), Value::Mapping(mapping)) => {
                pairs.len() == mapping.len()
                    && pairs
                        .iter()
                        .zip(mapping)
                        .all(|((text, _, node), (key, value))| is_key(text, key) && node.agrees_with(value))
            }
            (NodeKind::Scalar(_), Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => true,
            _ => false,
        }
    }
}

/// Whether a key with this text can mean that.
///
/// SECURITY: the two readers take some texts apart differently; what one of them sees as a list or an alias must not
/// pass as the text that the other sees.
fn is_key(text: &str, key: &Value) -> bool {
    match key {
        Value::String(key) => key == text,
        Value::Bool(_) | Value::Number(_) => true,
        Value::Null => matches!(text, "" | "~" | "null" | "Null" | "NULL"),
        Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar() -> Node {
        Node::scalar(Span::START, "a", true)
    }

    fn mapping(keys: &[&str]) -> Node {
        let pairs = keys.iter().map(|key| ((*key).to_owned(), Span::START, scalar()));
        Node::mapping(Span::START, pairs.collect())
    }

    fn agrees(node: &Node, text: &str) -> bool {
        node.agrees_with(&serde_yaml::from_str(text).unwrap())
    }

    #[test]
    fn a_document_is_what_both_readers_see() {
        for text in ["a", "1", "true", "null"] {
            assert!(agrees(&scalar(), text), "{text}");
        }
        for text in ["[]", "{}", "!x a"] {
            assert!(!agrees(&scalar(), text), "{text}");
        }
        let list = Node::sequence(Span::START, vec![scalar(), mapping(&["a"])]);
        assert!(agrees(&list, "[x, {a: b}]"));
        for text in ["[x]", "[x, {a: b}, y]", "[{a: b}, x]", "[x, y]", "[x, {b: a}]", "x"] {
            assert!(!agrees(&list, text), "{text}");
        }
        let pairs = mapping(&["a", "b"]);
        assert!(agrees(&pairs, "{a: 1, b: 2}"));
        for text in ["{a: 1}", "{a: 1, b: 2, c: 3}", "{a: 1, c: 2}", "{a: 1, b: [2]}", "{b: 1, a: 2}", "x"] {
            assert!(!agrees(&pairs, text), "{text}");
        }
    }

    #[test]
    fn a_key_is_its_text() {
        for (text, key) in
            [("a", "a"), ("1", "1"), ("true", "true"), ("", "null"), ("~", "null"), ("NULL", "null")]
        {
            assert!(is_key(text, &serde_yaml::from_str(key).unwrap()), "{text} {key}");
        }
        for (text, key) in [("a", "b"), ("a", "null"), ("[a]", "[a]"), ("", "{}"), ("a", "!x a")] {
            assert!(!is_key(text, &serde_yaml::from_str(key).unwrap()), "{text} {key}");
        }
    }
}
