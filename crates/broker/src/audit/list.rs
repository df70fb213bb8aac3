//! Lists in audit events: whole, unless they are endless.

use serde::Serialize;
use serde_json::Value;

/// The most that one list may take up, in bytes. Every receiver of a CloudEvent takes 64 KiB.
const MAX_BYTES: usize = 32 * 1024;

/// A list, as far as there was room for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct List {
    pub(crate) entries: Vec<Value>,
    /// How many there was no room for.
    pub(crate) omitted: usize,
}

/// As many of the first entries as there is room for.
pub(crate) fn bounded<T: Serialize>(all: &[T]) -> List {
    let (mut entries, mut bytes) = (Vec::new(), 0);
    for entry in all {
        let Ok(value) = serde_json::to_value(entry) else { break };
        bytes += value.to_string().len();
        if bytes > MAX_BYTES {
            break;
        }
        entries.push(value);
    }
    let omitted = all.len() - entries.len();
    List { entries, omitted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_an_end() {
        assert_eq!(bounded(&["a", "b"]), List { entries: vec!["a".into(), "b".into()], omitted: 0 });
        let long = bounded(&vec!["x".repeat(998); 40]);
        assert_eq!((long.entries.len(), long.omitted), (32, 8));
    }
}
