//! A sandbox to test on, and a client that does everything right unless a test bends it.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use sandbox::{Installation, Level, Options, Owner, Repository, Sandbox, World};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

/// A sandbox with a client.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    client: Client,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) async fn of(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in `{}`", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and message of a refusal, after a look at the rest of it.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, String) {
        let body = self.json();
        assert_eq!(body["status"], self.status.as_str());
        assert!(body["documentation_url"].as_str().unwrap().starts_with("https://docs.github.com/rest"));
        (self.status.as_u16(), body["message"].as_str().unwrap().to_owned())
    }
}

/// The world that most tests use.
pub(crate) fn world() -> World {
    let installation = Installation::new()
        .id(1)
        .permission("actions", Level::Write)
        .permission("contents", Level::Write)
        .permission("secrets", Level::Write)
        .permission("single_file", Level::Write)
        .permission("workflows", Level::Write)
        .single_file_paths(["access-token.yaml", ".github/access-token.yaml"]);
    let website = Repository::private()
        .id(42)
        .file("README.md", "# website\n")
        .file("docs/plan.md", "hello\n")
        .file("docs/more/notes.md", "more\n")
        .file(".github/access-token.yaml", "origin: octo-org/website\n")
        .file(".github/workflows/deploy.yml", "on: workflow_dispatch\n")
        .file(".github/workflows/push.yml", "on: push\n");
    let owner = Owner::organization()
        .id(9919)
        .installation(installation)
        .repository("website", website)
        .repository("docs", Repository::public().id(43).file("README.md", "# docs\n"))
        .repository("empty", Repository::private().id(44));
    World::new().owner("octo-org", owner).owner("octocat", Owner::user().id(583_231))
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::on(world()).await
    }

    pub(crate) async fn on(world: World) -> Self {
        Self::with(Options::new(world)).await
    }

    /// The keys are the same in all tests, since making them takes longer than most tests.
    pub(crate) async fn with(options: Options) -> Self {
        static KEYS: OnceCell<PathBuf> = OnceCell::const_new();
        let keys = KEYS.get_or_init(|| async {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox-keys");
            let options = Options { state: Some(path.clone()), ..Options::new(World::new()) };
            Sandbox::start(options).await.unwrap().shutdown().await;
            path
        });
        let options = Options { state: Some(keys.await.clone()), ..options };
        Self { sandbox: Sandbox::start(options).await.unwrap(), client: Client::new() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url =
            if path.starts_with('/') { format!("{}{path}", self.sandbox.url()) } else { path.to_owned() };
        self.client.request(method, url).header("user-agent", "octocat")
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Reply {
        Reply::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, credential: &str) -> Reply {
        self.send(self.with_credential(Method::GET, path, credential)).await
    }

    pub(crate) async fn post(&self, path: &str, credential: &str, body: &Value) -> Reply {
        self.send(self.with_credential(Method::POST, path, credential).body(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, credential: &str, body: &Value) -> Reply {
        self.send(self.with_credential(Method::PUT, path, credential).body(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str, credential: &str) -> Reply {
        self.send(self.with_credential(Method::DELETE, path, credential)).await
    }

    pub(crate) fn with_credential(&self, method: Method, path: &str, credential: &str) -> RequestBuilder {
        let request = self.request(method, path);
        if credential.is_empty() {
            request
        } else {
            request.header("authorization", format!("Bearer {credential}"))
        }
    }

    /// The JWT of an App that does everything right.
    pub(crate) fn app_jwt(&self) -> String {
        self.sign(&json!({"alg": "RS256", "typ": "JWT"}), &app_claims())
    }

    /// Anything, signed with the App's key.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let der: String =
            self.sandbox.app_private_key_pem().lines().filter(|line| !line.starts_with('-')).collect();
        let key = KeyPair::from_der(&STANDARD.decode(der).unwrap()).unwrap();
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", encode(header), encode(claims));
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Mints a token and returns it.
    pub(crate) async fn token(&self, body: Value) -> String {
        let reply = self.post("/app/installations/1/access_tokens", &self.app_jwt(), &body).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.json()["token"].as_str().unwrap().to_owned()
    }

    /// A token with these permissions in these repositories.
    pub(crate) async fn token_for(&self, repositories: &[&str], permissions: Value) -> String {
        self.token(json!({"repositories": repositories, "permissions": permissions})).await
    }

    /// Orders a fault.
    pub(crate) async fn order(&self, order: Value) {
        let reply = self.post("/sandbox/faults", "", &order).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
    }
}

/// The claims of an App's JWT that is good.
pub(crate) fn app_claims() -> Value {
    json!({"iss": "12345", "iat": now() - 60, "exp": now() + 540})
}

/// Seconds since 1970; the sandbox compares times with the machine's clock.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}
