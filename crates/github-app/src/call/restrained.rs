//! When calls are held back: by the clock, by what GitHub said, and by how the ones before went.

use std::time::Duration;

use github_types::Secret;
use serde_json::{from_value, json};
use tokio::time::Instant;

use crate::fake_github::{FakeGitHub, Reply};
use crate::{Error, ErrorKind, GitHub, InstallationToken, Pace, PolicyText, within};

/// What no test waits for.
const LONG: Duration = Duration::from_secs(3600);

fn token(installation: u64) -> InstallationToken {
    let minted_at = Instant::now().checked_sub(Duration::from_secs(60)).unwrap();
    InstallationToken::new(Secret::new("ghs_value"), minted_at).of(from_value(installation.into()).unwrap())
}

async fn find(github: &GitHub) -> Result<(), ErrorKind> {
    let found = github.find_installation(&"octo-org".parse().unwrap()).await;
    found.map(drop).map_err(Error::into_kind)
}

async fn read(github: &GitHub, installation: u64) -> Result<PolicyText, ErrorKind> {
    let repository = "octo-org/website".parse().unwrap();
    github.read_policy(&repository, "a", &token(installation), None).await.map_err(Error::into_kind)
}

fn none() -> Reply {
    Reply::json(404, &json!({"message": "Not Found"}))
}

#[tokio::test]
async fn a_retry_that_could_not_end_in_time_is_not_begun() {
    let github = FakeGitHub::start(vec![Reply::status(502, &[]); 2]).await;
    let pace = Pace { unavailable: vec![LONG], luck: || u32::MAX, ..Pace::default() };
    let client = github.client().with_pace(pace);
    let outcome = within(Instant::now() + LONG / 2, find(&client)).await;
    assert!(matches!(outcome, Err(ErrorKind::Unavailable { status: Some(502), .. })), "{outcome:?}");
    assert_eq!(github.requests().len(), 1);
}

#[tokio::test]
async fn no_try_goes_on_after_the_deadline_or_begins_then() {
    let github = FakeGitHub::start([Reply::hang(), none()]).await;
    let client = github.client().with_pace(Pace { try_limit: LONG, ..Pace::default() });
    let deadline = Instant::now() + Duration::from_millis(50);
    for _ in 0..2 {
        let outcome = within(deadline, find(&client)).await;
        assert!(matches!(outcome, Err(ErrorKind::TimedOut)), "{outcome:?}");
    }
    assert_eq!(github.requests().len(), 1);
}

#[tokio::test]
async fn retries_are_few_when_all_calls_fail() {
    let github = FakeGitHub::start(vec![Reply::status(502, &[]); 300]).await;
    // Nothing is remembered but the budget.
    let pace = Pace { failures: Duration::ZERO, unavailable: vec![Duration::ZERO], ..Pace::default() };
    let client = github.client().with_pace(pace);
    for _ in 0..100 {
        assert!(find(&client).await.is_err());
    }
    assert_eq!(github.requests().len(), 100 + 20 + 9);
}

#[tokio::test]
async fn who_is_limited_asks_no_more_until_the_time_is_up() {
    let limits = [Reply::status(429, &[("retry-after", "7")]), none(), none()];
    let github = FakeGitHub::start(limits).await;
    let client = github.client();
    for _ in 0..3 {
        let outcome = read(&client, 1).await;
        assert!(
            matches!(outcome, Err(ErrorKind::RateLimited { retry_after }) if retry_after.as_secs() >= 6),
            "{outcome:?}"
        );
    }
    assert_eq!(github.requests().len(), 1);
    // Another installation is not, and neither is the App.
    assert_eq!(read(&client, 2).await.unwrap(), PolicyText::Missing);
    find(&client).await.unwrap();
}

#[tokio::test]
async fn a_limited_app_may_still_read_as_an_installation() {
    let github = FakeGitHub::start([Reply::status(403, &[("retry-after", "7")]), none()]).await;
    let client = github.client();
    for _ in 0..2 {
        assert!(matches!(find(&client).await, Err(ErrorKind::RateLimited { .. })));
    }
    assert_eq!(read(&client, 1).await.unwrap(), PolicyText::Missing);
    assert_eq!(github.requests().len(), 2);
}

/// A GitHub that fails ten calls of a client and answers the next ones.
async fn failed_ten_times(rest: Duration) -> (FakeGitHub, GitHub) {
    let down = vec![Reply::status(500, &[]); 10];
    let github = FakeGitHub::start(down.into_iter().chain([none(), none()])).await;
    let client = github.client().with_pace(Pace { rest, ..Pace::default() });
    for _ in 0..10 {
        assert!(matches!(find(&client).await, Err(ErrorKind::Unavailable { .. })));
    }
    (github, client)
}

#[tokio::test]
async fn a_github_that_is_down_is_left_alone() {
    let (github, client) = failed_ten_times(LONG).await;
    for _ in 0..10 {
        let outcome = find(&client).await;
        assert!(
            matches!(outcome, Err(ErrorKind::Down { retry_after }) if retry_after <= LONG),
            "{outcome:?}"
        );
    }
    assert_eq!(github.requests().len(), 10);
}

#[tokio::test]
async fn in_the_end_nothing_is_held_back() {
    let (github, client) = failed_ten_times(LONG).await;
    assert!(matches!(find(&client).await, Err(ErrorKind::Down { .. })));
    client.hold_nothing_back();
    find(&client).await.unwrap();
    assert_eq!(github.requests().len(), 11);
    let github = FakeGitHub::start([Reply::status(429, &[("retry-after", "7")]), none()]).await;
    let client = github.client();
    for _ in 0..2 {
        assert!(matches!(read(&client, 1).await, Err(ErrorKind::RateLimited { .. })));
    }
    client.hold_nothing_back();
    assert_eq!(read(&client, 1).await.unwrap(), PolicyText::Missing);
}

#[tokio::test]
async fn a_github_that_is_back_is_asked_again() {
    let (github, client) = failed_ten_times(Duration::ZERO).await;
    find(&client).await.unwrap();
    find(&client).await.unwrap();
    assert_eq!(github.requests().len(), 12);
}

#[tokio::test]
async fn a_refusal_is_no_sign_of_trouble() {
    let refusals = [401, 403, 404, 410, 422, 451, 429].map(|status| Reply::status(status, &[]));
    let count = 3 * refusals.len();
    let github = FakeGitHub::start(vec![refusals; 3].concat().into_iter().chain([none()])).await;
    let client = github.client();
    for installation in 0..count {
        let _ = read(&client, installation as u64).await;
    }
    find(&client).await.unwrap();
    assert_eq!(github.requests().len(), count + 1);
}
