//! How a case and its base become one scenario.

use serde_json::{Map, Value};

/// Longest text or list that a case may generate, in units of its parts.
const MOST_TIMES: u64 = 1_000_000;

/// Lays `over` upon `base`: mappings merge, everything else replaces, `null` removes.
pub fn merge(base: Value, over: Value) -> Value {
    match (base, over) {
        (base, Value::Null) => base,
        (Value::Object(mut base), Value::Object(over)) if special(&over).is_none() => {
            for (key, value) in over {
                match base.remove(&key) {
                    _ if value.is_null() => {}
                    Some(held) => drop(base.insert(key, merge(held, value))),
                    None => drop(base.insert(key, merge(Value::Object(Map::new()), value))),
                }
            }
            Value::Object(base)
        }
        (_, over) => over,
    }
}

/// Replaces every `{literal: …}` and `{generate: …}` by what it stands for.
pub(super) fn expand(value: Value) -> Result<Value, String> {
    match value {
        Value::Object(fields) => match special(&fields) {
            Some(("literal", value)) => Ok(value.clone()),
            Some((_, recipe)) => generate(recipe),
            None => {
                let fields = fields.into_iter().map(|(key, value)| Ok((key, expand(value)?)));
                fields.collect::<Result<Map<_, _>, String>>().map(Value::Object)
            }
        },
        Value::Array(list) => list.into_iter().map(expand).collect(),
        other => Ok(other),
    }
}

/// Puts values, as JSON, in place of their names in the policies; every name must occur.
pub(super) fn fill(scenario: &mut Value, values: Map<String, Value>) -> Result<(), String> {
    for (name, value) in values {
        let place = format!("<{name}>");
        let text = expand(value)?.to_string();
        let mut filled = false;
        for policy in policies(scenario) {
            if let Value::String(policy) = policy
                && policy.contains(&place)
            {
                *policy = policy.replace(&place, &text);
                filled = true;
            }
        }
        if !filled {
            return Err(format!("no policy has a place for `{name}`"));
        }
    }
    Ok(())
}

/// The texts of all policies of a scenario.
fn policies(scenario: &mut Value) -> Vec<&mut Value> {
    let Value::Object(fields) = scenario else { return Vec::new() };
    let mut found = Vec::new();
    for (key, value) in fields.iter_mut() {
        match (key.as_str(), value) {
            ("owner_policy", policy) => found.push(policy),
            ("repository_policies", Value::Object(policies)) => found.extend(policies.values_mut()),
            _ => {}
        }
    }
    found
}

/// The key and value of a mapping that stands for something else.
fn special(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (key, value) = fields.iter().next()?;
    (fields.len() == 1 && matches!(key.as_str(), "literal" | "generate")).then_some((key.as_str(), value))
}

fn generate(recipe: &Value) -> Result<Value, String> {
    if let Value::Array(parts) = recipe {
        return parts.iter().map(part).collect::<Result<String, String>>().map(Value::String);
    }
    let (text, times) = repetition(recipe, "list")?;
    Ok((1..=times).map(|number| Value::String(text.replace("{n}", &number.to_string()))).collect())
}

fn part(part: &Value) -> Result<String, String> {
    match part {
        Value::String(text) => Ok(text.clone()),
        other => {
            let (text, times) = repetition(other, "repeat")?;
            Ok((0..times).map(|_| text).collect())
        }
    }
}

fn repetition<'a>(recipe: &'a Value, key: &str) -> Result<(&'a str, u64), String> {
    let text = recipe.get(key).and_then(Value::as_str);
    let times = recipe.get("times").and_then(Value::as_u64).filter(|times| *times <= MOST_TIMES);
    text.zip(times).ok_or_else(|| format!("expected {{{key}, times}}, found `{recipe}`"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{expand, fill, merge};

    #[test]
    fn mappings_merge_lists_replace_and_null_removes() {
        let base = json!({"a": {"b": 1, "c": 2}, "d": [1, 2], "e": 3});
        let over = json!({"a": {"c": null, "f": 4}, "d": [3], "e": null});
        assert_eq!(merge(base, over), json!({"a": {"b": 1, "f": 4}, "d": [3]}));
    }

    #[test]
    fn a_literal_null_stays() {
        let merged = merge(json!({"a": {"x": 1}}), json!({"a": {"literal": null}}));
        assert_eq!(expand(merged), Ok(json!({"a": null})));
    }

    #[test]
    fn generates_long_texts_and_lists() {
        let recipe = json!({"generate": ["<", {"repeat": "ab", "times": 2}, ">"]});
        assert_eq!(expand(recipe), Ok(json!("<abab>")));
        let recipe = json!({"generate": {"list": "r-{n}", "times": 2}});
        assert_eq!(expand(recipe), Ok(json!(["r-1", "r-2"])));
        assert!(expand(json!({"generate": {"times": 2}})).is_err());
    }

    #[test]
    fn fills_policies_and_refuses_a_name_without_a_place() {
        let mut scenario =
            json!({"owner_policy": "x: <x>", "repository_policies": {"r": "y: <x>"}, "now": "<x>"});
        let values = |name: &str| json!({ name: ["a"] }).as_object().cloned().unwrap_or_default();
        assert_eq!(fill(&mut scenario, values("x")), Ok(()));
        let want =
            json!({"owner_policy": "x: [\"a\"]", "repository_policies": {"r": "y: [\"a\"]"}, "now": "<x>"});
        assert_eq!(scenario, want);
        assert!(fill(&mut scenario, values("z")).is_err());
    }
}
