//! The answer to a dry run: a decision, and never a token.

use serde_json::Value;

use super::Outcome;

/// The most reasons that are shown.
const MOST: usize = 100;

/// Judges an answer of status 200.
pub(super) fn settle(body: &str) -> Outcome {
    let malformed = |message: &str| Outcome::Malformed { message: message.to_owned() };
    let Ok(body) = serde_json::from_str::<Value>(body) else {
        return super::no_json(body);
    };
    // A server that does not know dry runs may have made a token.
    if let Some(token) = body.get("token").and_then(Value::as_str).filter(|token| !token.trim().is_empty()) {
        let message =
            "the broker made a token although only its decision was asked for: it knows no dry runs";
        return Outcome::Mismatch { token: token.to_owned(), message: message.to_owned() };
    }
    if body.get("granted") != Some(&Value::Bool(true)) {
        return malformed("the broker's answer does not say whether it would grant the request");
    }
    match body.get("by").and_then(Value::as_array) {
        Some(by) if !by.is_empty() => {
            Outcome::WouldGrant { reasons: by.iter().take(MOST).map(reason).collect() }
        }
        _ => malformed("the broker's answer does not say what would grant the request"),
    }
}

/// `contents: write on website: statement 1 in the policy of octo-org/website, …`.
fn reason(grant: &Value) -> String {
    let text = |key: &str| grant.get(key).and_then(Value::as_str);
    let word = |key: &str| text(key).unwrap_or("?");
    let place = text("repository").map_or_else(String::new, |name| format!(" on {name}"));
    let number =
        grant.get("statement").and_then(Value::as_u64).map_or_else(|| "?".to_owned(), |n| n.to_string());
    let words = text("description").map_or_else(String::new, |words| format!(" ({words})"));
    let (subject, pattern) = (word("subject"), word("pattern"));
    let matched = if subject == pattern {
        format!("by the subject {subject}")
    } else {
        format!("by the pattern {pattern}, which matches {subject}")
    };
    format!(
        "{}: {}{place}: statement {number}{words} in the policy of {}, {matched}",
        word("permission"),
        word("level"),
        word("policy")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settled(body: &Value) -> Value {
        serde_json::to_value(settle(&body.to_string())).unwrap()
    }

    #[test]
    fn says_what_grants_each_part() {
        let body = json!({"granted": true, "by": [
            {"permission": "contents", "level": "write", "repository": "website", "policy": "octo-org/website",
             "statement": 1, "subject": "repo:octo-org/app:ref:refs/heads/main", "pattern": "repo:octo-org/app:ref:refs/heads/*"},
            {"permission": "members", "level": "read", "policy": "octo-org/.github-access-token", "statement": 2,
             "description": "ops", "subject": "repo:octo-org/app:pull_request", "pattern": "repo:octo-org/app:pull_request"},
        ]});
        assert_eq!(
            settled(&body),
            json!({"kind": "wouldGrant", "reasons": [
                "contents: write on website: statement 1 in the policy of octo-org/website, by the pattern \
                 repo:octo-org/app:ref:refs/heads/*, which matches repo:octo-org/app:ref:refs/heads/main",
                "members: read: statement 2 (ops) in the policy of octo-org/.github-access-token, by the subject \
                 repo:octo-org/app:pull_request",
            ]})
        );
    }

    #[test]
    fn is_a_mistake_with_a_token_or_without_a_decision() {
        assert_eq!(settled(&json!({"token": "ghs_x", "granted": true}))["kind"], "mismatch");
        assert_eq!(settled(&json!({"token": "ghs_x"}))["token"], "ghs_x");
        for body in [json!({}), json!([]), json!(null), json!({"granted": false}), json!({"granted": "true"})]
        {
            assert_eq!(settled(&body)["kind"], "malformed", "{body}");
        }
        for by in [json!([]), json!(null), json!("statement 1")] {
            let message = "the broker's answer does not say what would grant the request";
            let malformed = json!({"kind": "malformed", "message": message});
            assert_eq!(settled(&json!({"granted": true, "by": by})), malformed);
        }
        assert_eq!(serde_json::to_value(settle("{")).unwrap()["kind"], "malformed");
    }
}
