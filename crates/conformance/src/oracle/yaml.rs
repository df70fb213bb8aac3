//! From the text of a policy to a tree, refusing what the contract refuses.

use std::collections::BTreeMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser};
use serde_yaml::Value;

/// Largest policy in bytes (100 KiB).
const LARGEST: usize = 102_400;
/// Most mappings and sequences inside each other.
const DEEPEST: usize = 32;
/// Most nodes (scalars, sequences, mappings), every alias counted as all it stands for.
const MOST_NODES: usize = 20_000;

/// Most bytes of texts, keys among them, every alias counted as all it stands for.
const MOST_BYTES: usize = 4 * LARGEST;

/// What the events say that the document is.
enum Shape {
    Scalar,
    Sequence(Vec<Rc<Shape>>),
    Mapping(Vec<(String, Rc<Shape>)>),
}

/// What an anchor names.
#[derive(Clone)]
struct Named {
    nodes: usize,
    bytes: usize,
    /// Mappings and sequences inside each other.
    height: usize,
    shape: Rc<Shape>,
}

/// A mapping or sequence that is not closed yet.
struct Open {
    anchor: usize,
    nodes_before: usize,
    bytes_before: usize,
    /// Mappings and sequences inside each other below and including this one.
    height: usize,
    shape: Shape,
    /// In a mapping, the key whose value comes next.
    key: Option<String>,
}

/// The tree of the text's one document; nothing where the text breaks a rule, or where one reader's tree has another
/// shape than the other's.
pub(super) fn read(text: &str) -> Option<Value> {
    // No policy needs a directive.
    if text.len() > LARGEST || text.lines().any(|line| line.starts_with('%')) {
        return None;
    }
    let shape = shape(text)?;
    let value = serde_yaml::from_str(text).ok()?;
    is_alike(&shape, &value).then_some(value)
}

/// Whether the two are the same lists and mappings, with the same keys.
fn is_alike(shape: &Shape, value: &Value) -> bool {
    match (shape, value) {
        (Shape::Scalar, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => true,
        (Shape::Sequence(shapes), Value::Sequence(values)) => {
            shapes.len() == values.len()
                && shapes.iter().zip(values).all(|(shape, value)| is_alike(shape, value))
        }
        (Shape::Mapping(shapes), Value::Mapping(values)) => {
            shapes.len() == values.len()
                && shapes.iter().zip(values).all(|((text, shape), (key, value))| {
                    let is_key = match key {
                        Value::String(key) => key == text,
                        Value::Null => ["", "~", "null", "Null", "NULL"].contains(&text.as_str()),
                        key => key.is_bool() || key.is_number(),
                    };
                    is_key && is_alike(shape, value)
                })
        }
        _ => false,
    }
}

/// Walks over the events once.
fn shape(text: &str) -> Option<Rc<Shape>> {
    let mut root = None;
    let mut open: Vec<Open> = Vec::new();
    let (mut nodes, mut bytes, mut documents) = (0, 0, 0);
    // By anchor id; absent while it is not complete.
    let mut anchors: BTreeMap<usize, Named> = BTreeMap::new();

    for event in Parser::new_from_str(text) {
        let (event, _) = event.ok()?;
        match event {
            Event::DocumentStart(_) => documents += 1,
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => return None,
            Event::Scalar(text, _, anchor, None) => {
                nodes += 1;
                bytes += text.len();
                let shape = Rc::new(Shape::Scalar);
                anchors.insert(
                    anchor,
                    Named { nodes: 1, bytes: text.len(), height: 0, shape: Rc::clone(&shape) },
                );
                if !is_key(&mut open, &text)? {
                    place(&mut root, &mut open, shape, 0)?;
                }
            }
            Event::Alias(anchor) => {
                let named = anchors.get(&anchor)?.clone();
                nodes += named.nodes;
                bytes += named.bytes;
                if open.len() + named.height > DEEPEST {
                    return None;
                }
                place(&mut root, &mut open, named.shape, named.height)?;
            }
            Event::SequenceStart(anchor, None) | Event::MappingStart(anchor, None) => {
                let shape = match event {
                    Event::SequenceStart(..) => Shape::Sequence(Vec::new()),
                    _ => Shape::Mapping(Vec::new()),
                };
                if key_comes_next(&open) || open.len() >= DEEPEST {
                    return None;
                }
                open.push(Open {
                    anchor,
                    nodes_before: nodes,
                    bytes_before: bytes,
                    height: 1,
                    shape,
                    key: None,
                });
                nodes += 1;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { anchor, nodes_before, bytes_before, height, shape, .. } = open.pop()?;
                let shape = Rc::new(shape);
                let (nodes, bytes) = (nodes - nodes_before, bytes - bytes_before);
                anchors.insert(anchor, Named { nodes, bytes, height, shape: Rc::clone(&shape) });
                place(&mut root, &mut open, shape, height)?;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        if nodes > MOST_NODES || bytes > MOST_BYTES || documents > 1 {
            return None;
        }
    }
    root
}

fn key_comes_next(open: &[Open]) -> bool {
    matches!(open.last(), Some(Open { shape: Shape::Mapping(_), key: None, .. }))
}

/// Whether a text is a key of the innermost open mapping; nothing if that key is there already.
fn is_key(open: &mut [Open], text: &str) -> Option<bool> {
    if !key_comes_next(open) {
        return Some(false);
    }
    let Some(Open { shape: Shape::Mapping(pairs), key, .. }) = open.last_mut() else { return Some(false) };
    *key = Some(text.to_owned());
    (!pairs.iter().any(|(held, _)| held == text)).then_some(true)
}

/// Puts something of this height, which is no key, into the innermost open one; nothing if a key must come.
fn place(root: &mut Option<Rc<Shape>>, open: &mut [Open], shape: Rc<Shape>, height: usize) -> Option<()> {
    let Some(parent) = open.last_mut() else {
        *root = Some(shape);
        return Some(());
    };
    parent.height = parent.height.max(height + 1);
    match &mut parent.shape {
        Shape::Sequence(shapes) => shapes.push(shape),
        Shape::Mapping(pairs) => pairs.push((parent.key.take()?, shape)),
        Shape::Scalar => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn reads_plain_documents() {
        for text in ["a: 1", "---\na: [b, {c: d}]\n", "{a: &x [1], b: *x}", "a: &x {b: 1}\nc: {b: *x}"] {
            assert!(read(text).is_some(), "{text}");
        }
    }

    #[test]
    fn refuses_what_the_contract_refuses() {
        for text in [
            "a: 1\na: 2",
            "{a: 1, a: 2}",
            "a: !!str b",
            "!x {a: 1}",
            "%YAML 1.2\n---\na: b",
            "? [a]\n: b",
            "a: 1\n---\nb: 2",
            "a: &x [*x]",
            "a: *x",
            "a: [",
            // One reader sees an anchor and nothing else, the other one a mapping.
            "a: [ &repo:octo-org/app:ref:x\" ]",
            "{&a: b}",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn counts_aliases_as_what_they_stand_for() {
        let wide = |times: usize| format!("a: &a [{}]\nb: [{}]", "x,".repeat(99), "*a,".repeat(times));
        assert!(read(&wide(190)).is_some());
        assert!(read(&wide(210)).is_none());
    }

    #[test]
    fn counts_the_texts_of_aliases() {
        let long = |times: usize| format!("a: &a {}\nb: [{}]", "x".repeat(4_000), "*a,".repeat(times));
        assert!(read(&long(101)).is_some());
        assert!(read(&long(102)).is_none());
    }

    #[test]
    fn bounds_depth_with_and_without_aliases() {
        let deep = |levels: usize| format!("{}x{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&deep(30)).is_some());
        assert!(read(&deep(40)).is_none());
        assert!(read(&format!("a: &a {}\nb: *a", deep(20))).is_some());
        assert!(read(&format!("a: &a {}\nb: {}*a{}", deep(20), "[".repeat(20), "]".repeat(20))).is_none());
    }
}
