//! An answer without a token: the broker's words, the caller's subjects, and what to do.

use github_types::Claims;
use serde_json::Value;

use super::{Answer, Outcome};
use crate::denial::one_line;
use crate::hint;
use crate::subject::effective_subjects;

/// The line of a denial's message behind which the caller's subjects stand, a line each.
const SUBJECTS: &str = "Effective OIDC token subjects:";
/// The most subjects that are shown.
const MOST: usize = 100;

/// Judges an answer of any status but 200.
pub(super) fn settle(answer: &Answer) -> Outcome {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
    // SECURITY: nothing else of the body is repeated: an answer of an unexpected kind may hold a token.
    let told = text("message").or_else(|| text("error"));
    // A gateway answers with this status, too, by a page or by JSON of its own; it knows no policies.
    let is_brokers = ["status", "requestId", "issues"].iter().any(|key| body.get(key).is_some());
    let is_denial = answer.status == 403 && told.is_some() && is_brokers;
    let message = match told {
        Some(message) if answer.status == 403 && !is_denial => format!("{message}\n{}", no_broker(403)),
        Some(message) if answer.status == 404 => {
            format!("{message}\n`app-server` is the broker's base URL: `/access_tokens` is added to it")
        }
        Some(message) => message,
        None => no_broker(answer.status).to_owned(),
    };
    let (status, request_id) = (answer.status, text("requestId"));
    if !is_denial {
        let (subjects, hint) = (Vec::new(), None);
        return Outcome::Refused { status, is_denial, message, subjects, hint, request_id };
    }
    let claims = answer.claims.as_ref().and_then(|claims| Claims::new(claims).ok());
    let hint = hint::of_denial(&answer.request, &body, claims.as_ref());
    let (message, told) = apart(&message);
    let subjects = told.or_else(|| claims.as_ref().map(effective_subjects)).unwrap_or_default();
    let subjects = subjects.iter().take(MOST).map(|subject| one_line(subject)).collect();
    Outcome::Refused { status, is_denial, message, subjects, hint, request_id }
}

/// What to say of an answer without a broker's words.
fn no_broker(status: u16) -> &'static str {
    match status {
        401 | 403 => {
            "the answer is not one of a broker's: is `app-server` the URL of your broker, and does what stands before it \
             let this job through?"
        }
        _ => "the answer is not one of a broker's: is `app-server` the URL of your broker?",
    }
}

/// A denial's message, and the subjects at its end, if there are any.
fn apart(message: &str) -> (String, Option<Vec<String>>) {
    let lines: Vec<&str> = message.lines().collect();
    let Some(at) = lines.iter().rposition(|line| *line == SUBJECTS) else {
        return (message.to_owned(), None);
    };
    let (before, after) = lines.split_at(at);
    let subjects: Option<Vec<String>> =
        after.iter().skip(1).map(|line| line.strip_prefix("- ").map(str::to_owned)).collect();
    match subjects {
        Some(subjects) if !subjects.is_empty() && !before.is_empty() => (before.join("\n"), Some(subjects)),
        _ => (message.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settled(status: u16, message: &str, claims: &Value) -> Value {
        let answer = json!({
            "request": {"permissions": {"contents": "write"}}, "repository": "octo-org/app", "status": status,
            "body": json!({"status": status, "message": message}).to_string(), "claims": claims,
        });
        serde_json::to_value(settle(&serde_json::from_value(answer).unwrap())).unwrap()
    }

    fn claims() -> Value {
        json!({"sub": "repo:octo-org/app:pull_request", "repository": "octo-org/app", "repository_owner": "octo-org",
            "event_name": "pull_request"})
    }

    #[test]
    fn takes_the_subjects_out_of_the_words_of_a_denial() {
        let message =
            "Issues:\n- octo-org/app:\n  - no\nEffective OIDC token subjects:\n- repo:a:b\n- repo:c:d";
        let refusal = settled(403, message, &claims());
        assert_eq!(refusal["message"], "Issues:\n- octo-org/app:\n  - no");
        assert_eq!(refusal["subjects"], json!(["repo:a:b", "repo:c:d"]));
        assert_eq!(settled(400, message, &claims())["message"], message);
    }

    #[test]
    fn derives_the_subjects_where_the_broker_does_not_tell_them() {
        for message in
            ["no", "Issues:\nEffective OIDC token subjects:\n- a\nb", "Effective OIDC token subjects:\n- a"]
        {
            let refusal = settled(403, message, &claims());
            assert_eq!(refusal["message"], message);
            assert_eq!(refusal["subjects"], json!(["repo:octo-org/app:pull_request"]), "{message}");
        }
        assert_eq!(settled(403, "no", &json!({})).get("subjects"), None);
    }

    #[test]
    fn gives_no_advice_on_policies_where_no_broker_answered() {
        let body = |body: &str| {
            let request = json!({"permissions": {"contents": "write"}});
            let answer = json!({"request": request, "status": 403, "body": body, "claims": claims()});
            serde_json::to_value(settle(&serde_json::from_value(answer).unwrap())).unwrap()
        };
        for page in ["<html>Forbidden</html>", "", "{}", "{\"message\": 1}", "[\"message\"]"] {
            let message = "the answer is not one of a broker's: is `app-server` the URL of your broker, and does what stands \
                 before it let this job through?";
            assert_eq!(body(page), json!({"kind": "refused", "status": 403, "message": message}), "{page}");
        }
        for told in ["{\"message\": \"Forbidden\"}", "{\"error\": \"Forbidden\"}"] {
            let message = "Forbidden\nthe answer is not one of a broker's: is `app-server` the URL of your broker, and does \
                 what stands before it let this job through?";
            assert_eq!(body(told), json!({"kind": "refused", "status": 403, "message": message}), "{told}");
        }
        let denial = body("{\"error\": \"Forbidden\", \"requestId\": \"r-1\"}");
        assert_eq!((&denial["message"], &denial["isDenial"]), (&json!("Forbidden"), &json!(true)));
        assert!(denial["hint"].is_string() && denial["subjects"].is_array());
    }
}
