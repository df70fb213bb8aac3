//! Exchanges of a caller that is known already, with a GitHub that answers as each test says.

use std::num::NonZeroU32;
use std::sync::Mutex;

use axum::Router;
use axum::extract::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use super::*;
use crate::fake_github;
use crate::issuers::Issuers;
use crate::policies::Texts;
use crate::record::Recorder;
use crate::request_id::RequestId;
use crate::revoker::Revoker;
use crate::settings::StoreFailure;
use crate::throttle::RateLimits;

const LOOK_UP: &str = "GET /users/octo-org/installation";
const BOT_USER: &str = "GET /users/octo-app[bot]";
const MINT: &str = "POST /app/installations/1/access_tokens";
const OTHER_MINT: &str = "POST /app/installations/2/access_tokens";
const OWNER_POLICY: &str = "GET /repos/octo-org/.github-access-token/contents/access-token.yaml";
const OTHER_OWNER_POLICY: &str = "GET /repos/octo-org/.github-access-token/contents/access-token.yml";
const REPOSITORY_POLICY: &str = "GET /repos/octo-org/website/contents/.github/access-token.yaml";
const OTHER_REPOSITORY_POLICY: &str = "GET /repos/octo-org/website/contents/.github/access-token.yml";

/// A record that nobody reads.
fn record(request_id: &RequestId) -> Arc<Record> {
    Arc::new(Recorder::new(None, "broker.example")).begin(request_id.clone(), None)
}

/// Status and body.
type Reply = (u16, String);

/// An exchange, with what GitHub was asked on its behalf.
struct Stage {
    exchange: Exchange,
    seen: Arc<Mutex<Vec<String>>>,
    /// How many calls GitHub says are left of 5,000.
    left: Arc<Mutex<u32>>,
}

/// What came out.
struct Outcome {
    status: u16,
    retry_after: Option<String>,
    body: Value,
}

impl Stage {
    /// A GitHub that answers a request with the reply of its number, or the last one; a request without an entry as
    /// one where everything is in order.
    async fn start(special: &[(&str, &[Reply])]) -> Self {
        let special: Vec<(String, Vec<Reply>)> =
            special.iter().map(|(line, replies)| ((*line).to_owned(), replies.to_vec())).collect();
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let left = Arc::new(Mutex::new(5000));
        let handler = {
            let (seen, left) = (Arc::clone(&seen), Arc::clone(&left));
            async move |request: Request| {
                let line = format!("{} {}", request.method(), request.uri().path());
                let mut seen = seen.lock().unwrap();
                let number = seen.iter().filter(|other| **other == line).count();
                let replies =
                    special.iter().find(|(of, _)| *of == line).map(|(_, replies)| replies.as_slice());
                let reply = replies.and_then(|replies| replies.get(number).or(replies.last())).cloned();
                let (status, body) = reply.unwrap_or_else(|| usual(&line, number));
                seen.push(line.clone());
                let is_file = line.starts_with("GET /repos/");
                let content_type =
                    if is_file { "application/vnd.github.raw+json" } else { "application/json" };
                let left = left.lock().unwrap().to_string();
                let headers = [("content-type", content_type.to_owned()), ("x-ratelimit-remaining", left)];
                (StatusCode::from_u16(status).unwrap(), headers, body)
            }
        };
        let github = fake_github::start(Router::new().fallback(handler)).await;
        let revoker = Revoker::new(Arc::clone(&github), TaskTracker::new());
        let authenticator = Authenticator {
            issuers: Issuers::new(Vec::new(), Duration::ZERO).unwrap(),
            audiences: Vec::new(),
            subjects: Vec::new(),
        };
        let loader = Loader::new(&github, revoker, Texts::alone());
        let moments = Moments::new(Duration::ZERO);
        let exchange = Exchange {
            authenticator,
            shed: Shed::new(NonZeroU32::MAX),
            throttle: Throttle::new(RateLimits::default()),
            replay: ReplayGuard::new(StoreFailure::Open),
            loader,
            moments,
            committers: Committers::new(Arc::clone(&github)),
            github,
            ahead: || Duration::ZERO,
        };
        Self { exchange, seen, left }
    }

    /// `OWNER/app` asks for `contents: write` on `octo-org/website`.
    async fn ask(&self, owner: &str) -> Outcome {
        self.ask_for(owner, &Client::default()).await
    }

    async fn ask_for(&self, owner: &str, client: &Client) -> Outcome {
        let claims = json!({
            "sub": format!("repo:{owner}/app:ref:refs/heads/main"),
            "repository": format!("{owner}/app"),
            "repository_owner": owner,
        });
        let caller = Caller::new(github_types::Claims::new(claims.as_object().unwrap()).unwrap());
        let body =
            json!({"owner": "octo-org", "repositories": ["website"], "permissions": {"contents": "write"}});
        let request = TokenRequest::read(&body, caller.repository()).unwrap();
        let question = Question { caller: &caller, request: &request, now: OffsetDateTime::UNIX_EPOCH };
        let name = axum::http::HeaderName::from_static("x-request-id");
        let request_id = RequestId::of(&HeaderMap::new(), &name);
        let wish = Wish { style: Style::Compact, dry_run: &[], client };
        let record = record(&request_id);
        let answer = self.exchange.visit(question, &mut Reservation::default(), wish, &record).await;
        let response = answer.unwrap_or_else(|failure| failure.into_response(&request_id, Style::Compact));
        let (parts, body) = response.into_parts();
        let mut body: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
        body.as_object_mut().unwrap().remove("requestId");
        let retry_after = parts.headers.get(header::RETRY_AFTER);
        Outcome {
            status: parts.status.as_u16(),
            retry_after: retry_after.map(|value| value.to_str().unwrap().to_owned()),
            body,
        }
    }

    fn was_asked(&self, line: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| *seen == line).count()
    }
}

fn installation(change: &Value) -> Reply {
    let mut installation = json!({
        "id": 1,
        "account": {"id": 9919, "login": "octo-org"},
        "app_slug": "octo-app",
        "suspended_at": null,
        "permissions": {"contents": "write", "single_file": "read", "metadata": "read"},
        "single_file_paths": [
            "access-token.yaml", "access-token.yml", ".github/access-token.yaml", ".github/access-token.yml",
        ],
        "repository_selection": "all",
    });
    for (name, value) in change.as_object().into_iter().flatten() {
        installation[name] = value.clone();
    }
    (200, installation.to_string())
}

fn minted(permissions: &Value) -> Reply {
    minted_for("octo-org", permissions)
}

fn minted_for(owner: &str, permissions: &Value) -> Reply {
    let answer = json!({
        "token": "ghs_value",
        "expires_at": "2026-11-01T13:00:00Z",
        "permissions": permissions,
        "repository_selection": "selected",
        "repositories": [{"name": "website", "full_name": format!("{owner}/website")}],
    });
    (201, answer.to_string())
}

fn status(status: u16) -> Reply {
    (status, json!({"message": "no"}).to_string())
}

fn usual(line: &str, number: usize) -> Reply {
    match line {
        LOOK_UP => installation(&json!({})),
        BOT_USER => (200, json!({"id": 7, "login": "octo-app[bot]", "type": "Bot"}).to_string()),
        MINT if number == 0 => minted(&json!({"single_file": "read"})),
        MINT => minted(&json!({"contents": "write", "metadata": "read"})),
        OWNER_POLICY => {
            let policy = "origin: octo-org/.github-access-token
allowed-subjects: ['repo:octo-org/*:**', 'repo:octocat/*:**']
allowed-repository-permissions: {contents: write}";
            (200, policy.to_owned())
        }
        REPOSITORY_POLICY => {
            let policy = "origin: octo-org/website
statements:
  - subjects: ['repo:octo-org/app:**', 'repo:octocat/app:**']
    permissions: {contents: write}";
            (200, policy.to_owned())
        }
        _ => status(404),
    }
}

#[tokio::test]
async fn grants_when_all_is_in_order() {
    let stage = Stage::start(&[]).await;
    for owner in ["octo-org", "octocat"] {
        let outcome = stage.ask(owner).await;
        assert_eq!((outcome.status, &outcome.body["token"]), (200, &json!("ghs_value")), "{}", outcome.body);
    }
}

#[tokio::test]
async fn tells_whom_commits_are_attributed_to_and_asks_once() {
    let stage = Stage::start(&[]).await;
    for _ in 0..3 {
        let body = stage.ask("octo-org").await.body;
        assert_eq!(
            (&body["bot_user_id"], &body["git_name"], &body["git_email"]),
            (&json!(7), &json!("octo-app[bot]"), &json!("7+octo-app[bot]@users.noreply.127.0.0.1"))
        );
    }
    assert_eq!(stage.was_asked(BOT_USER), 1);
}

#[tokio::test]
async fn grants_without_a_committer_where_github_does_not_tell() {
    for reply in [status(404), status(403), status(500), (200, "<html>".to_owned())] {
        let stage = Stage::start(&[(BOT_USER, &[reply])]).await;
        let outcome = stage.ask("octo-org").await;
        assert_eq!((outcome.status, &outcome.body["token"]), (200, &json!("ghs_value")));
        assert!(["bot_user_id", "git_name", "git_email"].iter().all(|name| outcome.body.get(name).is_none()));
    }
}

#[tokio::test]
async fn mints_nothing_for_a_client_that_has_gone() {
    let stage = Stage::start(&[]).await;
    let client = Client::default();
    drop(client.stay());
    assert_eq!(stage.ask_for("octo-org", &client).await.status, 504);
    // The one token that was minted reads the policies.
    assert_eq!((stage.was_asked(REPOSITORY_POLICY), stage.was_asked(MINT)), (1, 1));
}

#[tokio::test]
async fn who_asks_is_settled_before_how() {
    let stage = Stage::start(&[]).await;
    let name = axum::http::HeaderName::from_static("x-request-id");
    let request_id = RequestId::of(&HeaderMap::new(), &name);
    let wish = Wish { style: Style::Compact, dry_run: &["maybe"], client: &Client::default() };
    let record = record(&request_id);
    let outcome = stage.exchange.run(&HeaderMap::new(), Body::empty(), wish, &record).await;
    assert!(matches!(outcome, Err(Failure::Unauthorized(_))));
    assert!(matches!(wish.is_dry_run(), Err(Failure::BadRequest(_))));
}

#[test]
fn whether_it_is_a_dry_run_is_said_once_or_in_one_voice() {
    let client = Client::default();
    let is_dry_run = |dry_run: &[&str]| Wish { style: Style::Compact, dry_run, client: &client }.is_dry_run();
    for (said, expected) in
        [(&[] as &[_], false), (&["false", "false"], false), (&["true"], true), (&["", "true"], true)]
    {
        assert_eq!(is_dry_run(said).unwrap(), expected, "{said:?}");
    }
    for said in [["true", "false"], ["false", "true"], ["false", ""], ["true", "yes"]] {
        assert!(matches!(is_dry_run(&said), Err(Failure::BadRequest(_))), "{said:?}");
    }
}

#[tokio::test]
async fn an_installation_of_another_account_is_none() {
    let other = installation(&json!({"account": {"id": 1, "login": "octo-org-2"}}));
    let stage = Stage::start(&[(LOOK_UP, &[other])]).await;
    assert_eq!(stage.ask("octo-org").await.body["issues"][0]["code"], "no-installation");
    let denial = Stage::start(&[(LOOK_UP, &[status(404)])]).await.ask("octocat").await;
    let outcome = stage.ask("octocat").await;
    assert_eq!((outcome.status, outcome.body), (403, denial.body));
}

#[tokio::test]
async fn what_was_renamed_is_missing() {
    let denied = |line| async move {
        let stage = Stage::start(&[(line, &[status(301)])]).await;
        let outcome = stage.ask("octo-org").await;
        assert_eq!(outcome.status, 403, "{line}: {}", outcome.body);
        (outcome.body["issues"][0]["code"].clone(), stage)
    };
    assert_eq!(denied(LOOK_UP).await.0, "no-installation");
    let (code, stage) = denied(OWNER_POLICY).await;
    assert_eq!((code, stage.was_asked(OTHER_OWNER_POLICY)), (json!("owner-policy-missing"), 0));
    let (code, stage) = denied(REPOSITORY_POLICY).await;
    assert_eq!((code, stage.was_asked(OTHER_REPOSITORY_POLICY)), (json!("repository-policy-missing"), 0));
}

#[tokio::test]
async fn what_happened_to_the_installation_before_the_mint_counts() {
    let suspended = installation(&json!({"suspended_at": "2026-11-01T12:00:00Z"}));
    let smaller = installation(&json!({"permissions": {"contents": "read", "metadata": "read"}}));
    let afterwards = [
        (status(404), 403, json!("no-installation")),
        (suspended, 403, json!("installation-suspended")),
        (smaller, 403, json!("installation-lacks-permission")),
        (installation(&json!({})), 502, Value::Null),
        (status(301), 403, json!("no-installation")),
        (status(302), 503, Value::Null),
    ];
    let reader = usual(MINT, 0);
    for (later, expected, code) in afterwards {
        for refusal in [403, 404] {
            // Of the token that reads the policies, or of the token that was asked for.
            for mints in [&[status(refusal)] as &[_], &[reader.clone(), status(refusal)]] {
                let look_ups = [usual(LOOK_UP, 0), later.clone()];
                let stage = Stage::start(&[(LOOK_UP, &look_ups), (MINT, mints)]).await;
                let outcome = stage.ask("octo-org").await;
                assert_eq!(outcome.status, expected, "{later:?}: {}", outcome.body);
                assert_eq!(outcome.body["issues"][0]["code"], code);
                assert_eq!(stage.was_asked(LOOK_UP), 2);
            }
        }
    }
    // Another failure is no reason to ask again.
    let stage = Stage::start(&[(MINT, &[reader, status(401)])]).await;
    assert_eq!((stage.ask("octo-org").await.status, stage.was_asked(LOOK_UP)), (502, 1));
}

#[tokio::test]
async fn a_reading_token_serves_as_long_as_the_installation_is_the_same() {
    let later = installation(&json!({
        "permissions": {"contents": "write", "single_file": "write", "metadata": "read"},
    }));
    let look_ups = [usual(LOOK_UP, 0), usual(LOOK_UP, 0), later];
    let (reader, token) = (usual(MINT, 0), usual(MINT, 1));
    let mints = [reader.clone(), token.clone(), token.clone(), reader, token];
    let stage = Stage::start(&[(LOOK_UP, &look_ups), (MINT, &mints)]).await;
    for mints in [2, 3, 5, 6] {
        assert_eq!(stage.ask("octo-org").await.status, 200);
        assert_eq!(stage.was_asked(MINT), mints);
        stage.exchange.loader.installations.look_up(&"octo-org".parse().unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn a_known_installation_serves_what_is_granted() {
    let stage = Stage::start(&[]).await;
    for _ in 0..3 {
        assert_eq!(stage.ask("octo-org").await.status, 200);
    }
    assert_eq!(stage.was_asked(LOOK_UP), 1);
}

#[tokio::test]
async fn no_refusal_rests_on_a_known_installation() {
    let less = installation(&json!({"permissions": {"single_file": "read"}}));
    let suspended = installation(&json!({"suspended_at": "2026-11-01T12:00:00Z"}));
    // Known as one that would be refused; then as one that minting refuses.
    for known in [less.clone(), suspended.clone()] {
        let stage = Stage::start(&[(LOOK_UP, &[known, usual(LOOK_UP, 0)])]).await;
        assert_eq!(stage.ask("octo-org").await.status, 403);
        assert_eq!(stage.ask("octo-org").await.status, 200);
    }
    let (reader, token) = (usual(MINT, 0), usual(MINT, 1));
    for (refusal, now, expected, code) in [
        (404, status(404), 403, json!("no-installation")),
        (403, suspended, 403, json!("installation-suspended")),
        (422, less, 403, json!("installation-lacks-permission")),
        (422, usual(LOOK_UP, 0), 403, json!("refused-by-github")),
        (404, usual(LOOK_UP, 0), 502, Value::Null),
    ] {
        let mints = [reader.clone(), token.clone(), status(refusal)];
        let stage = Stage::start(&[(LOOK_UP, &[usual(LOOK_UP, 0), now]), (MINT, &mints)]).await;
        assert_eq!(stage.ask("octo-org").await.status, 200);
        let outcome = stage.ask("octo-org").await;
        assert_eq!(outcome.status, expected, "{refusal}: {}", outcome.body);
        assert_eq!(outcome.body["issues"][0]["code"], code);
    }
}

#[tokio::test]
async fn an_installation_that_is_another_by_now_mints_instead() {
    let other = installation(&json!({"id": 2}));
    let (reader, token) = (usual(MINT, 0), usual(MINT, 1));
    let stage = Stage::start(&[
        (LOOK_UP, &[usual(LOOK_UP, 0), other]),
        (MINT, &[reader.clone(), token.clone(), status(404)]),
        (OTHER_MINT, &[reader, token]),
    ])
    .await;
    for _ in 0..2 {
        assert_eq!(stage.ask("octo-org").await.status, 200);
    }
    assert_eq!((stage.was_asked(MINT), stage.was_asked(OTHER_MINT)), (3, 2));
}

#[tokio::test]
async fn a_name_that_changed_hands_gives_no_token_of_its_former_owner() {
    let (reader, token) = (usual(MINT, 0), usual(MINT, 1));
    let elsewhere = minted_for("octo-org-2", &json!({"contents": "write", "metadata": "read"}));
    for (now, expected) in [(status(404), 403), (usual(LOOK_UP, 0), 502)] {
        let look_ups = [usual(LOOK_UP, 0), now];
        let mints = [reader.clone(), token.clone(), elsewhere.clone()];
        let stage = Stage::start(&[(LOOK_UP, &look_ups), (MINT, &mints)]).await;
        assert_eq!(stage.ask("octo-org").await.status, 200);
        let outcome = stage.ask("octo-org").await;
        assert_eq!(outcome.status, expected, "{}", outcome.body);
        assert!(outcome.body.get("token").is_none());
    }
}

#[tokio::test]
async fn a_second_file_decides_only_by_an_installation_that_was_looked_up() {
    let files = [
        (REPOSITORY_POLICY, vec![status(404)]),
        (OTHER_REPOSITORY_POLICY, vec![usual(REPOSITORY_POLICY, 0)]),
    ];
    let fewer = installation(
        &json!({"single_file_paths": ["access-token.yaml", "access-token.yml", ".github/access-token.yml"],
        "permissions": {"contents": "write", "single_file": "read"}}),
    );
    let special = [
        (files[0].0, files[0].1.as_slice()),
        (files[1].0, files[1].1.as_slice()),
        (LOOK_UP, &[usual(LOOK_UP, 0), usual(LOOK_UP, 0), fewer][..]),
    ];
    let stage = Stage::start(&special).await;
    for look_ups in [1, 2, 3] {
        stage.ask("octo-org").await;
        assert_eq!(stage.was_asked(LOOK_UP), look_ups);
    }
}

#[tokio::test]
async fn other_redirects_decide_nothing() {
    for line in [LOOK_UP, OWNER_POLICY, REPOSITORY_POLICY] {
        for code in [302, 303, 307, 308] {
            let stage = Stage::start(&[(line, &[status(code)])]).await;
            let outcome = stage.ask("octo-org").await;
            assert_eq!(outcome.status, 503, "{line} {code}: {}", outcome.body);
        }
    }
}

#[tokio::test]
async fn a_stranger_cannot_tell_a_lasting_failure_from_a_denial() {
    let denial = Stage::start(&[(LOOK_UP, &[status(404)])]).await.ask("octocat").await;
    assert_eq!(denial.status, 403);
    for code in [401, 403, 410, 451] {
        for (line, replies) in [
            (OWNER_POLICY, vec![status(code)]),
            (REPOSITORY_POLICY, vec![status(code)]),
            (MINT, vec![status(code)]),
        ] {
            let stage = Stage::start(&[(line, &replies)]).await;
            let outcome = stage.ask("octocat").await;
            assert_eq!((outcome.status, outcome.retry_after), (403, None), "{line} {code}");
            assert_eq!(outcome.body, denial.body, "{line} {code}");
            // The owner's own are told that it is no denial.
            let stage = Stage::start(&[(line, &replies)]).await;
            assert!([502, 503].contains(&stage.ask("octo-org").await.status), "{line} {code}");
        }
    }
}

#[tokio::test]
async fn who_is_granted_is_told_a_failure_of_the_mint_wherever_it_comes_from() {
    let reader = usual(MINT, 0);
    for code in [401, 403, 404, 410, 451] {
        let stage = Stage::start(&[(MINT, &[reader.clone(), status(code)])]).await;
        // Not granted: whatever GitHub says to mints, it is one denial. No policy is for this one.
        let denied = stage.ask("hubot").await;
        assert_eq!((denied.status, stage.was_asked(MINT)), (403, 1), "{code}");
        for owner in ["octocat", "octo-org"] {
            let outcome = stage.ask(owner).await;
            let told = (outcome.status, &outcome.body["message"]);
            let expected = (502, &json!("GitHub gave an answer that cannot be used"));
            assert_eq!(told, expected, "{code} {owner}");
        }
    }
    // Granted by what was known, but the App is there no longer: that is the denial that everybody gets.
    let look_ups = [usual(LOOK_UP, 0), status(404)];
    let stage = Stage::start(&[(LOOK_UP, &look_ups), (MINT, &[reader, status(404)])]).await;
    let outcome = stage.ask("octocat").await;
    let denial = Stage::start(&[(LOOK_UP, &[status(404)])]).await.ask("octocat").await;
    assert_eq!((outcome.status, &outcome.body), (403, &denial.body));
}

#[tokio::test]
async fn a_stranger_cannot_tell_passing_failures_apart() {
    for line in [LOOK_UP, OWNER_POLICY, REPOSITORY_POLICY, MINT] {
        for (code, message) in [(429, "no"), (403, "You have exceeded a secondary rate limit"), (503, "no")] {
            let reply = (code, json!({"message": message}).to_string());
            let stage = Stage::start(&[(line, &[reply])]).await;
            let outcome = stage.ask("octocat").await;
            let told = (outcome.status, outcome.retry_after.as_deref(), &outcome.body["message"]);
            let expected = (503, Some("5"), &json!("GitHub is unavailable at the moment"));
            assert_eq!(told, expected, "{line} {code}");
        }
    }
    // The owner's own are told what it is.
    let stage = Stage::start(&[(LOOK_UP, &[status(429)])]).await;
    let outcome = stage.ask("octo-org").await;
    assert_eq!(outcome.body["message"], "GitHub limits the App's rate at the moment");
}

#[tokio::test]
async fn what_strangers_are_refused_is_limited_whomever_they_ask() {
    let mut stage = Stage::start(&[(LOOK_UP, &[status(404)])]).await;
    stage.exchange.throttle = Throttle::new(RateLimits { refused: 2, ..RateLimits::default() });
    for expected in [403, 403, 429, 429] {
        assert_eq!(stage.ask("octocat").await.status, expected);
    }
    let outcome = stage.ask("octocat").await;
    let message = "other owners refuse the owner's repositories too often: wait as `retry-after` says";
    assert_eq!((outcome.retry_after.as_deref(), &outcome.body["message"]), (Some("30"), &json!(message)));
    assert_eq!(stage.was_asked(LOOK_UP), 2);
    // What strangers are refused costs neither others anything nor the owner's own.
    assert_eq!(stage.ask("hubot").await.status, 403);
    for _ in 0..3 {
        assert_eq!(stage.ask("octo-org").await.status, 403);
    }
}

#[tokio::test]
async fn what_others_are_granted_is_not_limited() {
    let mut stage = Stage::start(&[]).await;
    stage.exchange.throttle = Throttle::new(RateLimits { refused: 1, ..RateLimits::default() });
    for _ in 0..3 {
        assert_eq!(stage.ask("octocat").await.status, 200);
    }
}

#[tokio::test]
async fn strangers_have_no_part_in_the_reserve() {
    let stage = Stage::start(&[(LOOK_UP, &[status(404), status(404), usual(LOOK_UP, 0)])]).await;
    for (left, expected) in [(501, 403), (499, 403), (499, 503)] {
        *stage.left.lock().unwrap() = left;
        assert_eq!(stage.ask("octocat").await.status, expected);
    }
    let outcome = stage.ask("octocat").await;
    let told = (outcome.retry_after.as_deref(), &outcome.body["message"], stage.was_asked(LOOK_UP));
    assert_eq!(told, (Some("5"), &json!("GitHub is unavailable at the moment"), 2));
    // The owner's own, and whom the owner has granted something.
    assert_eq!(stage.ask("octo-org").await.status, 200);
    let stage = Stage::start(&[]).await;
    assert_eq!(stage.ask("octocat").await.status, 200);
    *stage.left.lock().unwrap() = 499;
    for _ in 0..2 {
        assert_eq!(stage.ask("octocat").await.status, 200);
    }
    assert_eq!(stage.ask("hubot").await.status, 503);
}
