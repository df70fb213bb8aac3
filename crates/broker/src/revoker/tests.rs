//! Revocations against a GitHub that answers as each test says.

use std::sync::Mutex;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::delete;
use github_types::Secret;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::*;
use crate::fake_github;

/// What no test waits for.
const LONG: Duration = Duration::from_secs(600);

fn token(text: &str) -> InstallationToken {
    InstallationToken::new(Secret::new(text), Instant::now())
}

/// A GitHub that answers revocations with these statuses, the last one for ever, and tells of each.
async fn github(statuses: &[u16]) -> (Arc<GitHub>, mpsc::UnboundedReceiver<u16>) {
    let (tell, told) = mpsc::unbounded_channel();
    let statuses: Vec<u16> = statuses.iter().rev().copied().collect();
    let statuses = Arc::new(Mutex::new(statuses));
    let handler = async move || {
        let mut statuses = statuses.lock().unwrap();
        let status = if statuses.len() > 1 { statuses.pop().unwrap() } else { statuses[0] };
        tell.send(status).unwrap();
        StatusCode::from_u16(status).unwrap()
    };
    (fake_github::start(Router::new().route("/installation/token", delete(handler))).await, told)
}

fn revoker(github: Arc<GitHub>, first: Duration) -> (Revoker, TaskTracker) {
    let tasks = TaskTracker::new();
    let patience = Patience { first, longest: LONG, hurried: Duration::ZERO };
    (Revoker::with_patience(github, tasks.clone(), patience), tasks)
}

async fn count(mut told: mpsc::UnboundedReceiver<u16>, status: u16) -> usize {
    told.close();
    let mut count = 0;
    while let Some(other) = told.recv().await {
        count += usize::from(other == status);
    }
    count
}

#[tokio::test]
async fn a_revocation_under_way_is_waited_for() {
    let (arrived, mut arrivals) = mpsc::unbounded_channel();
    let go = Arc::new(Notify::new());
    let handler = {
        let go = Arc::clone(&go);
        async move || {
            arrived.send(()).unwrap();
            go.notified().await;
            StatusCode::NO_CONTENT
        }
    };
    let github = fake_github::start(Router::new().route("/installation/token", delete(handler))).await;
    let (revoker, tasks) = revoker(github, LONG);
    revoker.undelivered(token("ghs_one"), String::new());
    arrivals.recv().await.unwrap();
    let finishing = tokio::spawn(async move { revoker.finish(LONG).await });
    tokio::task::yield_now().await;
    assert!(!finishing.is_finished());
    go.notify_one();
    finishing.await.unwrap();
    assert!(tasks.is_empty());
}

/// So many tokens that read policies.
fn kept(revoker: &Revoker, count: usize) -> Vec<Temporary> {
    let kept = |number| revoker.temporary(Arc::new(token(&format!("ghs_{number}"))));
    (0..count).map(kept).collect()
}

#[tokio::test]
async fn every_kept_token_is_revoked_in_the_end() {
    let (github, told) = github(&[204]).await;
    let many = 2 * AT_ONCE + 1;
    let (revoker, _) = revoker(github, LONG);
    drop(kept(&revoker, many));
    revoker.finish(LONG).await;
    assert_eq!(count(told, 204).await, many);
}

#[tokio::test]
async fn what_fails_is_tried_again_behind_everybodys_back() {
    // 500 and 400 are not tried again within one try.
    let (github, mut told) = github(&[500, 400, 500, 204]).await;
    let (revoker, tasks) = revoker(github, Duration::ZERO);
    revoker.undelivered(token("ghs_one"), String::new());
    for status in [500, 400, 500, 204] {
        assert_eq!(told.recv().await, Some(status));
    }
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn who_waits_is_woken_for_a_last_try() {
    let (github, mut told) = github(&[500, 204]).await;
    let (revoker, tasks) = revoker(github, LONG);
    revoker.undelivered(token("ghs_one"), String::new());
    assert_eq!(told.recv().await, Some(500));
    revoker.finish(LONG).await;
    assert_eq!(told.recv().await, Some(204));
    assert!(tasks.is_empty());
}

#[tokio::test]
async fn what_cannot_be_revoked_is_given_up_when_the_time_is_up() {
    let (github, told) = github(&[500]).await;
    let (revoker, tasks) = revoker(github, LONG);
    drop(kept(&revoker, 3));
    revoker.finish(Duration::from_millis(200)).await;
    assert!(tasks.is_empty());
    assert!(count(told, 500).await >= 3);
}

#[tokio::test]
async fn in_a_hurry_a_limit_that_outlasts_the_token_is_no_reason_to_give_up() {
    let (asked, mut asks) = mpsc::unbounded_channel();
    let limited = [("retry-after", "3600")];
    let handler = async move |headers: axum::http::HeaderMap| {
        let is_first = headers["authorization"] == "Bearer ghs_first";
        asked.send(headers["authorization"].clone()).unwrap();
        if is_first { Err((StatusCode::TOO_MANY_REQUESTS, limited)) } else { Ok(StatusCode::NO_CONTENT) }
    };
    let github = fake_github::start(Router::new().route("/installation/token", delete(handler))).await;
    let (revoker, tasks) = revoker(github, LONG);
    let minted_at = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
    let of_one_installation =
        |text| InstallationToken::new(Secret::new(text), minted_at).of(serde_json::from_str("7").unwrap());
    // GitHub limits the installation for longer than its tokens live, so that they are given up.
    for text in ["ghs_first", "ghs_second"] {
        revoker.undelivered(of_one_installation(text), String::new());
        tasks.close();
        tasks.wait().await;
        tasks.reopen();
    }
    revoker.hurry();
    revoker.undelivered(of_one_installation("ghs_third"), String::new());
    tasks.close();
    tasks.wait().await;
    assert_eq!(asks.try_recv().unwrap(), "Bearer ghs_first");
    assert_eq!(asks.try_recv().unwrap(), "Bearer ghs_third");
}

#[tokio::test]
async fn what_has_expired_is_not_tried_again() {
    let (github, told) = github(&[500]).await;
    let (revoker, tasks) = revoker(github, Duration::ZERO);
    let minted_at = Instant::now().checked_sub(github_app::LIFETIME).unwrap();
    revoker.undelivered(InstallationToken::new(Secret::new("ghs_one"), minted_at), String::new());
    tasks.close();
    tasks.wait().await;
    assert_eq!(count(told, 500).await, 1);
}

#[tokio::test]
async fn tokens_that_read_policies_take_no_place_of_others() {
    let (github, _told) = github(&[500]).await;
    let (revoker, tasks) = revoker(github, LONG);
    drop(kept(&revoker, MOST + 10));
    assert_eq!((tasks.len(), revoker.0.reading.places.available_permits()), (MOST, 0));
    revoker.undelivered(token("ghs_minted"), String::new());
    assert_eq!((tasks.len(), revoker.0.undelivered.places.available_permits()), (MOST + 1, MOST - 1));
    revoker.0.over.cancel();
    tasks.close();
    tasks.wait().await;
}

#[tokio::test]
async fn those_who_wait_are_bounded() {
    let (github, _told) = github(&[500]).await;
    let (revoker, tasks) = revoker(github, LONG);
    for number in 0..MOST + 10 {
        revoker.undelivered(token(&format!("ghs_{number}")), String::new());
    }
    assert_eq!(tasks.len(), MOST);
    revoker.0.over.cancel();
    tasks.close();
    tasks.wait().await;
    assert_eq!(revoker.0.undelivered.places.available_permits(), MOST);
}
