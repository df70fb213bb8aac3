use std::sync::Mutex;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{delete, get, post};
use serde_json::json;
use tokio_util::task::TaskTracker;

use super::*;
use crate::fake_github;
use crate::installations::Installations;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// Readers before a GitHub that mints whatever it is asked for, each token for an hour after `NOW`.
struct Stage {
    readers: Readers,
    installations: Installations,
    tasks: TaskTracker,
    /// The bodies of the mints, and the tokens that were revoked.
    seen: Arc<Mutex<(Vec<String>, Vec<String>)>>,
    paths: Arc<Mutex<Vec<&'static str>>>,
}

impl Stage {
    async fn start(mint_status: StatusCode) -> Self {
        let seen: Arc<Mutex<(Vec<String>, Vec<String>)>> = Arc::default();
        let paths = Arc::new(Mutex::new(vec!["a", "b"]));
        let look_up = {
            let paths = Arc::clone(&paths);
            async move || {
                let paths = paths.lock().unwrap().clone();
                axum::Json(json!({
                    "id": 1, "account": {"id": 9919, "login": "octo-org"}, "repository_selection": "all",
                    "permissions": {"single_file": "read"}, "single_file_paths": paths,
                }))
            }
        };
        let mint = {
            let seen = Arc::clone(&seen);
            async move |body: String| {
                let mut seen = seen.lock().unwrap();
                seen.0.push(body);
                let token = json!({
                    "token": format!("ghs_{}", seen.0.len()), "expires_at": "1970-01-01T01:00:00Z",
                    "permissions": {}, "repository_selection": "all",
                });
                (mint_status, axum::Json(token))
            }
        };
        let revoke = {
            let seen = Arc::clone(&seen);
            async move |headers: HeaderMap, _: Request| {
                let token = headers[header::AUTHORIZATION].to_str().unwrap().replace("Bearer ", "");
                seen.lock().unwrap().1.push(token);
                StatusCode::NO_CONTENT
            }
        };
        let routes = Router::new()
            .route("/users/{name}/installation", get(look_up))
            .route("/app/installations/{id}/access_tokens", post(mint))
            .route("/installation/token", delete(revoke));
        let github = fake_github::start(routes).await;
        let tasks = TaskTracker::new();
        let revoker = Revoker::new(Arc::clone(&github), tasks.clone());
        let readers = Readers::new(Arc::clone(&github), revoker);
        Self { readers, installations: Installations::new(github), tasks, seen, paths }
    }

    async fn installed(&self) -> Arc<Installed> {
        self.installations.look_up(&"octo-org".parse().unwrap()).await.unwrap().unwrap()
    }

    async fn get(&self, installed: &Arc<Installed>, need: Need, now: OffsetDateTime) -> Arc<Reader> {
        self.readers.get(installed, Shelf::SingleFiles, need, now).await.unwrap().unwrap()
    }

    fn mints(&self) -> usize {
        self.seen.lock().unwrap().0.len()
    }

    /// The tokens that are revoked by now.
    async fn revoked(&self) -> Vec<String> {
        self.tasks.close();
        self.tasks.wait().await;
        self.seen.lock().unwrap().1.clone()
    }
}

#[tokio::test]
async fn a_token_serves_until_shortly_before_its_end() {
    let stage = Stage::start(StatusCode::CREATED).await;
    let installed = stage.installed().await;
    for (minute, mints) in [(0, 1), (30, 1), (54, 1), (55, 2)] {
        stage.get(&installed, Need::Kept, NOW + time::Duration::minutes(minute)).await;
        assert_eq!(stage.mints(), mints, "minute {minute}");
    }
}

#[tokio::test]
async fn many_who_need_a_token_at_once_have_one_minted() {
    let stage = Arc::new(Stage::start(StatusCode::CREATED).await);
    let installed = stage.installed().await;
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let (stage, installed) = (Arc::clone(&stage), Arc::clone(&installed));
            tokio::spawn(async move { stage.get(&installed, Need::Kept, NOW).await.id })
        })
        .collect();
    for asking in asking {
        assert_eq!(asking.await.unwrap(), 0);
    }
    assert_eq!(stage.mints(), 1);
}

#[tokio::test]
async fn a_token_of_another_state_of_the_installation_does_not_serve() {
    let stage = Stage::start(StatusCode::CREATED).await;
    let before = stage.get(&stage.installed().await, Need::Kept, NOW).await;
    // Looked up again, and the same.
    assert_eq!(stage.get(&stage.installed().await, Need::Kept, NOW).await.id, before.id);
    stage.paths.lock().unwrap().push("c");
    assert_ne!(stage.get(&stage.installed().await, Need::Kept, NOW).await.id, before.id);
}

#[tokio::test]
async fn who_shares_a_batch_gets_no_token_of_a_state_before_its_own() {
    let stage = Stage::start(StatusCode::CREATED).await;
    let before = stage.installed().await;
    stage.paths.lock().unwrap().push("c");
    let now = stage.installed().await;
    // The second waits for the first, which has sent its call already; the third joins the second.
    let (_, second, third) = tokio::join!(
        stage.get(&before, Need::Kept, NOW),
        stage.get(&before, Need::Kept, NOW),
        stage.get(&now, Need::Kept, NOW),
    );
    assert!(second.is_of(&before) && third.is_of(&now));
    assert_eq!(stage.mints(), 2);
}

#[tokio::test]
async fn a_token_is_revoked_when_nobody_uses_it_any_more() {
    let stage = Stage::start(StatusCode::CREATED).await;
    let installed = stage.installed().await;
    let first = stage.get(&installed, Need::Kept, NOW).await;
    let second = stage.get(&installed, Need::New, NOW).await;
    assert!(first.since < second.since);
    assert_eq!(stage.revoked().await, [""; 0]);
    drop(first);
    assert_eq!(stage.revoked().await, ["ghs_1"]);
    drop(second);
    assert_eq!(stage.get(&installed, Need::Kept, NOW).await.id, 1);
    stage.readers.clear();
    assert_eq!(stage.revoked().await, ["ghs_1", "ghs_2"]);
}

#[tokio::test]
async fn contents_are_read_in_the_repositories_alone_that_are_needed() {
    let stage = Stage::start(StatusCode::CREATED).await;
    let installed = stage.installed().await;
    let list = |names: &[&str]| {
        let names = names.iter().map(|name| name.parse().unwrap());
        Shelf::Contents(RepositoryList::new(names).unwrap())
    };
    for (names, mints) in [(&["b", "a"][..], 1), (&["A", "B"], 1), (&["a"], 2)] {
        stage.readers.get(&installed, list(names), Need::Kept, NOW).await.unwrap().unwrap();
        assert_eq!(stage.mints(), mints, "{names:?}");
    }
    let bodies = stage.seen.lock().unwrap().0.clone();
    assert_eq!(bodies[0], r#"{"permissions":{"contents":"read"},"repositories":["b","a"]}"#);
}

#[tokio::test]
async fn a_refused_list_is_no_failure_and_not_remembered() {
    let stage = Stage::start(StatusCode::UNPROCESSABLE_ENTITY).await;
    let installed = stage.installed().await;
    let shelf = || Shelf::Contents(RepositoryList::one("a".parse().unwrap()));
    for mints in [1, 2] {
        assert!(stage.readers.get(&installed, shelf(), Need::Kept, NOW).await.unwrap().is_none());
        assert_eq!(stage.mints(), mints);
    }
    assert!(stage.readers.get(&installed, Shelf::SingleFiles, Need::Kept, NOW).await.is_err());
}
