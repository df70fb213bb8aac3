//! Answers, held against the description that the broker gives of itself: `GET /openapi.json`.

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::stage::{Answer, Stage};

/// The broker's description.
pub(crate) struct Contract {
    document: Value,
    /// The statuses of the answers that were held against it.
    statuses: Mutex<Vec<u16>>,
}

impl Contract {
    /// Asks a broker for its description.
    pub(crate) async fn load() -> Self {
        let stage = Stage::start().await;
        let broker = stage.broker(0).await;
        let answer = stage.client.get(format!("{}/openapi.json", broker.url)).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json");
        let mut document: Value = answer.json().await.unwrap();
        // Clients must bear with new fields, but those that there are must be described.
        for schema in document["components"]["schemas"].as_object_mut().unwrap().values_mut() {
            if schema.get("properties").is_some() {
                schema["additionalProperties"] = json!(false);
            }
        }
        Self { document, statuses: Mutex::default() }
    }

    /// The statuses of the answers so far, each once.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        let mut statuses = self.statuses.lock().unwrap().clone();
        statuses.sort_unstable();
        statuses.dedup();
        statuses
    }

    /// What about an answer is not as it is described.
    pub(crate) fn violations(&self, method: &str, path: &str, answer: &Answer) -> Vec<String> {
        self.statuses.lock().unwrap().push(answer.status);
        let Some(response) = self.response(method, path, answer.status) else {
            return vec![format!("{method} {path} {} is not described", answer.status)];
        };
        let mut wrong = Vec::new();
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            match answer.header(name) {
                None => wrong.push(format!("the header `{name}` is described and absent")),
                Some(text) => {
                    let number = text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number));
                    wrong.extend(self.differences(&header["schema"], &number));
                }
            }
        }
        let content_type = answer.header("content-type").and_then(|text| text.split(';').next());
        let content = &response["content"][content_type.unwrap_or_default()];
        if content.is_null() {
            wrong.push(format!("the content type {content_type:?} is not described"));
        } else if content_type == Some("application/json") {
            wrong.extend(self.differences(&content["schema"], &answer.json()));
        }
        wrong
    }

    /// What about the body of a request is not as it is described.
    pub(crate) fn violations_of_request(&self, body: &Value) -> Vec<String> {
        let operation = &self.document["paths"]["/access_tokens"]["post"];
        self.differences(&operation["requestBody"]["content"]["application/json"]["schema"], body)
    }

    fn response(&self, method: &str, path: &str, status: u16) -> Option<&Value> {
        let path = path.split('?').next().unwrap_or_default();
        let method = if method == "HEAD" { "get".to_owned() } else { method.to_ascii_lowercase() };
        let status = status.to_string();
        let responses = match self.document["paths"].get(path).map(|item| item.get(method)) {
            Some(Some(operation)) => &operation["responses"],
            // OpenAPI has no place for paths and methods that there are not.
            Some(None) if status == "405" => &self.document["components"]["responses"],
            None if status == "404" => &self.document["components"]["responses"],
            _ => return None,
        };
        let response = responses.get(&status)?;
        match response.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')),
            None => Some(response),
        }
    }

    fn differences(&self, schema: &Value, value: &Value) -> Vec<String> {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema],
            "components": self.document["components"],
        });
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors = validator.iter_errors(value);
        errors.map(|error| format!("not as described at `{}`: {error}", error.instance_path())).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_path_answers_as_described() {
    let contract = Contract::load().await;
    let stage = Stage::start().await;
    let broker = stage.broker(0).await;
    for (method, path, status) in [
        ("GET", "/", 200),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/access_tokens", 405),
        ("DELETE", "/readyz", 405),
        ("GET", "/metrics", 404),
        ("GET", "/nowhere", 404),
    ] {
        let request = stage.client.request(method.parse().unwrap(), format!("{}{path}", broker.url));
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        assert_eq!(contract.violations(method, path, &answer), Vec::<String>::new(), "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_not_as_described_is_found_out() {
    let contract = Contract::load().await;
    let headers = [("content-type", "application/json"), ("x-request-id", "a"), ("retry-after", "5")];
    let headers: Vec<(String, String)> =
        headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let sound = json!({"requestId": "a", "status": 503, "error": "Service Unavailable", "message": "later"});
    let violations = |change: &dyn Fn(&mut Answer, &mut Value)| {
        let (mut body, mut answer) =
            (sound.clone(), Answer { status: 503, headers: headers.clone(), text: String::new() });
        change(&mut answer, &mut body);
        answer.text = body.to_string();
        contract.violations("POST", "/access_tokens", &answer)
    };
    assert_eq!(violations(&|_, _| {}), Vec::<String>::new());
    assert!(!violations(&|_, body| body["status"] = json!(502)).is_empty());
    assert!(!violations(&|_, body| body["cause"] = json!("the disk")).is_empty());
    assert!(!violations(&|_, body| drop(body.as_object_mut().unwrap().remove("message"))).is_empty());
    assert!(!violations(&|answer, _| answer.headers.truncate(2)).is_empty());
    assert!(!violations(&|answer, _| answer.headers[2].1 = "soon".to_owned()).is_empty());
    assert!(!violations(&|answer, _| answer.status = 418).is_empty());
}
