//! A world that changes under a broker that knows it.

use conformance::case::base;
use serde_json::{Value, json};

use crate::stage::{Answer, Broker, Stage};
use crate::token;

const OWNER: &str = "octo-org";
const OWNER_POLICY: &str = ".github-access-token";

/// A sandbox, a broker before it, and a caller.
pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) broker: Broker,
    pub(crate) request: Value,
    claims: Value,
    owners: Value,
}

/// A call that GitHub got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// Method and path.
    pub(crate) line: String,
    pub(crate) status: u64,
}

impl Call {
    /// Whether it counts against a rate limit of GitHub.
    pub(crate) fn costs(&self) -> bool {
        self.status != 304
    }
}

impl Scene {
    /// A world in which the caller is granted what it asks, and a broker that knows nothing yet.
    pub(crate) async fn start() -> Self {
        let scenario = base().unwrap();
        let mut installation = scenario["installation"].clone();
        let id = installation.as_object_mut().unwrap().remove("owner_id").unwrap();
        installation["id"] = json!(7001);
        let owners = json!({OWNER: {
            "id": id,
            "installation": installation,
            "repositories": {
                OWNER_POLICY: {"files": {"access-token.yaml": scenario["owner_policy"]}},
                "website": {"files": {".github/access-token.yaml": scenario["repository_policies"]["website"]}},
            },
        }});
        let stage = Stage::start().await;
        let broker = stage.broker(0).await;
        let (request, claims) = (scenario["request"].clone(), scenario["claims"].clone());
        let mut scene = Self { stage, broker, request, claims, owners };
        scene.change(|_| ());
        scene
    }

    /// The same, and the broker has given out a token.
    pub(crate) async fn warm() -> Self {
        let scene = Self::start().await;
        scene.granted().await;
        scene
    }

    /// Changes what there is of the owner.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.owners[OWNER]);
        let world = serde_json::from_value(json!({"owners": self.owners})).unwrap();
        self.stage.sandbox.replace_world(world).unwrap();
    }

    /// Writes a file of a repository, or removes it.
    pub(crate) fn write(&mut self, repository: &str, path: &str, text: Option<&str>) {
        self.change(|owner| {
            let files = owner["repositories"][repository]["files"].as_object_mut().unwrap();
            files.remove(path);
            files.extend(text.map(|text| (path.to_owned(), json!(text))));
        });
    }

    pub(crate) async fn ask(&self) -> Answer {
        let token = token::sound(&self.stage, &self.claims).await;
        self.stage.ask(&self.broker, &token, &self.request).await
    }

    /// Asks, and is granted.
    pub(crate) async fn granted(&self) -> Value {
        let answer = self.ask().await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// Asks, and is denied for that one reason.
    pub(crate) async fn denied(&self, code: &str) {
        let answer = self.ask().await;
        assert_eq!(answer.status, 403, "expected {code}: {}", answer.text);
        let issues = answer.json()["issues"].clone();
        let codes: Vec<&str> =
            issues.as_array().unwrap().iter().map(|issue| issue["code"].as_str().unwrap()).collect();
        assert_eq!(codes, [code], "{}", answer.text);
    }

    /// What GitHub was asked since the last time that this was asked, but for revocations and the issuer's keys.
    pub(crate) async fn calls(&self) -> Vec<Call> {
        let call = |request: Value| Call {
            line: format!("{} {}", request["method"].as_str().unwrap(), request["path"].as_str().unwrap()),
            status: request["status"].as_u64().unwrap_or_default(),
        };
        let requests = self.stage.take_requests().await.into_iter();
        let of_the_api = requests.filter(|request| request["auth"] != "none").map(call);
        of_the_api.filter(|call| !call.line.starts_with("DELETE ")).collect()
    }
}
