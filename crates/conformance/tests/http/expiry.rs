//! A broker heeds the end of a statement by the clock on the wall.

use conformance::case::base;
use serde_json::{Value, json};
use time::{Date, Duration, OffsetDateTime};

use crate::stage::{Answer, Stage};
use crate::{token, world};

/// Asks with a repository policy whose statement ends then.
async fn ask(stage: &Stage, expires: &str) -> Answer {
    let mut scenario = base().unwrap();
    scenario["repository_policies"]["website"] = json!(format!(
        "origin: octo-org/website
statements:
  - subjects: [ \"repo:octo-org/app:ref:refs/heads/main\" ]
    permissions: {{contents: read}}
    expires: {expires}
"
    ));
    world::set(stage, &scenario, &Value::Null).await;
    let broker = stage.broker(0).await;
    let token = token::sound(stage, &scenario["claims"]).await;
    stage.ask(&broker, &token, &scenario["request"]).await
}

fn iso(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_ended_counts_no_longer() {
    let stage = Stage::start().await;
    let now = OffsetDateTime::now_utc();
    // Two days apart from today, so that midnight may come while this runs.
    for (days, status) in [(-2, 403), (2, 200)] {
        let day = iso((now + Duration::days(days)).date());
        for expires in [day.clone(), format!("{day}T00:00:00Z")] {
            let answer = ask(&stage, &expires).await;
            assert_eq!(answer.status, status, "{expires}: {}", answer.text);
        }
    }
}
