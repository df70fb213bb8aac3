//! The gate and `serde_yaml` see the same document, or it is refused.

use policy::gate::{GateProblem, Node, NodeKind, admit};
use proptest::prelude::*;
use serde_yaml::Value;

use crate::yaml_text::{any_text, soup, spoiled_policy};

fn settings() -> ProptestConfig {
    ProptestConfig { cases: 8_000, failure_persistence: None, ..ProptestConfig::default() }
}

/// What differs between the tree of places and the tree of meanings.
fn difference(node: &Node, value: &Value) -> Option<String> {
    match (&node.kind, value) {
        (NodeKind::Scalar(_), Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => None,
        (NodeKind::Sequence(nodes), Value::Sequence(values)) if nodes.len() == values.len() => {
            nodes.iter().zip(values).find_map(|(node, value)| difference(node, value))
        }
        (NodeKind::Mapping(entries), Value::Mapping(fields)) if entries.len() == fields.len() => {
            entries.iter().zip(fields).find_map(|((text, _, node), (key, value))| {
                let same =
                    key.as_str().is_none_or(|key| key == text) && !key.is_mapping() && !key.is_sequence();
                if same { difference(node, value) } else { Some(format!("key `{text}`: {key:?}")) }
            })
        }
        (kind, value) => Some(format!("{kind:?}: {value:?}")),
    }
}

/// Trees as a policy might have them.
fn tree() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z*:/${}-]{0,12}",
        "[ -~]{0,12}",
        Just("null".to_owned()),
        Just("1".to_owned()),
        Just("é".to_owned())
    ];
    let leaf = prop_oneof![
        text.clone().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..6).prop_map(|fields| {
                Value::Mapping(fields.into_iter().map(|(key, value)| (Value::from(key), value)).collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn what_passes_is_what_serde_yaml_reads(text in prop_oneof![soup(), spoiled_policy(), any_text()]) {
        let read: Result<Value, _> = serde_yaml::from_str(&text);
        match admit(&text) {
            Ok(document) => {
                prop_assert_eq!(Some(&document.value), read.as_ref().ok());
                prop_assert_eq!(difference(&document.node, &document.value), None);
            }
            // SECURITY: this is the net below the gate; it may refuse, but nothing else can.
            Err(error) if error.problem == GateProblem::Ambiguous => {}
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn what_a_program_writes_passes_and_is_read_back(tree in tree()) {
        for text in [serde_yaml::to_string(&tree).unwrap(), serde_json::to_string(&tree).unwrap()] {
            match admit(&text) {
                Ok(document) => prop_assert_eq!(&document.value, &tree, "{}", text),
                Err(error) => prop_assert!(
                    matches!(error.problem, GateProblem::Empty),
                    "{}: {:?}", text, error
                ),
            }
        }
    }
}
