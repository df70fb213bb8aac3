//! A mapping within the input `app-server`, whose values are texts.

use super::InputProblem;
use super::app_server::INPUT;
use crate::gate::{Node, NodeKind};
use crate::source::Span;

/// A mapping's pairs; all of YAML's single values are texts but `null`, which is as if it were left out.
#[derive(Clone, Copy)]
pub(super) struct Mapping<'a>(&'a [(String, Span, Node)]);

impl<'a> Mapping<'a> {
    /// None where this is no mapping.
    pub(super) fn of(node: &'a Node) -> Option<Self> {
        match &node.kind {
            NodeKind::Mapping(pairs) => Some(Self(pairs)),
            _ => None,
        }
    }

    pub(super) fn keys(self) -> impl Iterator<Item = &'a str> {
        self.0.iter().map(|(key, _, _)| key.as_str())
    }

    pub(super) fn get(self, key: &str) -> Option<&'a Node> {
        let (_, _, node) = self.0.iter().find(|(name, _, _)| name == key)?;
        (!is_null(node)).then_some(node)
    }
}

/// A text that must be there.
pub(super) fn string<'a>(fields: Mapping<'a>, key: &str) -> Result<&'a str, InputProblem> {
    match fields.get(key).and_then(text) {
        Some(text) if !text.trim().is_empty() => Ok(text.trim()),
        _ => Err(InputProblem::new(INPUT, format!("`{key}` is missing or not a text"))),
    }
}

/// The text of a single value.
pub(super) fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Scalar(scalar) => Some(&scalar.text),
        NodeKind::Sequence(_) | NodeKind::Mapping(_) => None,
    }
}

/// <https://yaml.org/spec/1.2.2/#1032-tag-resolution>
fn is_null(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            scalar.is_plain && matches!(&*scalar.text, "" | "~" | "null" | "Null" | "NULL")
        }
        NodeKind::Sequence(_) | NodeKind::Mapping(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::outline;

    #[test]
    fn every_single_value_but_null_is_a_text() {
        let node = outline(
            "a: x\nb: 'null'\nc: 7\nd: true\ne: >-\n  two\n  lines\nf:\ng: ~\nh: null\ni: []\nj: {}\nk: ''",
        )
        .unwrap();
        let mapping = Mapping::of(&node).unwrap();
        for (key, text) in [("a", "x"), ("b", "null"), ("c", "7"), ("d", "true"), ("e", "two lines")] {
            assert_eq!(string(mapping, key).unwrap(), text, "{key}");
        }
        for key in ["f", "g", "h", "i", "j", "k", "l"] {
            let problem = string(mapping, key).unwrap_err();
            assert_eq!(problem.message, format!("`{key}` is missing or not a text"));
        }
        for (key, is_there) in
            [("f", false), ("g", false), ("h", false), ("i", true), ("k", true), ("l", false)]
        {
            assert_eq!(mapping.get(key).is_some(), is_there, "{key}");
        }
        assert!(mapping.keys().eq("abcdefghijk".split("").filter(|key| !key.is_empty())));
        assert!(Mapping::of(&outline("[a]").unwrap()).is_none());
    }
}
