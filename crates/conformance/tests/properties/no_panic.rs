//! No input panics.

use conformance::case::base;
use policy::gate::admit;
use policy::hint::of_denial;
use policy::inputs::{Inputs, Job, prepare};
use policy::parse::{parse_owner_policy, parse_repository_policy};
use policy::pattern::{Pattern, PatternKind, PatternSet, expand};
use policy::request::TokenRequest;
use policy::scenario::simulate;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::yaml_text::any_text;

fn settings() -> ProptestConfig {
    ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() }
}

/// JSON of every shape, with the names that matter among its own.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        any::<String>(),
        proptest::sample::select(vec![
            "owner",
            "repositories",
            "permissions",
            "scope",
            "dry_run",
            "contents",
            "token",
            "issues",
            "message",
            "sub",
            "repository",
            "repository_owner",
            "ref",
            "effective_subjects",
            "expires_at",
            "code",
            "level",
            "requestId",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        name.clone().prop_map(Value::from),
        Just(json!("ALL")),
        Just(json!("octo-org/app")),
        Just(json!("write")),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn no_text_panics_as_a_policy(text in any_text()) {
        let repository = "octo-org/website".parse().unwrap();
        let owner = "octo-org/.github-access-token".parse().unwrap();
        let parsed = parse_repository_policy(&text, &repository);
        prop_assert!(parsed.policy.is_some() || !parsed.diagnostics.is_empty());
        let parsed = parse_owner_policy(&text, &owner);
        prop_assert!(parsed.policy.is_some() || !parsed.diagnostics.is_empty());
        drop(admit(&text));
    }

    #[test]
    fn no_text_panics_as_a_pattern(text in any_text(), subject in any_text()) {
        for form in expand(&text, &"octo-org/website".parse().unwrap()).iter().chain([&text]) {
            for kind in [PatternKind::Subject, PatternKind::Claim("ref"), PatternKind::Claim("actor")] {
                let Ok(pattern) = Pattern::new(form, kind) else { continue };
                let set = match kind {
                    PatternKind::Subject => PatternSet::of_subjects([&pattern]),
                    PatternKind::Claim(name) => PatternSet::of_claims([(name, &pattern)], 0),
                };
                let set = set.unwrap();
                prop_assert!(set.matches_subject(&subject).len() <= 1);
                prop_assert!(set.matches_claim("ref", &subject).len() <= 1);
            }
        }
    }

    #[test]
    fn no_inputs_panic(texts in prop::array::uniform12(any_text()), repository in proptest::option::of(any_text())) {
        let [permissions, repository_input, repositories, owner, app_server, scope, skip_token_revoke, rest @ ..] = texts;
        let [dry_run, if_unavailable, wait_until_ready, refresh, id] = rest;
        let inputs = Inputs {
            permissions, repository: repository_input, repositories, owner, app_server, scope, skip_token_revoke,
            dry_run, if_unavailable, wait_until_ready, refresh, id,
        };
        if let Err(problems) = prepare(&inputs, &Job { repository }) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn no_body_panics_as_a_request(body in any_json()) {
        drop(TokenRequest::read(&body, &"octo-org/app".parse().unwrap()));
    }

    #[test]
    fn no_answer_panics(request in any_json(), body in prop_oneof![any_json().prop_map(|body| body.to_string()), any_text()], status in any::<u16>()) {
        let as_json: Value = serde_json::from_str(&body).unwrap_or_default();
        drop(of_denial(&request, &as_json, None));
        let answer = json!({"request": request, "repository": "octo-org/app", "status": status, "body": body});
        drop(policy::answer::settle(&serde_json::from_value(answer).unwrap()));
    }

    #[test]
    fn no_claims_panic(claims in prop::collection::vec((any::<String>(), any_json()), 0..8), known in any_json()) {
        let mut scenario = base().unwrap();
        let mut claims: Map<String, Value> = claims.into_iter().collect();
        if let Value::Object(known) = known {
            claims.extend(known);
        }
        for (name, value) in scenario["claims"].as_object().unwrap() {
            claims.entry(name.clone()).or_insert_with(|| value.clone());
        }
        scenario["claims"] = Value::Object(claims);
        drop(simulate(&serde_json::from_value(scenario).unwrap()));
    }
}
