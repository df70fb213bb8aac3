//! Whether a verdict is the one a case wants.

use serde_json::{Map, Value};

/// Fields of an issue that are compared; its message is free.
const COMPARED: [&str; 6] = ["owner", "repository", "permission", "level", "path", "code"];

/// What differs between the wanted and the actual answer, as sentences; empty: nothing.
///
/// A wanted answer has one of `granted`, `denied`, `bad_request`, `unauthenticated`; more fields (`effective_subjects`,
/// `owner`, `repositories`, `permissions`) are compared exactly. Issues are compared as a set, without their messages.
/// Of `bad_request: [TEXT, …]` every text must occur in some problem.
pub fn differences(want: &Value, verdict: &Value) -> Vec<String> {
    let Some(want) = want.as_object() else { return vec!["`want` is not a mapping".to_owned()] };
    let kinds = ["granted", "denied", "bad_request", "unauthenticated"];
    if !kinds.iter().any(|kind| want.contains_key(*kind)) {
        return vec!["`want` has no answer".to_owned()];
    }
    want.iter()
        .filter_map(|(field, want)| {
            let actual = verdict.get(field);
            let same = match (field.as_str(), want, actual) {
                (_, _, None) => false,
                ("denied", want, Some(actual)) => issues(want) == issues(actual),
                ("bad_request" | "unauthenticated", Value::Bool(true), Some(_)) => true,
                ("bad_request", Value::Array(fragments), Some(problems)) => all_occur(fragments, problems),
                (_, want, Some(actual)) => want == actual,
            };
            (!same).then(|| format!("{field}: want {want}, got {}", actual.unwrap_or(verdict)))
        })
        .collect()
}

/// A verdict as it is wanted of other engines: the same in all but the words.
pub fn comparable(mut verdict: Value) -> Value {
    for words in ["bad_request", "unauthenticated"] {
        if let Some(words) = verdict.get_mut(words) {
            *words = Value::Bool(true);
        }
    }
    verdict
}

/// Issues without their messages, in an order of their own.
fn issues(issues: &Value) -> Option<Vec<String>> {
    let issues = issues.as_array()?.iter().map(|issue| {
        let fields = issue.as_object()?.iter().filter(|(key, _)| COMPARED.contains(&key.as_str()));
        let fields: Map<String, Value> = fields.map(|(key, value)| (key.clone(), value.clone())).collect();
        Some(Value::Object(fields).to_string())
    });
    let mut issues = issues.collect::<Option<Vec<String>>>()?;
    issues.sort();
    Some(issues)
}

fn all_occur(fragments: &[Value], problems: &Value) -> bool {
    let problems: Vec<&str> = problems.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let occurs = |fragment: &str| problems.iter().any(|problem| problem.contains(fragment));
    !problems.is_empty() && fragments.iter().all(|fragment| fragment.as_str().is_some_and(occurs))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::differences;

    #[test]
    fn issues_compare_as_a_set_without_messages() {
        let actual =
            json!({"denied": [{"owner": "o", "code": "a", "message": "m"}, {"owner": "o", "code": "b"}]});
        let same = json!({"denied": [{"owner": "o", "code": "b"}, {"owner": "o", "code": "a"}]});
        assert_eq!(differences(&same, &actual), Vec::<String>::new());
        let fewer = json!({"denied": [{"owner": "o", "code": "b"}]});
        assert_eq!(differences(&fewer, &actual).len(), 1);
    }

    #[test]
    fn every_fragment_must_occur_in_some_problem() {
        let actual = json!({"bad_request": ["unknown field `x`"]});
        assert!(differences(&json!({"bad_request": ["`x`"]}), &actual).is_empty());
        assert!(!differences(&json!({"bad_request": ["`x`", "`y`"]}), &actual).is_empty());
        assert!(!differences(&json!({"bad_request": true}), &json!({"granted": true})).is_empty());
    }

    #[test]
    fn further_fields_compare_exactly() {
        let actual = json!({"granted": true, "repositories": ["a", "b"]});
        assert!(differences(&json!({"granted": true, "repositories": ["a", "b"]}), &actual).is_empty());
        assert!(!differences(&json!({"granted": true, "repositories": ["b", "a"]}), &actual).is_empty());
        assert!(!differences(&json!({"repositories": ["a", "b"]}), &actual).is_empty());
    }
}
