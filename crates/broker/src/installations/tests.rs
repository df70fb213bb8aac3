use std::sync::Mutex;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use serde_json::json;

use super::*;
use crate::fake_github;

const OWNER: &str = "octo-org";

/// Installations before a GitHub that answers a look-up with the status that is set: 200 is an installation with a
/// tag, and 304 if that tag is known.
struct Stage {
    installations: Installations,
    status: Arc<Mutex<u16>>,
    told: Arc<Mutex<Vec<u16>>>,
}

impl Stage {
    async fn start() -> Self {
        let (status, told) = (Arc::new(Mutex::new(200)), Arc::new(Mutex::new(Vec::new())));
        let handler = {
            let (status, told) = (Arc::clone(&status), Arc::clone(&told));
            async move |headers: HeaderMap| {
                let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == "\"1\"");
                let status = match *status.lock().unwrap() {
                    200 if is_known => 304,
                    status => status,
                };
                told.lock().unwrap().push(status);
                let body = json!({
                    "id": 1, "account": {"id": 9919, "login": OWNER}, "repository_selection": "all",
                    "permissions": {"contents": "read"},
                });
                let status = StatusCode::from_u16(status).unwrap();
                (status, [(header::ETAG, "\"1\"")], axum::Json(body)).into_response()
            }
        };
        let github = fake_github::start(Router::new().fallback(handler)).await;
        Self { installations: Installations::new(github), status, told }
    }

    async fn look_up(&self) -> Result<Option<Arc<Installed>>, Failed> {
        self.installations.look_up(&OWNER.parse().unwrap()).await
    }

    fn known(&self) -> Option<Arc<Installed>> {
        self.installations.known(&"Octo-Org".parse().unwrap())
    }

    fn set(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    fn told(&self) -> Vec<u16> {
        self.told.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn an_installation_is_known_for_a_while_and_then_revalidated() {
    let stage = Stage::start().await;
    assert!(stage.known().is_none());
    let found = stage.look_up().await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&stage.known().unwrap(), &found));
    tokio::time::pause();
    tokio::time::advance(LIFETIME).await;
    tokio::time::resume();
    assert!(stage.known().is_none());
    assert!(Arc::ptr_eq(&stage.look_up().await.unwrap().unwrap(), &found));
    assert!(Arc::ptr_eq(&stage.known().unwrap(), &found));
    assert_eq!(stage.told(), [200, 304]);
}

#[tokio::test]
async fn that_there_is_none_is_not_remembered() {
    for status in [404, 301] {
        let stage = Stage::start().await;
        stage.look_up().await.unwrap();
        stage.set(status);
        assert!(stage.look_up().await.unwrap().is_none());
        assert!(stage.known().is_none());
        stage.set(200);
        assert!(stage.look_up().await.unwrap().is_some());
        assert_eq!(stage.told(), [200, status, 200]);
    }
}

#[tokio::test]
async fn a_failure_is_not_none() {
    let stage = Stage::start().await;
    stage.look_up().await.unwrap();
    for status in [302, 401, 403, 429] {
        stage.set(status);
        assert!(stage.look_up().await.is_err(), "{status}");
        // It may still serve for what minting confirms.
        assert!(stage.known().is_some());
    }
}
