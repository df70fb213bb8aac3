//! What is told of a request in which something is wrong, word by word.

#![cfg(test)]

use policy::request::TokenRequest;
use serde_json::{Map, Value, json};

fn problems(body: &Value) -> Vec<String> {
    TokenRequest::read(body, &"octo-org/app".parse().unwrap()).unwrap_err().problems
}

#[test]
fn of_a_body_full_of_problems_the_first_are_told_and_the_rest_is_counted() {
    let told = |count: usize| {
        let mut fields: Map<String, Value> = (0..count).map(|n| (format!("f{n}"), json!(1))).collect();
        fields.insert("permissions".to_owned(), json!({"contents": "read"}));
        let problems = problems(&Value::Object(fields));
        (problems.len(), problems.last().unwrap().clone())
    };
    assert!(told(50).1.starts_with("unknown field `f"));
    assert_eq!(told(50).0, 50);
    assert_eq!(told(51), (51, "and 1 more problems".to_owned()));
    assert_eq!(told(62), (51, "and 12 more problems".to_owned()));
    // Those that are costly to tell are counted like the others.
    let permissions: Map<String, Value> = (0..53).map(|n| (format!("p{n}"), json!("read"))).collect();
    let problems = problems(&json!({ "permissions": permissions }));
    assert_eq!((problems.len(), problems[50].as_str()), (51, "and 3 more problems"));
}

#[test]
fn says_what_stands_where_something_else_should() {
    for (value, found) in [
        (json!(null), "null"),
        (json!(true), "a boolean"),
        (json!(1), "a number"),
        (json!("a"), "a string"),
        (json!([]), "an array"),
    ] {
        assert_eq!(problems(&value), [format!("expected a JSON object, found {found}")]);
        assert_eq!(
            problems(&json!({ "permissions": value })),
            [format!("`permissions` must be an object, found {found}")]
        );
    }
    assert_eq!(
        problems(&json!({"permissions": {"contents": {}}})),
        ["the level of `contents` must be a string, found an object"]
    );
}

#[test]
fn a_request_is_for_at_most_thirty_two_repositories() {
    let body = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("r{n}")).collect();
        json!({"repositories": names, "permissions": {"contents": "read"}})
    };
    assert!(TokenRequest::read(&body(32), &"octo-org/app".parse().unwrap()).is_ok());
    assert_eq!(problems(&body(33)), ["`repositories` has 33 entries: expected at most 32"]);
}
