//! From the text of a policy to a tree, refusing what the contract refuses.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser};
use serde_yaml::Value;

/// Largest policy in bytes (100 KiB).
const LARGEST: usize = 102_400;
/// Most mappings and sequences inside each other.
const DEEPEST: usize = 32;
/// Most nodes (scalars, sequences, mappings), every alias counted as all it stands for.
const MOST_NODES: usize = 20_000;

/// A mapping or sequence that is not closed yet.
struct Open {
    anchor: usize,
    nodes_before: usize,
    /// Mappings and sequences inside each other below and including this one.
    height: usize,
    /// The keys so far, for a mapping.
    keys: Option<BTreeSet<String>>,
    /// In a mapping, whether a key comes next.
    key_next: bool,
}

/// The tree of the text's one document; nothing where the text breaks a rule.
pub(super) fn read(text: &str) -> Option<Value> {
    if text.len() > LARGEST || !passes(text) {
        return None;
    }
    serde_yaml::from_str(text).ok()
}

/// Walks over the events once.
fn passes(text: &str) -> bool {
    let mut open: Vec<Open> = Vec::new();
    let mut nodes = 0;
    let mut documents = 0;
    // Anchor id → nodes and height of what it names; absent while it is not complete.
    let mut anchors: BTreeMap<usize, (usize, usize)> = BTreeMap::new();

    for event in Parser::new_from_str(text) {
        let Ok((event, _)) = event else { return false };
        match event {
            Event::DocumentStart(_) => documents += 1,
            Event::Scalar(value, _, anchor, tag) => {
                nodes += 1;
                if tag.is_some() || !enter(&mut open, Some(&value)) {
                    return false;
                }
                anchors.insert(anchor, (1, 0));
            }
            Event::Alias(anchor) => {
                let Some((size, height)) = anchors.get(&anchor).copied() else { return false };
                nodes += size;
                if !enter(&mut open, None) || open.len() + height > DEEPEST {
                    return false;
                }
                raise(&mut open, height);
            }
            Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => return false,
            Event::SequenceStart(anchor, None) => {
                if !start(&mut open, anchor, nodes, None) {
                    return false;
                }
                nodes += 1;
            }
            Event::MappingStart(anchor, None) => {
                if !start(&mut open, anchor, nodes, Some(BTreeSet::new())) {
                    return false;
                }
                nodes += 1;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(done) = open.pop() else { return false };
                anchors.insert(done.anchor, (nodes - done.nodes_before, done.height));
                raise(&mut open, done.height);
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        if nodes > MOST_NODES || documents > 1 {
            return false;
        }
    }
    true
}

/// Opens a mapping (with `keys`) or a sequence.
fn start(open: &mut Vec<Open>, anchor: usize, nodes_before: usize, keys: Option<BTreeSet<String>>) -> bool {
    let fits = enter(open, None) && open.len() < DEEPEST;
    let key_next = keys.is_some();
    open.push(Open { anchor, nodes_before, height: 1, keys, key_next });
    fits
}

/// A node begins inside the innermost open one: as a mapping's key it must be a scalar that is new there.
fn enter(open: &mut [Open], scalar: Option<&str>) -> bool {
    let Some(Open { keys: Some(keys), key_next, .. }) = open.last_mut() else { return true };
    let is_key = *key_next;
    *key_next = !is_key;
    if !is_key {
        return true;
    }
    scalar.is_some_and(|key| keys.insert(key.to_owned()))
}

/// The innermost open node now holds something of this height.
fn raise(open: &mut [Open], height: usize) {
    if let Some(parent) = open.last_mut() {
        parent.height = parent.height.max(height + 1);
    }
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
            "? [a]\n: b",
            "a: 1\n---\nb: 2",
            "a: &x [*x]",
            "a: *x",
            "a: [",
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
    fn bounds_depth_with_and_without_aliases() {
        let deep = |levels: usize| format!("{}x{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&deep(30)).is_some());
        assert!(read(&deep(40)).is_none());
        assert!(read(&format!("a: &a {}\nb: *a", deep(20))).is_some());
        assert!(read(&format!("a: &a {}\nb: {}*a{}", deep(20), "[".repeat(20), "]".repeat(20))).is_none());
    }
}
