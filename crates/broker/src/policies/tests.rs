use std::sync::Mutex;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::json;
use time::OffsetDateTime;
use tokio_util::task::TaskTracker;

use super::*;
use crate::fake_github;
use crate::installations::{Installations, Installed};
use crate::readers::{Need, Readers, Shelf};
use crate::revoker::Revoker;

const FIRST: &str = "/repos/octo-org/website/contents/.github/access-token.yaml";
const SECOND: &str = "/repos/octo-org/website/contents/.github/access-token.yml";
const TEXT: &str = "origin: octo-org/website\nstatements: []\n";

/// What there is at a path: a status, a text and its entity tag.
type File = (&'static str, u16, &'static str, Option<&'static str>);

/// Policies before a GitHub with these files; to each token, a text has another tag.
struct Stage {
    policies: Policies<RepositoryPolicy>,
    readers: Readers,
    installed: Arc<Installed>,
    files: Arc<Mutex<Vec<File>>>,
    /// The statuses of all reads.
    told: Arc<Mutex<Vec<u16>>>,
}

impl Stage {
    async fn start(files: &[File]) -> Self {
        let (files, told) = (Arc::new(Mutex::new(files.to_vec())), Arc::new(Mutex::new(Vec::new())));
        let read = {
            let (files, told) = (Arc::clone(&files), Arc::clone(&told));
            async move |request: Request| {
                let answer = answer(&request, &files.lock().unwrap());
                if request.method() == Method::GET {
                    told.lock().unwrap().push(answer.status().as_u16());
                }
                answer
            }
        };
        let count = Arc::new(Mutex::new(0));
        let mint = async move || {
            let mut count = count.lock().unwrap();
            *count += 1;
            let token = json!({
                "token": format!("ghs_{count}"), "expires_at": "2999-01-01T01:00:00Z",
                "permissions": {}, "repository_selection": "all",
            });
            (StatusCode::CREATED, axum::Json(token))
        };
        let look_up = async || {
            axum::Json(json!({
                "id": 1, "account": {"id": 9919, "login": "octo-org"}, "repository_selection": "all",
                "permissions": {"single_file": "read"},
            }))
        };
        let routes = Router::new()
            .route("/users/{name}/installation", get(look_up))
            .route("/app/installations/{id}/access_tokens", post(mint))
            .fallback(read);
        let github = fake_github::start(routes).await;
        let revoker = Revoker::new(Arc::clone(&github), TaskTracker::new());
        let readers = Readers::new(Arc::clone(&github), revoker);
        let installations = Installations::new(Arc::clone(&github));
        let installed = installations.look_up(&"octo-org".parse().unwrap()).await.unwrap().unwrap();
        Self { policies: Policies::of_repositories(github, Texts::alone()), readers, installed, files, told }
    }

    async fn reader(&self, need: Need) -> Arc<Reader> {
        let now = OffsetDateTime::UNIX_EPOCH;
        self.readers.get(&self.installed, Shelf::SingleFiles, need, now).await.unwrap().unwrap()
    }

    async fn read(&self, reader: &Arc<Reader>) -> Read<RepositoryPolicy> {
        self.policies.read(reader, &"octo-org/website".parse().unwrap()).await
    }

    /// Reads a policy that is there.
    async fn found(&self, reader: &Arc<Reader>) -> Arc<Version<RepositoryPolicy>> {
        self.read(reader).await.unwrap().unwrap()
    }

    fn set(&self, files: &[File]) {
        *self.files.lock().unwrap() = files.to_vec();
    }

    /// What the reads were answered; a fresh token asks more than once before it believes a 404.
    fn told(&self) -> Vec<u16> {
        let mut told = std::mem::take(&mut *self.told.lock().unwrap());
        told.dedup_by(|one, other| *one == 404 && one == other);
        told
    }
}

fn answer(request: &Request, files: &[File]) -> Response {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap());
    let token = header(header::AUTHORIZATION).unwrap().replace("Bearer ", "");
    let Some((_, status, text, tag)) = files.iter().find(|(path, ..)| *path == request.uri().path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = tag.map(|tag| format!("\"{tag}-{token}\""));
    if tag.is_some() && header(header::IF_NONE_MATCH) == tag.as_deref() {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let status = StatusCode::from_u16(*status).unwrap();
    let mut answer =
        (status, [(header::CONTENT_TYPE, "application/vnd.github.raw+json")], *text).into_response();
    answer.headers_mut().extend(tag.map(|tag| (header::ETAG, tag.parse().unwrap())));
    answer
}

#[tokio::test]
async fn what_has_not_changed_is_used_as_it_is() {
    let stage = Stage::start(&[(FIRST, 200, TEXT, Some("1"))]).await;
    let reader = stage.reader(Need::Kept).await;
    let website = "octo-org/website".parse().unwrap();
    assert!(!stage.policies.knows(&reader, &website));
    let first = stage.found(&reader).await;
    assert!(stage.policies.knows(&reader, &website));
    for _ in 0..2 {
        assert!(Arc::ptr_eq(&stage.found(&reader).await, &first));
    }
    assert_eq!(stage.told(), [200, 304, 304]);
}

#[tokio::test]
async fn the_same_text_is_understood_once_whatever_its_tag() {
    let stage = Stage::start(&[(FIRST, 200, TEXT, Some("1"))]).await;
    let first = stage.found(&stage.reader(Need::Kept).await).await;
    let other = stage.reader(Need::New).await;
    let second = stage.found(&other).await;
    assert!(!Arc::ptr_eq(&first, &second) && Arc::ptr_eq(&first.policy, &second.policy));
    stage.set(&[(FIRST, 200, "origin: octo-org/website\n", Some("2"))]);
    assert!(!Arc::ptr_eq(&stage.found(&other).await.policy, &second.policy));
    assert_eq!(stage.told(), [200, 200, 200]);
}

#[tokio::test]
async fn a_text_without_a_tag_is_read_every_time() {
    let stage = Stage::start(&[(FIRST, 200, TEXT, None)]).await;
    let reader = stage.reader(Need::Kept).await;
    for _ in 0..2 {
        assert!(stage.found(&reader).await.policy.parsed.policy.is_some());
    }
    assert_eq!(stage.told(), [200, 200]);
}

#[tokio::test]
async fn the_first_file_that_exists_decides_each_time() {
    let second: File = (SECOND, 200, TEXT, Some("1"));
    let stage = Stage::start(&[second]).await;
    let reader = stage.reader(Need::Kept).await;
    for _ in 0..2 {
        assert!(stage.found(&reader).await.is_second());
    }
    assert_eq!(stage.told(), [404, 200, 404, 304]);
    stage.set(&[(FIRST, 200, TEXT, Some("1")), second]);
    for _ in 0..2 {
        assert!(!stage.found(&reader).await.is_second());
    }
    assert_eq!(stage.told(), [200, 304]);
}

#[tokio::test]
async fn what_is_missing_or_fails_is_not_remembered() {
    let file: File = (FIRST, 200, TEXT, Some("1"));
    let stage = Stage::start(&[file]).await;
    let reader = stage.reader(Need::Kept).await;
    stage.found(&reader).await;
    stage.set(&[]);
    assert!(stage.read(&reader).await.unwrap().is_none());
    // A failure is not "missing".
    stage.set(&[(FIRST, 403, "", None)]);
    assert!(stage.read(&reader).await.is_err());
    stage.set(&[file]);
    stage.found(&reader).await;
    let told = stage.told();
    assert_eq!((told.first(), told.last()), (Some(&200), Some(&200)), "{told:?}");
}
